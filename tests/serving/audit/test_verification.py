"""A chain that was tampered with, in every way: the first broken row is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from serving.audit import verification
from serving.audit.chain import NO_HASH, Head, row_hash
from serving.audit.entry import Entry
from serving.audit.heads import current_head
from serving.audit.journal import append, locked_head
from serving.audit.verification import Verified, verify
from serving.database import open_engine
from serving.database.tables import audit, audit_head, audit_subjects, person_keys
from tests.serving.conftest import MONDAY

ROWS, PAGE = 25, 10


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "PAGE", PAGE)


def write(engine: Engine, count: int) -> None:
    entries = [
        Entry(f"{own:016x}", "POST", "/score", 200, "", "key", "store", "retention",
              tuple(f"C{place}" for place in range(own % 3)), {"rows": own})
        for own in range(count)
    ]  # fmt: skip
    with engine.begin() as connection:
        append(connection, locked_head(connection), entries, MONDAY)


@pytest.fixture
def chain(store: Engine) -> Engine:
    write(store, ROWS)
    return store


def broken(found: Verified) -> tuple[int | None, str | None]:
    return found.broken, found.fault


def test_a_whole_chain_verifies(chain: Engine) -> None:
    assert verify(chain) == Verified(ROWS, current_head(chain))


def test_an_empty_chain_verifies(store: Engine) -> None:
    assert verify(store, [Head()]) == Verified(0, Head(0, NO_HASH))


def test_one_erased_person_leaves_the_chain_whole(chain: Engine) -> None:
    with chain.begin() as connection:
        connection.execute(delete(person_keys).where(person_keys.c.customer_id == "C0"))
    assert broken(verify(chain)) == (None, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("caller", "another"), ("caller", None), ("role", "admin"), ("purpose", "fraud"),
        ("at", MONDAY.replace(microsecond=1)), ("route", "/livez"), ("method", "GET"),
        ("status", 500), ("code", "internal"), ("subjects", 9), ("detail", "{}"),
        ("request_id", "other"), ("hash", "0" * 64),
    ],
)  # fmt: skip
def test_an_altered_row_is_named(chain: Engine, column: str, value: Any) -> None:
    with chain.begin() as connection:
        connection.execute(update(audit).where(audit.c.number == 12).values({column: value}))
    assert broken(verify(chain)) == (12, "altered")


def altered_subject(connection: Connection) -> None:
    own = audit_subjects.c
    connection.execute(update(audit_subjects).where(own.number == 12).values(pseudonym="0" * 32))


def deleted_subject(connection: Connection) -> None:
    connection.execute(delete(audit_subjects).where(audit_subjects.c.number == 12))


def added_subject(connection: Connection) -> None:
    connection.execute(
        insert(audit_subjects).values(number=12, place=7, pseudonym="0" * 32)
    )  # fmt: skip


def swapped_subjects(connection: Connection) -> None:
    own = audit_subjects.c
    for before, after in ((0, 9), (1, 0), (9, 1)):
        connection.execute(
            update(audit_subjects)
            .where(own.number == 12, own.place == before)
            .values(place=after)
        )  # fmt: skip


@pytest.mark.parametrize(
    "tamper", [altered_subject, deleted_subject, added_subject, swapped_subjects]
)
def test_other_subjects_are_named(chain: Engine, tamper: Callable[[Connection], None]) -> None:
    with chain.begin() as connection:
        number = connection.execute(
            select(audit_subjects.c.number).where(audit_subjects.c.number == 12)
        ).all()
        assert len(number) == 2
        tamper(connection)
    assert broken(verify(chain)) == (12, "altered")


def remove(connection: Connection, *numbers: int) -> None:
    for table in (audit_subjects, audit):
        connection.execute(delete(table).where(table.c.number.in_(numbers)))


def row_of(connection: Connection, number: int) -> dict[str, Any]:
    row = connection.execute(select(audit).where(audit.c.number == number)).mappings().one()
    return dict(row)


@pytest.mark.parametrize("number", [1, 10, 11, 12, 24])
def test_a_deleted_row_is_named(chain: Engine, number: int) -> None:
    with chain.begin() as connection:
        remove(connection, number)
    assert broken(verify(chain)) == (number, "missing")


def test_an_inserted_row_is_named(chain: Engine) -> None:
    with chain.begin() as connection:
        last = row_of(connection, ROWS)
        new = last | {"number": ROWS + 1, "subjects": 0}
        new["hash"] = row_hash(last["hash"], new, [])
        connection.execute(insert(audit).values(new))
    assert broken(verify(chain)) == (ROWS + 1, "inserted")


def test_a_row_inserted_in_the_middle_is_named(chain: Engine) -> None:
    """The rows behind it are moved, and numbered again."""
    with chain.begin() as connection:
        connection.execute(delete(audit_subjects).where(audit_subjects.c.number > 12))
        for number in range(ROWS, 12, -1):
            connection.execute(
                update(audit).where(audit.c.number == number).values(number=number + 1)
            )
        before = row_of(connection, 12)
        new = before | {"number": 13, "subjects": 0}
        new["hash"] = row_hash(before["hash"], new, [])
        connection.execute(insert(audit).values(new))
        connection.execute(update(audit_head).values(number=ROWS + 1))
    assert broken(verify(chain)) == (14, "altered")


def test_reordered_rows_are_named(chain: Engine) -> None:
    with chain.begin() as connection:
        remove_subjects = delete(audit_subjects).where(audit_subjects.c.number.in_([13, 16]))
        connection.execute(remove_subjects)
        for before, after in ((13, 99), (16, 13), (99, 16)):
            connection.execute(
                update(audit).where(audit.c.number == before).values(number=after)
            )  # fmt: skip
    assert broken(verify(chain)) == (13, "altered")


def cut(connection: Connection, number: int) -> Head:
    """Remove the rows behind `number`, and move the head there, as one who knows how it is done."""
    remove(connection, *range(number + 1, ROWS + 1))
    head = Head(number, row_of(connection, number)["hash"])
    connection.execute(update(audit_head).values(number=head.number, hash=head.hash))
    return head


def test_rows_cut_off_at_the_end_are_named(chain: Engine) -> None:
    with chain.begin() as connection:
        remove(connection, 24, 25)
    assert broken(verify(chain)) == (24, "missing")


def test_rows_cut_off_with_the_head_moved_are_named_by_a_head_kept_elsewhere(chain: Engine) -> None:
    kept = current_head(chain)
    with chain.begin() as connection:
        cut(connection, 20)
    assert broken(verify(chain)) == (None, None)
    assert broken(verify(chain, [kept])) == (21, "truncated")


def test_rows_written_again_are_named_by_a_head_kept_elsewhere(chain: Engine) -> None:
    """An attacker with the whole database alters a row and computes every hash behind it again."""
    kept = [current_head(chain)]
    with chain.begin() as connection:
        early = cut(connection, 20)
    write(chain, 5)
    assert broken(verify(chain)) == (None, None)
    assert broken(verify(chain, [early])) == (None, None)
    assert broken(verify(chain, [*kept, early])) == (25, "rewritten")


def test_a_moved_or_missing_head_is_named(chain: Engine) -> None:
    with chain.begin() as connection:
        connection.execute(update(audit_head).values(hash="0" * 64))
    assert broken(verify(chain)) == (25, "head")
    with chain.begin() as connection:
        connection.execute(delete(audit_head))
    assert broken(verify(chain)) == (1, "no_head")


def test_everything_removed_is_named(chain: Engine) -> None:
    kept = current_head(chain)
    with chain.begin() as connection:
        remove(connection, *range(1, ROWS + 1))
    assert broken(verify(chain)) == (1, "missing")
    with chain.begin() as connection:
        connection.execute(update(audit_head).values(number=0, hash=NO_HASH))
    assert broken(verify(chain, [kept])) == (1, "truncated")


def test_what_is_written_meanwhile_is_not_a_fault(
    chain: Engine, database_url: str, tmp_path: Path
) -> None:
    def progress(_step: str, done: int, _of: int) -> None:
        if done == PAGE:
            write(chain, 1)

    reader = open_engine(tmp_path, database_url, reading=True)
    assert verify(reader, progress=progress).rows == ROWS
    assert verify(reader).rows == ROWS + 1
    reader.dispose()
