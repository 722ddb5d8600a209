"""Retention lists: requested, watched, explained, exported by two persons, revoked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, from_thread, to_thread
from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from serving.access.principal import Scope
from serving.customers.base.grammar import without_customers
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.lists import (
    CurveAnswer,
    ExportAnswer,
    ExportForm,
    ListAnswer,
    ListForm,
    ListsAnswer,
    RevokedAnswer,
    WhyAnswer,
)
from serving.http.native import Handler
from serving.http.running.once import own_id
from serving.retention.campaign import store
from serving.retention.campaign.exporting import (
    Exporter,
    kept_file,
    mark_files,
    revoke_campaign,
)
from serving.retention.campaign.store import Caller, Campaign, read_curve
from serving.retention.campaign.why import in_words, why
from serving.retention.export.approval import (
    Export,
    ExportSettings,
    approve_export,
    check_writable,
    export_written,
    kept_export,
    request_export,
    unknown_export,
)
from serving.retention.export.approval import export as export_of
from serving.retention.export.receipt import Receipt
from serving.retention.selection.request import parsed

THREADS = 2  # files written at once, and as many of made lists read
PART_BYTES = 1 << 16
TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AN_ID = re.compile("[0-9a-f]{32}")
ID_DIGITS = 32
NOT_PLAIN = re.compile("[^A-Za-z0-9._-]")
Result = TypeVar("Result")
Look = Callable[[Connection, str, Scope], Campaign]


class ListDesk:
    """The lists of one server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._some, self._looks = CapacityLimiter(THREADS), CapacityLimiter(THREADS)

    @property
    def _settings(self) -> ExportSettings:
        return self._context.retention.now().export

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "requestList": self.request,
            "lists": self.all,
            "showList": self.show,
            "listCurve": self.curve,
            "whyListed": self.why,
            "revokeList": self.revoke,
            "requestExport": self.request_export,
            "approveExport": self.approve,
            "fetchExport": self.fetch,
        }

    async def request(self, call: Call) -> ListAnswer:
        """Keep the request; a process beside the service makes the list."""
        form, caller, now = call.form, call.caller, self._context.clock()
        assert isinstance(form, ListForm)
        wanted = parsed(form.model_dump(exclude_none=True, exclude={"key"}), now)
        who = Caller(caller.role, caller.scope)

        own = own_id(caller, form.key, ID_DIGITS)

        def work(connection: Connection) -> Campaign:
            if not store.is_kept(connection, own):
                store.add(connection, wanted, caller.id, now, who, own)
            return store.campaign(connection, own)

        return _answer(await call.commit(work))

    async def all(self, call: Call) -> ListsAnswer:
        """The campaigns that the caller may know of."""
        scope = call.caller.scope
        found = await self._read(lambda connection: store.latest(connection, scope))
        return ListsAnswer(lists=[_answer(own) for own in found])

    async def show(self, call: Call) -> ListAnswer:
        """One campaign."""
        return _answer(await self._campaign(call))

    async def curve(self, call: Call) -> CurveAnswer:
        """The budget curve of a list that is made."""
        found = await self._ready(call)
        folder = store.folder(self._context.home, found.id)
        return CurveAnswer(**await to_thread.run_sync(read_curve, folder, limiter=self._looks))

    async def why(self, call: Call) -> WhyAnswer:
        """Why the customer is on the list, or why not."""
        found, customer_id = await self._ready(call), call.place["customer_id"]
        call.subjects, call.detail = (customer_id,), {"campaign": found.id}
        folder = store.folder(self._context.home, found.id)
        if call.caller.scope.limits:
            scorer = self._context.scorer
            await to_thread.run_sync(scorer.check_customers, [customer_id], call.caller.scope)
        own = await to_thread.run_sync(why, folder, customer_id, limiter=self._looks)
        language = self._context.settings.language
        return WhyAnswer(**asdict(own), text=in_words(own, self._context.currency, language))

    async def revoke(self, call: Call) -> RevokedAnswer:
        """End the campaign, its holds and exports."""
        found, now, home = await self._campaign(call), self._context.clock(), self._context.home

        def mark(connection: Connection) -> None:
            mark_files(connection, home, found.id)

        await self._read(mark)  # of one that is revoked, where its process ended before it marked
        released = await call.commit(lambda connection: revoke_campaign(connection, found.id, now))
        await self._read(mark)
        return RevokedAnswer(id=found.id, released=released)

    async def request_export(self, call: Call) -> ExportAnswer:
        """Keep the request for a file; a large one waits for a second person."""
        form, now = call.form, self._context.clock()
        assert isinstance(form, ExportForm)
        found = await self._ready(call)
        file = f"list-{found.id[:8]}{'-phones' if form.phones else ''}.{form.format}"
        until = now + timedelta(days=form.days)
        wanted = await to_thread.run_sync(
            partial(
                self._exporter().wanted, found.id, file, form.recipient, until, now,
                phones=form.phones,
            ),
            limiter=self._some,
        )  # fmt: skip
        said = {"count": wanted.rows, "phones": wanted.phones, **_for(form.recipient)}
        call.detail = {"campaign": found.id, **said}
        own, caller = own_id(call.caller, form.key, ID_DIGITS), call.caller.id
        made = await call.commit(
            lambda connection: (
                kept_export(connection, own) or request_export(connection, wanted, caller, now, own)
            )
        )
        return export_answer(made, self._settings)

    async def approve(self, call: Call) -> ExportAnswer:
        """Approve an export, as another person than who requested it."""
        now, caller, own = self._context.clock(), call.caller, call.place["export_id"]
        found = await self._export(call)
        call.detail = {"export": own, "phones": found.phones}
        made = await call.commit(
            lambda connection: approve_export(connection, own, caller.id, caller.role, now)
        )
        return export_answer(made, self._settings)

    async def fetch(self, call: Call) -> Response:
        """The file of an export; it is complete before its first byte leaves."""
        own = await self._export(call)
        exporter, now = self._exporter(), self._context.clock()
        check_writable(own, self._settings, now)
        path = kept_file(self._context.home, own.campaign_id, own.id, own.file)
        write = partial(self._written, exporter, call, own, path, now)
        receipt, file = await to_thread.run_sync(write, limiter=self._some)
        headers = {
            "liuke-count": str(receipt.count), "liuke-sha256": receipt.sha256,
            "liuke-export": own.id, "content-length": str(os.fstat(file.fileno()).st_size),
            "content-disposition": _attached(own.file),
        }  # fmt: skip
        return StreamingResponse(_parts(file), media_type=TYPES[path.suffix], headers=headers)

    def _written(
        self, exporter: Exporter, call: Call, own: Export, path: Path, now: datetime
    ) -> tuple[Receipt, BinaryIO]:
        """The receipt and the file of this fetch, opened: another one may replace it at its place.

        The fetch is in the audit before the file is at its place.
        """
        settings, opened = self._settings, list[BinaryIO]()

        def work(sha256: str) -> Callable[[Connection], None]:
            return lambda connection: export_written(connection, own.id, sha256, settings, now)

        def recorded(receipt: Receipt, file: Path) -> None:
            said = {"export": own.id, "count": receipt.count, "sha256": receipt.sha256}
            call.detail = said | _for(own.recipient)
            from_thread.run(call.commit, work(receipt.sha256))
            opened.append(file.open("rb"))

        try:
            receipt = exporter.file(own, path, now, recorded, role=call.caller.role)
        except BaseException:
            for file in opened:
                file.close()
            raise
        return receipt, opened[0]

    def _exporter(self) -> Exporter:
        own = self._context
        return Exporter(own.home, own.engine, own.currency, own.settings.language)

    async def _campaign(self, call: Call, look: Look = store.campaign) -> Campaign:
        own, scope = call.place["list_id"], call.caller.scope
        if AN_ID.fullmatch(own):  # anything may stand in an address
            call.detail = {"campaign": own}
        return await self._read(lambda connection: look(connection, own, scope))

    async def _ready(self, call: Call) -> Campaign:
        return await self._campaign(call, store.ready)

    async def _export(self, call: Call) -> Export:
        """The export in the address, of a campaign that the caller may know of."""
        own, scope = call.place["export_id"], call.caller.scope

        def look(connection: Connection) -> Export:
            found = export_of(connection, own)
            if not store.is_seen(connection, found.campaign_id, scope):
                raise unknown_export()
            return found

        return await self._read(look)

    async def _read(self, look: Callable[[Connection], Result]) -> Result:
        return await to_thread.run_sync(self._look, look)

    def _look(self, look: Callable[[Connection], Any]) -> Any:
        with self._context.reading.connect() as connection:
            return look(connection)


def _attached(name: str) -> str:
    """The file as an attachment of this name: in ASCII, and as it is (RFC 6266).

    >>> print(_attached("春.csv"))
    attachment; filename="_.csv"; filename*=UTF-8''%E6%98%A5.csv
    """
    plain = NOT_PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(PART_BYTES):
            yield part


def _for(recipient: str) -> dict[str, str]:
    """The recipient as the audit may keep it: a number may stand there by mistake."""
    return without_customers({"recipient": recipient})


def export_answer(own: Export, settings: ExportSettings) -> ExportAnswer:
    """What is said of an export."""
    return ExportAnswer(
        id=own.id, list_id=own.campaign_id, state=own.state, rows=own.rows,
        recipient=own.recipient, file=own.file, phones=own.phones, expires_at=own.expires_at,
        needs_approval=own.needs_approval(settings), approved_by=own.approved_by,
        requested_by=own.requested_by, requested_at=own.at, sha256=own.sha256,
    )  # fmt: skip


def _answer(found: Campaign) -> ListAnswer:
    return ListAnswer(**found.to_json())
