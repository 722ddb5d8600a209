"""Requests recorded in batches: each with its work, durable, and refused where they cannot be."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.audit.pseudonyms import UNKNOWN
from serving.audit.transactions import Transactions
from serving.audit.verification import verify
from serving.database import open_engine, upgrade
from serving.database.tables import audit, audit_subjects, person_keys, views
from tests.serving.conftest import MONDAY


def entry(number: int = 0, *subjects: str) -> Entry:
    return Entry(f"{number:016x}", "POST", "/views", 200, "", "key", "store", subjects=subjects)


def keep(name: str) -> Callable[[Connection], int]:
    """Work: a row of `views`; its number."""

    def work(connection: Connection) -> int:
        row = {"owner": "key", "name": name, "content": "", "changed_at": MONDAY}
        number = connection.execute(insert(views).values(row)).inserted_primary_key
        assert number is not None
        return int(number[0])

    return work


def refused(connection: Connection) -> None:
    keep("refused")(connection)
    raise RequestRefused("invalid_request", "no such view")


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An engine as the service has it."""
    upgrade(maker := open_engine(tmp_path, database_url))
    maker.dispose()
    engine = open_engine(tmp_path, database_url, serving=True)
    yield engine
    engine.dispose()


@pytest.fixture
def transactions(served: Engine) -> Iterator[Transactions]:
    transactions = Transactions(served, lambda: MONDAY)
    yield transactions
    transactions.close()


def at_once(*requests: Any) -> list[Any]:
    """The results or exceptions of these requests, all sent at the same moment."""

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*requests, return_exceptions=True)

    return asyncio.run(all_of_them())


def found(engine: Engine, column: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(column).order_by(column)).scalars())


def test_work_and_row_are_in_one_transaction(transactions: Transactions, served: Engine) -> None:
    numbers = at_once(*(transactions.record(entry(own), keep(f"v{own}")) for own in range(100)))
    assert sorted(numbers) == found(served, views.c.id)
    assert found(served, audit.c.number) == list(range(1, 101))
    assert set(found(served, audit.c.at)) == {MONDAY}


def test_requests_that_wait_share_a_commit(transactions: Transactions, served: Engine) -> None:
    commits: list[object] = []
    event.listen(served, "commit", commits.append)

    def slow(_: Connection) -> None:
        time.sleep(0.3)  # the others come meanwhile

    at_once(transactions.record(entry(), slow), *(transactions.note(entry()) for _ in range(50)))
    assert len(commits) <= 3
    assert len(found(served, audit.c.number)) == 51


def test_refused_work_refuses_its_request_alone(transactions: Transactions, served: Engine) -> None:
    first, second, third = at_once(
        transactions.record(entry(1), keep("a")),
        transactions.record(entry(2), refused),
        transactions.record(entry(3), keep("b")),
    )
    assert (type(first), type(third)) == (int, int)
    assert isinstance(second, RequestRefused)
    assert second.code == "invalid_request"
    assert found(served, views.c.name) == ["a", "b"]
    assert found(served, audit.c.request_id) == [f"{own:016x}" for own in (1, 3)]


def test_a_constraint_refuses_its_request_alone(transactions: Transactions, served: Engine) -> None:
    results = at_once(*(transactions.record(entry(), keep("same")) for _ in range(3)))
    assert [type(own) for own in results if not isinstance(own, int)] == [IntegrityError] * 2
    assert found(served, views.c.name) == ["same"]


def test_each_person_has_one_pseudonym(transactions: Transactions, served: Engine) -> None:
    at_once(*(transactions.note(entry(own, f"C{own % 2}", "C2")) for own in range(4)))
    assert found(served, person_keys.c.customer_id) == ["C0", "C1", "C2"]
    assert len(found(served, audit_subjects.c.pseudonym)) == 8
    assert len(set(found(served, audit_subjects.c.pseudonym))) == 3


def test_a_destroyed_key_is_not_used_again(transactions: Transactions, served: Engine) -> None:
    at_once(transactions.note(entry(1, "C1")))
    with served.begin() as connection:
        connection.execute(person_keys.delete())
    at_once(transactions.note(entry(2, "C1")))
    first, second = found(served, audit_subjects.c.pseudonym)
    assert first != second


def test_a_refused_request_makes_a_key_for_a_customer_alone(served: Engine) -> None:
    """However many ids are tried; in the batch of one that was answered, or alone."""
    base, looked_up = {"C1", "C2", "C3"}, list[str]()

    def customers(ids: Sequence[str]) -> set[str]:
        looked_up.extend(ids)
        return base & set(ids)

    transactions = Transactions(served, lambda: MONDAY, customers)
    tried = [f"1540000{number:04d}" for number in range(200)]
    refused = [
        Entry("1", "POST", "/score", 404, "unknown_customers", "key", "store", subjects=(own,))
        for own in (*tried, "C2", "C3", "a\0b")
    ]
    at_once(*(transactions.note(own) for own in refused), transactions.note(entry(1, "C1", "C3")))
    at_once(*(transactions.note(own) for own in refused[:3]))
    transactions.close()
    assert found(served, person_keys.c.customer_id) == ["C1", "C2", "C3"]
    names = found(served, audit_subjects.c.pseudonym)
    assert names.count(UNKNOWN) == 200 + 1 + 3
    assert len(set(names) - {UNKNOWN}) == 3
    assert set(looked_up) == {*tried, "C2", "C3"}, "of answered requests nothing is looked up"
    assert verify(served).broken is None


