"""The counter's file: one customer by id, within the caller's scope."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from features.errors import LakeError, UnknownCustomers
from features.home import Home
from serving.access.principal import Scope
from serving.decision.bill_fit.store import CounterFacts, write_counter
from tests.serving.decision.bill_fit.test_fit import PLANS, RECORD

AS_OF = datetime(2026, 3, 2)
OTHER = replace(RECORD, customer_id="C2", city="B", store_id=None, months=())


def write(home: Path) -> CounterFacts:
    assert write_counter(home, AS_OF, list(PLANS), [RECORD, OTHER]) == 2
    return CounterFacts(home)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    counter = write(tmp_path)
    assert counter.need("C1", Scope()) == RECORD
    assert counter.find("C2") == OTHER
    assert counter.plans == PLANS
    assert RECORD.mean_bill_fen == (9_900 + 12_400 + 5_900) / 3
    assert OTHER.mean_bill_fen is None


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        (Scope(city="A"), True),
        (Scope(city="B"), False),
        (Scope(city="A", store_id="S1"), True),
        (Scope(store_id="S2"), False),
        (Scope(manager_id="M1"), False),
    ],
)
def test_customers_outside_the_scope_do_not_exist(
    tmp_path: Path, scope: Scope, inside: bool
) -> None:
    counter = write(tmp_path)
    if inside:
        assert counter.need("C1", scope) == RECORD
        return
    with pytest.raises(UnknownCustomers):
        counter.need("C1", scope)


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    counter = CounterFacts(tmp_path)
    assert counter.find("C1") is None
    assert counter.plans == ()
    with pytest.raises(LakeError, match="liuke score"):
        counter.need("C1", Scope())


def test_a_replaced_file_is_read_again(tmp_path: Path) -> None:
    counter = write(tmp_path)
    counter.need("C1", Scope())
    write_counter(tmp_path, AS_OF, [], [replace(RECORD, consent=False)])
    assert not counter.need("C1", Scope()).consent
    assert counter.plans == ()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    Home(tmp_path).counter.write_bytes(b"no database, but long enough to be read as one" * 9)
    with pytest.raises(LakeError, match="cannot be read"):
        CounterFacts(tmp_path).need("C1", Scope())


def test_who_reads_while_the_file_is_replaced_reads_on(tmp_path: Path) -> None:
    counter = write(tmp_path)
    before = counter._current()
    rows = before.connection.execute("select customer_id from customers order by customer_id")
    assert next(rows) == ("C1",)
    write_counter(tmp_path, AS_OF, [], [OTHER])
    assert counter.find("C1") is None
    assert next(rows) == ("C2",)


def test_a_replaced_file_is_closed_once_none_reads_it(tmp_path: Path) -> None:
    counter = write(tmp_path)
    connection = counter._current().connection
    write_counter(tmp_path, AS_OF, [], [OTHER])
    counter.need("C2", Scope())
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("select 1")


def test_reading_waits_for_no_other_thread(tmp_path: Path) -> None:
    counter = write(tmp_path)
    counter.need("C1", Scope())
    with ThreadPoolExecutor(1) as other, counter._lock:
        assert other.submit(counter.need, "C1", Scope()).result(timeout=120) == RECORD
