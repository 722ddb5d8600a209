"""`/analyses`: declared indicators by period and dimension, of the caller's own customers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from features.engine.moments import latest_moment
from features.engine.store import open_histories
from features.errors import NotEnoughData, RequestRefused, SettingsError
from serving.analyses import analyse
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
from training.indicators.analyses import ANALYSES

MONTHS = 6
THREADS = 1  # analyses at once: each reads whole feeds
TYPES = {"csv": CSV, "png": PNG}


class AnalysisDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context, self._some = context, CapacityLimiter(THREADS)

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
        found = await to_thread.run_sync(self._found, call, limiter=self._some)
        return AnalysisAnswer.model_validate(found)

    async def file(self, call: Call) -> Response:
        """One of them as a file; it is complete before its first byte leaves."""
        form = call.form
        assert isinstance(form, AnalysisFileQuery)
        content = await to_thread.run_sync(self._file, call, form, limiter=self._some)
        sha256 = hashlib.sha256(content).hexdigest()
        call.detail |= {"sha256": sha256}
        name = f"{call.place['name']}.{form.format}"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "liuke-sha256": sha256,
        }
        return Response(content, media_type=TYPES[form.format], headers=headers)

    def _file(self, call: Call, form: AnalysisFileQuery) -> bytes:
        found = self._found(call)
        return content_of(found, f".{form.format}", self._language(form.language))

    def _found(self, call: Call) -> dict[str, Any]:
        form, name = call.form, call.place["name"]
        assert isinstance(form, AnalysisQuery)
        request = _requested(self._context.home, name, form)
        since, until = request.edges[0], request.edges[-1]
        call.detail = {
            "analysis": name, "by": request.by, "from": f"{since:%F}", "to": f"{until:%F}"
        }  # fmt: skip
        try:
            return analyse(self._context.home, request, call.caller.scope)
        except NotEnoughData as error:
            raise _wrong(error.message) from error

    def _language(self, language: str | None) -> str:
        return language or self._context.settings.language


def _requested(home: Path, name: str, form: AnalysisQuery) -> Request:
    """Raises RequestRefused (`unknown_analysis`, `invalid_request`)."""
    if name not in ANALYSES:
        raise RequestRefused(
            "unknown_analysis", "no analysis has this name; GET /analyses has them"
        )
    as_of = None if form.as_of is None else midnight(form.as_of)
    until = _latest(home) if form.until is None else midnight(form.until)
    since = _months_before(until) if form.since is None else midnight(form.since)
    try:
        return request_of(name, form.by, since, until, form.every, as_of)
    except SettingsError as error:
        # The command's options are the query's names.
        raise _wrong(error.message.replace("--as-of", "as_of").replace("--", "")) from error


def _latest(home: Path) -> datetime:
    """The first of the month up to which the data reach; a month that has begun would mislead."""
    latest = latest_moment(open_histories(home).connection, home)
    return pd.Timestamp(latest).to_period("M").start_time.to_pydatetime()


def _months_before(until: datetime) -> datetime:
    """The first of a month, `MONTHS` whole ones before."""
    first = pd.Timestamp(until).to_period("M") - MONTHS
    return first.start_time.to_pydatetime()


def _wrong(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
