"""Lists behind the gateway: requested, read, exported by two persons, within the scope."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, insert, select
from starlette.responses import StreamingResponse

from features.disk.secrets import made_secrets
from features.errors import RequestRefused, UnknownCustomers
from serving.access.principal import Principal, Scope
from serving.audit.entry import Entry
from serving.audit.transactions import Transactions
from serving.customers.phones.phones import Ciphers, row_of
from serving.database.tables import audit, phones
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.lists import ExportForm, ListForm
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.endpoints.lists import TYPES, ListDesk
from serving.retention.campaign import exporting
from serving.retention.campaign import store as kept
from serving.retention.campaign.background import Background
from serving.retention.campaign.exporting import Exporter, kept_file, revoke_campaign
from serving.retention.campaign.running import Worker
from serving.retention.export import approval
from serving.retention.export.approval import Wanted, all_exports
from serving.retention.export.receipt import Receipt, receipt_path, write_export
from serving.retention.retention_settings import retention_settings
from serving.service_settings import serving_settings
from tests.conftest import SmallHome, set_home

pytestmark = pytest.mark.slow

ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}
FORM = ListForm(
    purpose="retention", owner="lin", expires="2999-12-31", budget=2000, control_share=0.2
)
EVERYWHERE = Scope()


class Marketing:
    """Callers of the desk, as the gateway lets them through."""

    def __init__(self, home: Path, store: Engine, database_url: str) -> None:
        settings = replace(serving_settings(home), database_url=database_url)
        self.home, self.store = home, store
        self.context = Context(home, settings, "CNY")
        self.handlers = ListDesk(self.context).handlers

    def send(
        self,
        operation: str,
        form: BaseModel | None = None,
        role: str = "marketing",
        owner: str = "lin",
        scope: Scope = EVERYWHERE,
        **place: str,
    ) -> Any:
        row = ROWS[operation]
        self.last = Call(
            "r1", row.path, row.method, Principal(owner, role, scope), form, place,
            recorder=Transactions(self.store),
        )  # fmt: skip

        async def answered() -> Any:
            return await self.handlers[operation](self.last)

        return asyncio.run(answered())

    def body(self, answer: StreamingResponse) -> bytes:
        """What is sent, as long as its header says."""

        async def sent() -> bytes:
            parts = [part async for part in answer.body_iterator]
            return b"".join(part for part in parts if isinstance(part, bytes))

        found = asyncio.run(sent())
        assert len(found) == int(answer.headers["content-length"])
        return found

    def made(self, scope: Scope = EVERYWHERE, **changed: Any) -> str:
        form = FORM.model_copy(update=changed)
        own: str = self.send("requestList", form, scope=scope).id
        worker = Worker(
            self.home, self.store, retention_settings(self.home), self.context.clock,
            lambda _found, _detail, work: self._in_one(work),
        )  # fmt: skip
        assert worker.next() == own
        return own

    def _in_one(self, work: Any) -> None:
        with self.store.begin() as connection:
            work(connection)


@pytest.fixture
def marketing(
    small_home: SmallHome, tmp_path: Path, store: Engine, database_url: str
) -> Iterator[Marketing]:
    own = shutil.ignore_patterns("liuke.sqlite*")
    shutil.copytree(small_home.home, tmp_path, ignore=own, dirs_exist_ok=True)
    found = Marketing(tmp_path, store, database_url)
    yield found
    found.context.close()


def test_a_list_is_requested_made_read_and_fetched(marketing: Marketing) -> None:
    own = marketing.made()
    shown = marketing.send("showList", list_id=own)
    assert (shown.state, shown.progress) == (kept.READY, 1.0)
    assert [one.id for one in marketing.send("lists").lists] == [own]
    assert marketing.send("listCurve", list_id=own).points
    export = marketing.send("requestExport", ExportForm(recipient="call centre"), list_id=own)
    assert (export.rows, export.needs_approval) == (shown.result["listed"], False)
    file = marketing.send("fetchExport", export_id=export.id)
    rows = marketing.body(file).decode("utf-8-sig").splitlines()
    assert len(rows) - 1 == export.rows == int(file.headers["liuke-count"])
    first = rows[1].split(",")[1]
    found = marketing.send("whyListed", list_id=own, customer_id=first)
    assert (found.answer, found.rank) == ("on_list", 1)
    assert marketing.last.subjects == (first,)
    assert marketing.send("revokeList", list_id=own).released > 0
    there = kept_file(marketing.home, own, export.id, export.file)
    assert json.loads(receipt_path(there).read_text("utf-8"))["revoked_at"]
    with pytest.raises(RequestRefused, match="revoked"):
        marketing.send("fetchExport", export_id=export.id)


def test_a_large_export_is_approved_by_another_person(marketing: Marketing) -> None:
    set_home(marketing.home, "retention", "[export]\napproval_above = 2\n")
    own = marketing.made()
    export = marketing.send("requestExport", ExportForm(recipient="c", format="xlsx"), list_id=own)
    assert export.needs_approval
    with pytest.raises(RequestRefused) as refused:
        marketing.send("fetchExport", export_id=export.id)
    assert refused.value.code == "not_approved"
    with pytest.raises(RequestRefused) as refused:
        marketing.send("approveExport", role="approver", owner="lin", export_id=export.id)
    assert refused.value.code == "forbidden"
    approved = marketing.send("approveExport", role="approver", owner="wang", export_id=export.id)
    assert approved.approved_by == "wang"
    file = marketing.send("fetchExport", export_id=export.id)
    assert marketing.body(file).startswith(b"PK")


def test_numbers_are_in_the_file_where_they_were_requested_whatever_its_name(
    marketing: Marketing, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The command names files as its user does; the service fetches them too."""
    own, context = marketing.made(), marketing.context
    writer = Exporter(marketing.home, marketing.store, "CNY", "en")
    until, found = context.clock() + timedelta(days=3), dict[str, bool]()
    for name, has_phones in (("no-phones.csv", False), ("list.csv", True)):
        out = tmp_path_factory.mktemp("out") / name
        entry = Entry("r", "COMMAND", "liuke list export", 200, "")
        receipt = writer.write(
            own, None, "c", until, "lin", out, entry, context.clock(), phones=has_phones
        )
        said = marketing.send("approveExport", role="approver", owner="wang",
                              export_id=receipt.watermark)  # fmt: skip
        assert said.phones is has_phones
        answer = marketing.send("fetchExport", export_id=receipt.watermark)
        header = marketing.body(answer).decode("utf-8-sig").splitlines()[0]
        found[name] = "phone" in header.split(",")
    assert found == {"no-phones.csv": False, "list.csv": True}


