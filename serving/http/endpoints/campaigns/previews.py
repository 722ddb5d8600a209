"""What is looked at before a list leaves: its rows, and which files were requested."""

from __future__ import annotations

from collections.abc import Mapping

from anyio import CapacityLimiter, to_thread

from serving.customers.base.objectors import objectors
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.campaigns import (
    ExportsAnswer,
    ExportsQuery,
    RowsAnswer,
    RowsQuery,
)
from serving.http.contract.forms.lists import ExportAnswer
from serving.http.endpoints.campaigns.rows import Reading, listed_rows
from serving.http.endpoints.lists import AN_ID, export_answer
from serving.http.native import Handler
from serving.retention.campaign import store
from serving.retention.export.approval import WAITING, Export, latest_exports
from serving.retention.retention_settings import RetentionSettings

THREADS = 2  # lists read at once
MOST = 200  # exports in one answer


class PreviewDesk:
    """The rows and exports of one server's lists."""

    def __init__(self, context: Context) -> None:
        self._context, self._some = context, CapacityLimiter(THREADS)

    @property
    def _settings(self) -> RetentionSettings:
        return self._context.retention.now()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"listRows": self.rows, "exports": self.exports}

    async def rows(self, call: Call) -> RowsAnswer:
        """A part of the list, as it was made."""
        form = call.form
        assert isinstance(form, RowsQuery)
        answer = await to_thread.run_sync(self._rows, call, form, limiter=self._some)
        call.subjects = tuple(own.customer_id for own in answer.customers)
        return answer

    def _rows(self, call: Call, form: RowsQuery) -> RowsAnswer:
        own, context = call.place["list_id"], self._context
        if AN_ID.fullmatch(own):  # anything may stand in an address
            call.detail = {"campaign": own}
        with context.reading.connect() as connection:
            store.ready(connection, own, call.caller.scope)
        language = form.language or context.settings.language
        reading = Reading(self._settings, context.currency, language, objectors(context.reading))
        folder = store.folder(context.home, own)
        count, found = listed_rows(folder, form.arm, form.offset, form.limit, reading)
        call.detail |= {"count": len(found)}
        return RowsAnswer.model_validate({"count": count, "customers": found})

    async def exports(self, call: Call) -> ExportsAnswer:
        """The latest exports that the caller may know of."""
        form = call.form
        assert isinstance(form, ExportsQuery)
        found = await to_thread.run_sync(self._exports, call, form)
        answers = [export_answer(own, self._settings.export) for own in found]
        return ExportsAnswer(exports=[own for own in answers if _is_wanted(own, form)])

    def _exports(self, call: Call, form: ExportsQuery) -> list[Export]:
        with self._context.reading.connect() as connection:
            found = latest_exports(connection, MOST, form.list_id)
            scope = call.caller.scope
            seen = {
                one: store.is_seen(connection, one, scope)
                for one in {own.campaign_id for own in found}
            }
            return [own for own in found if seen[own.campaign_id]]


def _is_wanted(own: ExportAnswer, form: ExportsQuery) -> bool:
    return not form.waiting or (own.needs_approval and own.state == WAITING)
