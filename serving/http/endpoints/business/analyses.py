"""`/analyses`: declared indicators by period and dimension, of the caller's own customers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from features.errors import NotEnoughData, RequestRefused, SettingsError
from serving.analyses.files import content_of
from serving.analyses.request import Request, dimensions_of, request_of
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.business.analyses import (
    AnalysesAnswer,
    AnalysesQuery,
    AnalysisAnswer,
    AnalysisFileQuery,
    AnalysisQuery,
    AnalysisWords,
)
from serving.http.contract.forms.managers.days import midnight
from serving.http.contract.table import CSV, PNG
from serving.http.native import Handler
from serving.http.running.work import Works
from serving.results.figures import months_before
from training.indicators.analyses import ANALYSES

THREADS = 1  # pictures drawn at once
KEPT = 4  # analyses in memory
TYPES = {"csv": CSV, "png": PNG}


class AnalysisDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context, self._some = context, CapacityLimiter(THREADS)
        self._works = Works(KEPT)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"analyses": self.analyses, "analyse": self.analyse, "analysisFile": self.file}

    async def analyses(self, call: Call) -> AnalysesAnswer:
        """Which there are."""
        assert isinstance(call.form, AnalysesQuery)
        language = self._language(call.form.language)
        found = [
            AnalysisWords(
                name=own.name,
                text=own.words(language),
                indicators=[one.indicator.name for one in own.indicators],
                dimensions=list(dimensions_of(own)),
            )
            for own in ANALYSES.values()
        ]
        return AnalysesAnswer(analyses=found)

    async def analyse(self, call: Call) -> AnalysisAnswer:
        """One of them."""
        return AnalysisAnswer.model_validate(await self._found(call))

    async def file(self, call: Call) -> Response:
        """One of them as a file; it is complete before its first byte leaves."""
        form = call.form
        assert isinstance(form, AnalysisFileQuery)
        found, language = await self._found(call), self._language(form.language)
        drawn = partial(content_of, found, f".{form.format}", language)
        content = await to_thread.run_sync(drawn, limiter=self._some)
        sha256 = hashlib.sha256(content).hexdigest()
        call.detail |= {"sha256": sha256}
        name = f"{call.place['name']}.{form.format}"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "liuke-sha256": sha256,
        }
        return Response(content, media_type=TYPES[form.format], headers=headers)

    async def _found(self, call: Call) -> dict[str, Any]:
        form, name, figures = call.form, call.place["name"], self._context.figures
        assert isinstance(form, AnalysisQuery)
        if name not in ANALYSES:
            raise RequestRefused(
                "unknown_analysis", "no analysis has this name; GET /analyses has them"
            )
        latest = None
        if form.until is None:
            month = figures.results.name("month")
            latest = await self._works.kept(call, figures, month, figures.latest_month)
        request, scope = _requested(name, form, latest), call.caller.scope
        since, until = request.edges[0], request.edges[-1]
        call.detail = {
            "analysis": name, "by": request.by, "from": f"{since:%F}", "to": f"{until:%F}"
        }  # fmt: skip
        kept = figures.analysis_name(request, scope)
        try:
            return await self._works.kept(
                call, figures, kept, partial(figures.analysis, request, scope)
            )
        except NotEnoughData as error:
            raise _wrong(error.message) from error

    def _language(self, language: str | None) -> str:
        return language or self._context.settings.language


def _requested(name: str, form: AnalysisQuery, latest: datetime | None) -> Request:
    """`latest`: where the periods end that name no end. Raises RequestRefused."""
    as_of = None if form.as_of is None else midnight(form.as_of)
    until = latest if form.until is None else midnight(form.until)
    assert until is not None
    since = months_before(until) if form.since is None else midnight(form.since)
    try:
        return request_of(name, form.by, since, until, form.every, as_of)
    except SettingsError as error:
        # The command's options are the query's names.
        raise _wrong(error.message.replace("--as-of", "as_of").replace("--", "")) from error


def _wrong(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
