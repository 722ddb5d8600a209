"""Kept queries: compiled once, and never used where they no longer fit."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import pytest
from ibis.expr.types import Table

from features.builder import eligible, queries
from features.builder.queries import query, rows_at
from features.builder.templates import MAX_MOMENTS
from features.engine.store import Histories
from features.errors import OutputError
from tests.facts import MONDAY, joined, operator

NEXT = MONDAY + timedelta(days=7)


@pytest.fixture
def histories(tmp_path: Path) -> Histories:
    loaded = operator()
    loaded.load([one for name in ("C1", "C2") for one in joined(name)])
    own = loaded.histories
    some = tuple(one for one in own.features if one.stream in ("standing", "profile"))
    return replace(own, features=some, queries=tmp_path / "queries")


class Counted:
    """Makes the expression, and counts how often."""

    def __init__(self) -> None:
        self.times = 0
        self.__qualname__ = type(self).__name__  # as a function has it

    def __call__(self, histories: Histories, as_of: Sequence[datetime]) -> Table:
        self.times += 1
        return eligible(histories, as_of)


def kept(histories: Histories) -> list[Path]:
    assert histories.queries is not None
    return sorted(histories.queries.iterdir())


def test_it_is_compiled_once_for_all_moments(histories: Histories) -> None:
    make = Counted()
    first, second = (rows_at(histories, [moment], make) for moment in (MONDAY, NEXT))
    assert make.times == 1
    assert len(kept(histories)) == 1
    for moment, found in ((MONDAY, first), (NEXT, second)):
        expected = histories.connection.to_pyarrow(eligible(histories, [moment]))
        order = [("customer_id", "ascending")]
        assert found.sort_by(order).to_pylist() == expected.sort_by(order).to_pylist()
    rows_at(histories, [NEXT, MONDAY, NEXT], make)
    assert make.times == 2, "two moments are another query"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"sha256": "0", "template": "{}"}'])
def test_a_damaged_file_is_compiled_again(histories: Histories, content: str) -> None:
    make = Counted()
    whole = query(histories, [MONDAY], make)
    (path,) = kept(histories)
    path.write_text(content, "utf-8")
    assert query(histories, [MONDAY], make).text == whole.text
    assert make.times == 2
    assert query(histories, [MONDAY], make).text == whole.text
    assert make.times == 2, "the damaged file was replaced"


def test_a_changed_text_does_not_count(histories: Histories) -> None:
    make = Counted()
    query(histories, [MONDAY], make)
    (path,) = kept(histories)
    found = json.loads(path.read_text("utf-8"))
    found["template"] = found["template"].replace("customer_id", "city")
    path.write_text(json.dumps(found), "utf-8")
    assert "customer_id" in query(histories, [MONDAY], make).text
    assert make.times == 2


def test_other_features_settings_tables_and_programs_have_their_own(
    histories: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Counted()
    tables = histories.tables
    others = [
        histories,
        replace(histories, features=histories.features[1:]),
        replace(histories, settings=replace(histories.settings, usage_lag_days=5)),
        replace(histories, tables={name: own for name, own in tables.items() if name != "plans"}),
    ]
    for count, other in enumerate(others, 1):
        query(other, [MONDAY], make)
        assert (make.times, len(kept(histories))) == (count, count)
    monkeypatch.setattr(queries, "program", lambda: "a newer one")
    query(histories, [MONDAY], make)
    assert make.times == len(others) + 1


def test_what_does_not_come_from_files_is_compiled_each_time(histories: Histories) -> None:
    make = Counted()
    contracts = histories.tables["contracts"]
    changed = histories.tables | {"contracts": contracts.filter(contracts.customer_id == "C1")}
    for _ in range(2):
        found = rows_at(replace(histories, tables=changed), [MONDAY], make)
        assert found["customer_id"].to_pylist() == ["C1"]
    assert make.times == 2


def test_facts_in_memory_count_beside_those_of_files(histories: Histories) -> None:
    contracts = histories.tables["contracts"]
    own = contracts.filter(contracts.customer_id == "C1").to_pyarrow()
    also = ibis.memtable(own, schema=contracts.schema())
    changed = histories.tables | {"contracts": also}
    found = rows_at(replace(histories, tables=changed), [MONDAY], Counted())
    assert found["customer_id"].to_pylist() == ["C1"]


def test_a_home_that_may_only_be_read_goes_without(histories: Histories) -> None:
    assert histories.queries is not None
    histories.queries.parent.joinpath("file").write_text("", "utf-8")
    closed = replace(histories, queries=histories.queries.parent / "file" / "queries")
    assert rows_at(closed, [MONDAY], Counted()).num_rows == 2
    assert rows_at(replace(histories, queries=None), [MONDAY], Counted()).num_rows == 2


def test_a_full_disk_goes_without(histories: Histories, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OutputError("cannot write: no space left on device")

    monkeypatch.setattr(queries, "replace_json", full)
    assert rows_at(histories, [MONDAY], Counted()).num_rows == 2


def test_the_oldest_go_first(histories: Histories, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MAX_KEPT", 2)
    make = Counted()
    for count in (1, 2, 3):
        query(histories, [MONDAY + timedelta(days=place) for place in range(count)], make)
        for path in kept(histories):
            os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns - 10**9))
    assert len(kept(histories)) == 2
    query(histories, [MONDAY, NEXT, NEXT + timedelta(days=1)], make)
    assert make.times == 3, "the newest was still there"


def test_more_moments_than_the_calendar_has_room_for(histories: Histories) -> None:
    many = [MONDAY + timedelta(days=day) for day in range(MAX_MOMENTS + 1)]
    with pytest.raises(ValueError, match="at most"):
        query(histories, many, Counted())
