"""Exports: requested, approved by a second person, written, revoked; on both databases."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from features.errors import RequestRefused, SettingsError
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.database.tables import audit, campaigns, exports
from serving.retention.export.approval import (
    Export,
    ExportSettings,
    Wanted,
    all_exports,
    approve_export,
    check_writable,
    export,
    export_written,
    request_export,
    revoke_exports,
)
from serving.retention.export.cells import SheetColumn
from serving.retention.export.receipt import Receipt, write_export
from serving.retention.export.sheets import Sheet

NOW = datetime(2026, 3, 2, 9)
LATER = NOW + timedelta(days=7)
SETTINGS = ExportSettings(approval_above=100)
WANTED = Wanted("K1", "list.csv", 101, "Call centre Anlan", "retention", LATER)
SHA = "0" * 64


def entry(route: str, caller: str = "li.na") -> Entry:
    return Entry("r1", "POST", route, 200, "", caller, "marketing", "retention")


@pytest.fixture(autouse=True)
def campaign(store: Engine) -> None:
    row = {
        "id": "K1", "state": "ready", "purpose": "retention", "owner": "li.na",
        "requested_by": "li.na", "request": "{}", "created_at": NOW, "expires_at": LATER, "seed": 1,
    }  # fmt: skip
    with store.begin() as connection:
        connection.execute(insert(campaigns).values(row))


def do(store: Engine, work: Callable[[Connection], Any], route: str = "/exports") -> Any:
    """In one transaction with its row of the audit, as the service and commands do."""
    return record_now(store, entry(route), NOW, work)


def requested(store: Engine, wanted: Wanted = WANTED) -> Export:
    found = do(store, lambda connection: request_export(connection, wanted, "li.na", NOW))
    assert isinstance(found, Export)
    return found


def refused(store: Engine, code: str, work: Callable[[Connection], Any]) -> str:
    """The message of the refusal, which changes nothing: neither exports nor audit."""
    before = everything(store)
    with pytest.raises(RequestRefused) as found:
        do(store, work)
    assert found.value.code == code
    assert everything(store) == before
    return found.value.message


def everything(store: Engine) -> list[Any]:
    with store.connect() as connection:
        kept = [tuple(row) for row in connection.execute(select(exports).order_by(exports.c.id))]
        return [kept, connection.execute(select(audit.c.number)).scalars().all()]


def test_an_export_goes_from_request_to_file(store: Engine) -> None:
    own = requested(store)
    assert (own.state, own.sha256, len(own.watermark_key)) == ("waiting", "", 32)
    assert own.needs_approval(SETTINGS)
    approved = do(store, lambda c: approve_export(c, own.id, "wang.wei", "approver", NOW))
    assert (approved.approved_by, approved.approved_at) == ("wang.wei", NOW)
    assert not approved.needs_approval(SETTINGS)
    do(store, lambda c: export_written(c, own.id, SHA, SETTINGS, NOW))
    with store.connect() as connection:
        found = export(connection, own.id)
        assert connection.execute(select(audit.c.number)).scalars().all() == [1, 2, 3]
    assert found == replace(approved, state="written", sha256=SHA)
    do(store, lambda c: export_written(c, own.id, "1" * 64, SETTINGS, NOW))  # again


def test_a_small_export_needs_no_second_person(store: Engine) -> None:
    own = requested(store, replace(WANTED, rows=100))
    do(store, lambda c: export_written(c, own.id, SHA, SETTINGS, NOW))


def test_a_large_one_is_not_written_before_it_is_approved(store: Engine) -> None:
    own = requested(store)
    said = refused(store, "not_approved", lambda c: export_written(c, own.id, SHA, SETTINGS, NOW))
    assert said == (
        "101 customers are more than 100: a second person, of the role approver, approves the "
        "export first"
    )


@pytest.mark.parametrize(
    ("approver", "role", "says"),
    [
        ("li.na", "approver", "another person than the one who requested it"),
        ("wang.wei", "marketing", "the role marketing approves nothing"),
    ],
)
def test_the_requester_and_other_roles_approve_nothing(
    store: Engine, approver: str, role: str, says: str
) -> None:
    own = requested(store)
    said = refused(store, "forbidden", lambda c: approve_export(c, own.id, approver, role, NOW))
    assert says in said


def test_what_is_revoked_is_neither_approved_nor_written(store: Engine) -> None:
    own = requested(store)
    do(store, lambda c: approve_export(c, own.id, "wang.wei", "approver", NOW))
    assert do(store, lambda c: revoke_exports(c, "K1")) == 1
    assert do(store, lambda c: revoke_exports(c, "K1")) == 0
    with store.connect() as connection:
        assert export(connection, own.id).state == "revoked"
    for work in (
        lambda c: export_written(c, own.id, SHA, SETTINGS, NOW),
        lambda c: approve_export(c, own.id, "wang.wu", "approver", NOW),
    ):
        refused(store, "conflict", work)


def test_one_that_has_expired_is_neither_approved_nor_written(store: Engine) -> None:
    own = requested(store)
    refused(store, "conflict", lambda c: approve_export(c, own.id, "w", "approver", LATER))
    with pytest.raises(RequestRefused, match="expired at 2026-03-09 09:00"):
        check_writable(replace(own, approved_by="w"), SETTINGS, LATER)


def test_an_export_expires_with_its_list(store: Engine) -> None:
    before, ends = requested(store), NOW + timedelta(days=1)
    with store.begin() as connection:
        connection.execute(update(campaigns).values(expires_at=ends))
    assert requested(store).expires_at == ends
    small = ExportSettings(approval_above=1_000)
    for work in (
        lambda c: request_export(c, WANTED, "li.na", ends),
        lambda c: export_written(c, before.id, SHA, small, ends),
    ):
        assert "the list expired on 2026-03-03" in refused(store, "conflict", work)


def test_of_two_who_approve_at_once_one_does(store: Engine) -> None:
    own = requested(store)
    ready, codes = threading.Barrier(2), []

    def approve(who: str) -> None:
        ready.wait()
        try:
            do(store, lambda c: approve_export(c, own.id, who, "approver", NOW))
            codes.append("done")
        except RequestRefused as error:
            codes.append(error.code)

    threads = [threading.Thread(target=approve, args=(who,)) for who in ("wang.wei", "zhao.li")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["conflict", "done"]


def test_a_change_in_between_is_not_overwritten(store: Engine) -> None:
    """What was checked is not what is there any more: another transaction revoked it."""
    own = requested(store)
    if store.dialect.name == "sqlite":  # one writer at a time; nothing comes in between
        return
    with store.connect() as connection, connection.begin():
        export(connection, own.id)
        do(store, lambda c: revoke_exports(c, "K1"))
        with pytest.raises(RequestRefused, match="revoked"):
            approve_export(connection, own.id, "wang.wei", "approver", NOW)


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({"rows": 0}, "invalid_request", "no customers"),
        ({"recipient": "  "}, "invalid_request", "expected 1 to 64: who gets the file"),
        ({"recipient": "x" * 65}, "invalid_request", "65 characters"),
        ({"recipient": "a\0b"}, "invalid_request", "expected printable characters"),
        ({"expires_at": NOW}, "invalid_request", "2026-03-02 09:00, which is past"),
        ({"purpose": "fun"}, "purpose", "purpose 'fun' does not exist; expected customer_present"),
        ({"file": ""}, "invalid_request", "1 to 255 printable characters"),
        ({"file": "a\nb.csv"}, "invalid_request", "1 to 255 printable characters"),
        ({"file": "a.XLSX", "rows": 1_048_576}, "invalid_request", "holds 1,048,575; take CSV"),
    ],
)
def test_a_bad_request_is_refused(
    store: Engine, changed: dict[str, Any], code: str, says: str
) -> None:
    wanted = replace(WANTED, **changed)
    assert says in refused(store, code, lambda c: request_export(c, wanted, "li.na", NOW))


def test_a_workbook_that_is_full_may_be_requested(store: Engine) -> None:
    assert requested(store, replace(WANTED, file="a.xlsx", rows=1_048_575)).rows == 1_048_575


@pytest.mark.parametrize("state", ["running", "revoked"])
def test_a_campaign_that_is_not_ready_has_no_exports(store: Engine, state: str) -> None:
    """Whatever was read before: the transaction that keeps the export looks again."""
    with store.begin() as connection:
        connection.execute(update(campaigns).values(state=state))
    said = refused(store, "conflict", lambda c: request_export(c, WANTED, "li.na", NOW))
    assert f"the campaign is {state}" in said


def test_an_unknown_export_is_refused(store: Engine) -> None:
    for work in (
        lambda c: approve_export(c, "none", "w", "approver", NOW),
        lambda c: export_written(c, "none", SHA, SETTINGS, NOW),
    ):
        assert "request one" in refused(store, "unknown_export", work)


def test_no_file_is_there_before_its_export_may_be_written(store: Engine, tmp_path: Path) -> None:
    """File, receipt, row of the export and row of the audit: all, or none of them."""
    folder = tmp_path / "out"
    own = requested(store)
    ids = [f"C{number}" for number in range(own.rows)]
    part = pa.record_batch({"customer_id": ids})

    def write() -> None:
        sheet = Sheet([SheetColumn("customer_id")], [part], own.rows, {}, {})
        write_export(folder / own.file, sheet, own, "en", NOW, recorded)

    def recorded(receipt: Receipt, _: Path) -> None:
        do(store, lambda c: export_written(c, own.id, receipt.sha256, SETTINGS, NOW))

    before = everything(store)
    with pytest.raises(RequestRefused, match="a second person"):
        write()
    assert everything(store) == before
    assert list(folder.iterdir()) == []
    do(store, lambda c: approve_export(c, own.id, "wang.wei", "approver", NOW))
    write()
    assert {path.name for path in folder.iterdir()} == {"list.csv", "list.csv.receipt.json"}
    with store.connect() as connection:
        found = export(connection, own.id)
    assert found.sha256 == hashlib.sha256((folder / "list.csv").read_bytes()).hexdigest()


def test_all_exports_are_read_with_their_keys_the_newest_first(store: Engine) -> None:
    first = requested(store)
    second = do(
        store,
        lambda c: request_export(c, WANTED, "li.na", NOW + timedelta(hours=1)),
    )
    with store.connect() as connection:
        assert all_exports(connection) == [second, first]
    assert first.watermark_key != second.watermark_key


def test_a_key_is_not_in_what_is_printed(store: Engine) -> None:
    own = requested(store)
    assert repr(own.watermark_key) not in repr(own)
    assert json.dumps(own.watermark_key.hex()) not in repr(own)


def test_a_bad_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="approval_above is -1; expected at least 0"):
        ExportSettings(-1)