def test_a_file_of_any_name_that_the_command_takes_is_fetched(
    marketing: Marketing, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own, context = marketing.made(), marketing.context
    writer = Exporter(marketing.home, marketing.store, "CNY", "en")
    entry, until = Entry("r", "COMMAND", "liuke list export", 200, ""), timedelta(days=3)
    for name in ("LIST.CSV", '春季 "挽留".csv', f"{'长' * 65}.csv", "Book.XLSX"):
        out, now = tmp_path_factory.mktemp("out") / name, context.clock()
        receipt = writer.write(own, None, "c", now + until, "lin", out, entry, now, phones=False)
        answer = marketing.send("fetchExport", export_id=receipt.watermark)
        assert answer.media_type == ("text/csv" if "csv" in name.lower() else TYPES[".xlsx"])
        assert marketing.body(answer)[:2] in (b"\xef\xbb", b"PK")
        named = answer.headers["content-disposition"]
        assert unquote(named.partition("filename*=UTF-8''")[2]) == name
    assert marketing.send("revokeList", list_id=own).released > 0
    receipts = list(kept.folder(marketing.home, own).glob("*.receipt.json"))
    assert len(receipts) == 4
    assert all(json.loads(one.read_text("utf-8"))["revoked_at"] for one in receipts)


def test_a_caller_of_one_city_makes_and_sees_lists_of_that_city(marketing: Marketing) -> None:
    everywhere = marketing.made(budget=500)
    city = str(marketing.context.scorer.see(_one_of(marketing, everywhere)).facts["city"])
    here = Scope(city=city)
    for operation in ("showList", "listCurve", "revokeList"):
        with pytest.raises(RequestRefused) as refused:
            marketing.send(operation, scope=here, list_id=everywhere)
        assert refused.value.code == "unknown_campaign"
    export = marketing.send("requestExport", ExportForm(recipient="c"), list_id=everywhere)
    for operation in ("approveExport", "fetchExport"):
        with pytest.raises(RequestRefused) as refused:
            marketing.send(operation, scope=here, role="approver", export_id=export.id)
        assert refused.value.code == "unknown_export"
    own = marketing.made(scope=here, budget=500)
    assert [one.id for one in marketing.send("lists", scope=here).lists] == [own]
    assert {_city(marketing, each) for each in kept.treated(marketing.home, own)} == {city}
    elsewhere = next(
        each for each in kept.treated(marketing.home, everywhere) if _city(marketing, each) != city
    )
    with pytest.raises(UnknownCustomers):
        marketing.send("whyListed", scope=here, list_id=own, customer_id=elsewhere)


def _one_of(marketing: Marketing, own: str) -> str:
    return kept.treated(marketing.home, own)[0]


def _city(marketing: Marketing, customer_id: str) -> str:
    return str(marketing.context.scorer.see(customer_id).facts["city"])


def test_a_bad_request_leaves_nothing(marketing: Marketing) -> None:
    with pytest.raises(RequestRefused, match="budget is -1"):
        marketing.send("requestList", FORM.model_copy(update={"budget": -1.0}))
    assert marketing.send("lists").lists == []


@pytest.mark.parametrize("step", ["before its audit", "after its audit"])
def test_a_fetch_during_which_the_list_is_revoked_hands_nothing_out(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    own = marketing.made()
    export = marketing.send("requestExport", ExportForm(recipient="c"), list_id=own)
    there = kept_file(marketing.home, own, export.id, export.file)

    def meanwhile(*args: Any, **options: Any) -> Receipt:
        out, sheet, export, language, now, recorded, shown = args

        def revoked(receipt: Receipt, file: Path) -> None:
            if step == "before its audit":
                in_a_thread(marketing, own)
            recorded(receipt, file)
            if step == "after its audit":
                in_a_thread(marketing, own)

        return write_export(out, sheet, export, language, now, revoked, shown, **options)

    monkeypatch.setattr(exporting, "write_export", meanwhile)
    with pytest.raises(RequestRefused, match="revoked"):
        marketing.send("fetchExport", export_id=export.id)
    audited = rows_of(marketing, "/exports/{export_id}/file")
    if step == "after its audit":
        assert json.loads(receipt_path(there).read_text("utf-8"))["revoked_at"]
        assert len(audited) == 1
    else:
        assert not there.exists()
        assert not receipt_path(there).exists()
        assert audited == []
    monkeypatch.undo()
    with pytest.raises(RequestRefused, match="revoked"):
        marketing.send("fetchExport", export_id=export.id)


def in_a_thread(marketing: Marketing, own: str) -> None:
    """The list is revoked by another request, and that is answered."""
    thread = Thread(target=lambda: marketing.send("revokeList", list_id=own))
    thread.start()
    thread.join()


def rows_of(marketing: Marketing, route: str) -> list[dict[str, Any]]:
    with marketing.store.connect() as connection:
        found = connection.execute(select(audit.c.detail).where(audit.c.route == route))
        return [json.loads(detail) for (detail,) in found]


def test_an_export_requested_while_its_list_is_revoked_is_not_kept(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, seen = marketing.made(), Exporter.wanted

    def wanted(*args: Any, **options: Any) -> Wanted:
        found = seen(*args, **options)
        in_a_thread(marketing, own)
        return found

    monkeypatch.setattr(Exporter, "wanted", wanted)
    with pytest.raises(RequestRefused, match="the campaign is revoked"):
        marketing.send("requestExport", ExportForm(recipient="c"), list_id=own)
    with marketing.store.connect() as connection:
        assert all_exports(connection) == []


def test_each_fetch_sends_the_file_that_its_audit_names(marketing: Marketing) -> None:
    """Another one, of a role that sees whole numbers, replaces the file before it is sent."""
    own = marketing.made()
    ciphers, now = Ciphers(made_secrets(marketing.home)), marketing.context.clock()
    number = row_of(_one_of(marketing, own), "+8615400005678", ciphers, now)
    with marketing.store.begin() as connection:
        connection.execute(insert(phones).values(number))
    form = ExportForm(recipient="c", phones=True)
    export = marketing.send("requestExport", form, list_id=own)
    masked = marketing.send("fetchExport", export_id=export.id)
    whole = marketing.send("fetchExport", role="hotline", export_id=export.id)
    sent = [marketing.body(answer) for answer in (masked, whole)]
    assert [b"15400005678" in each for each in sent] == [False, True]
    hashes = [hashlib.sha256(each).hexdigest() for each in sent]
    assert hashes == [answer.headers["liuke-sha256"] for answer in (masked, whole)]
    named = [row["sha256"] for row in rows_of(marketing, "/exports/{export_id}/file")]
    assert named == hashes


def test_a_workbook_of_too_many_rows_is_refused_when_it_is_requested(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approval, "XLSX_ROWS", 2)
    own = marketing.made()
    with pytest.raises(RequestRefused, match="an XLSX sheet holds 1; take CSV") as refused:
        marketing.send("requestExport", ExportForm(recipient="c", format="xlsx"), list_id=own)
    assert refused.value.code == "invalid_request"
    assert marketing.send("requestExport", ExportForm(recipient="c"), list_id=own).rows > 1
    with marketing.store.connect() as connection:
        assert len(all_exports(connection)) == 1


def test_a_revocation_that_is_rolled_back_marks_no_file(marketing: Marketing) -> None:
    own = marketing.made()
    export = marketing.send("requestExport", ExportForm(recipient="c"), list_id=own)
    marketing.body(marketing.send("fetchExport", export_id=export.id))
    there = receipt_path(kept_file(marketing.home, own, export.id, export.file))

    def marked() -> bool:
        return json.loads(there.read_text("utf-8"))["revoked_at"] is not None

    with marketing.store.connect() as connection, connection.begin() as transaction:
        assert revoke_campaign(connection, own, marketing.context.clock()) > 0
        transaction.rollback()
    assert not marked()
    assert marketing.send("showList", list_id=own).state == kept.READY
    with marketing.store.begin() as connection:
        revoke_campaign(connection, own, marketing.context.clock())
    assert not marked(), "as if the process was killed here"
    with Background(marketing.home, marketing.context.reading, marketing.store).running():
        deadline = time.monotonic() + 120
        while not marked() and time.monotonic() < deadline:
            time.sleep(0.02)
    assert marked()


def test_reading_a_list_waits_for_no_file_that_is_written(marketing: Marketing) -> None:
    own = marketing.made()
    handlers = marketing.handlers
    desk: Any = handlers["showList"].__self__  # type: ignore[attr-defined]

    def behind(operation: str) -> Any:
        async def answered(call: Call) -> Any:
            while desk._some.available_tokens:
                desk._some.acquire_on_behalf_of_nowait(object())
            return await asyncio.wait_for(handlers[operation](call), 30)

        return answered

    marketing.handlers = {name: behind(name) for name in ("lists", "showList", "listCurve")}
    assert [one.id for one in marketing.send("lists").lists] == [own]
    assert marketing.send("showList", list_id=own).id == own
    assert marketing.send("listCurve", list_id=own).points