@pytest.mark.parametrize("written", ["a\0b", "C" * 1000, "客", "\udcff", ""])
def test_what_a_caller_wrote_never_stops_a_row(
    written: str, transactions: Transactions, served: Engine
) -> None:
    odd = Entry("1", "POST", "/views", 403, written, written, purpose=written, subjects=(written,))
    assert at_once(transactions.note(odd), transactions.note(entry(2))) == [None, None]
    assert found(served, audit.c.number) == [1, 2]
    assert found(served, person_keys.c.customer_id) == []


def test_a_cancelled_request_is_taken_back(transactions: Transactions, served: Engine) -> None:
    def slow(_: Connection) -> None:
        time.sleep(0.3)

    async def cancelled() -> None:
        first = asyncio.create_task(transactions.record(entry(1), slow))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(transactions.record(entry(2), keep("late")))
        await asyncio.sleep(0.05)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        first.cancel()  # too late: it is being done
        await first

    asyncio.run(cancelled())
    assert found(served, audit.c.request_id) == [f"{1:016x}"]
    assert found(served, views.c.name) == []


def test_what_waits_at_the_end_is_written(transactions: Transactions, served: Engine) -> None:
    async def closing_down() -> None:
        waiting = [asyncio.create_task(transactions.note(entry(own))) for own in range(300)]
        await asyncio.sleep(0)
        await asyncio.to_thread(transactions.close)
        await asyncio.gather(*waiting)
        with pytest.raises(RequestRefused, match="the service ends"):
            await transactions.note(entry())

    asyncio.run(closing_down())
    assert len(found(served, audit.c.number)) == 300


def codes(results: list[Any]) -> set[Any]:
    return {own.code if isinstance(own, RequestRefused) else own for own in results}


def test_a_file_that_is_not_there_refuses_all_until_it_is_back(tmp_path: Path) -> None:
    upgrade(maker := open_engine(tmp_path))
    maker.dispose()
    engine = open_engine(tmp_path, serving=True)
    transactions, file = Transactions(engine), tmp_path / "liuke.sqlite"
    assert codes(at_once(transactions.note(entry()))) == {None}
    engine.dispose()  # its log goes into the file
    away = file.rename(tmp_path / "away.sqlite")
    requests = [transactions.record(entry(), keep(f"v{own}")) for own in range(5)]
    assert codes(at_once(*requests)) == {"not_ready"}
    assert not file.exists()
    away.rename(file)
    assert codes(at_once(transactions.note(entry()))) == {None}
    assert (found(engine, audit.c.number), found(engine, views.c.name)) == ([1, 2], [])


def test_another_file_in_its_place_is_written(tmp_path: Path) -> None:
    for home in (tmp_path, other := tmp_path / "other"):
        home.mkdir(exist_ok=True)
        upgrade(maker := open_engine(home))
        maker.dispose()
    engine = open_engine(tmp_path, serving=True)
    transactions = Transactions(engine)
    at_once(transactions.note(entry(1)))
    for beside in ("-wal", "-shm"):  # else SQLite takes the old file's log for the new one's
        (tmp_path / f"liuke.sqlite{beside}").unlink()
    (other / "liuke.sqlite").replace(tmp_path / "liuke.sqlite")
    at_once(transactions.note(entry(2)))
    with closing(sqlite3.connect(tmp_path / "liuke.sqlite")) as connection:
        assert connection.execute("select number, request_id from audit").fetchall() == [
            (1, f"{2:016x}")
        ]


def test_a_locked_file_refuses_all_until_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.database.SERVING_SECONDS", 1)
    upgrade(maker := open_engine(tmp_path))
    engine = open_engine(tmp_path, serving=True)
    transactions = Transactions(engine)
    with maker.begin():
        assert codes(at_once(transactions.note(entry()), transactions.note(entry()))) == {
            "not_ready"
        }
    assert codes(at_once(transactions.note(entry()))) == {None}
    assert found(engine, func.count(audit.c.number)) == [1]


def test_ended_connections_are_opened_again(transactions: Transactions, served: Engine) -> None:
    if served.dialect.name == "sqlite":
        pytest.skip("SQLite has no connections that another process ends")
    at_once(transactions.note(entry()))
    other = open_engine(Path(), served.url.render_as_string(hide_password=False))
    end = text(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    for _ in range(2):
        with other.begin() as connection:
            connection.execute(end)
        assert codes(at_once(transactions.note(entry()))) == {None}

    def ending(connection: Connection) -> None:
        own = connection.execute(text("select pg_backend_pid()")).scalar_one()
        with other.begin() as ender:
            ender.execute(text(f"select pg_terminate_backend({own})"))
        connection.execute(text("select 1"))

    first, second = at_once(
        transactions.record(entry(7), ending), transactions.record(entry(8), keep("a"))
    )
    assert (codes([first]), type(second)) == ({"not_ready"}, int)
    assert len(found(served, audit.c.number)) == 4
    other.dispose()


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.audit.pseudonyms import UNKNOWN
from serving.audit.transactions import Transactions
from serving.audit.verification import verify
from serving.database import open_engine

transactions = Transactions(open_engine(Path(sys.argv[1]), serving=True))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

def sent():
    try:
        asyncio.run(transactions.note(Entry("1", "GET", "/x", 200, "")))
    except RequestRefused as error:
        return error.code
    return "recorded"

for limit in (soft, 4096, soft):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    print(sent())
"""


def test_a_disk_that_takes_nothing_refuses_until_it_does(tmp_path: Path) -> None:
    upgrade(maker := open_engine(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["recorded", "not_ready", "recorded"]
    assert found(maker, audit.c.number) == [1, 2]
    maker.dispose()
