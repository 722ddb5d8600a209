"""Daily usage, the weekly cells, and what was learned of a week after it closed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.errors import ImportRefused
from features.feeds import FEEDS, MAX_A_DAY
from features.histories import usage
from tests.facts import MOMENTS, MONDAY, Fact, Row, day, import_facts, joined, operator, rows, used

MICROSECOND = timedelta(microseconds=1)
CLOSES = day(2)  # when the week that ends at MONDAY closes


def made(name: str, *facts: Fact) -> list[Row]:
    loaded = operator()
    loaded.load(facts)
    return loaded.query(name, lambda: loaded.histories.tables[name])


def learned(known_at: datetime, data_kb: int = 5, number: int = -3) -> Fact:
    return used("C1", number, (known_at - MONDAY) / timedelta(days=1), data_kb=data_kb)


@pytest.mark.parametrize("measure", usage.CHARGEABLE)
def test_a_day_is_active_if_something_chargeable_was_done(measure: str) -> None:
    (row,) = made("days", used("C1", -3, **{measure: 1}))
    assert row["active"] == 1


def test_being_called_makes_no_day_active() -> None:
    (row,) = made("days", used("C1", -3, voice_in_s=60, dropped_calls=1, roaming_s=5))
    assert row["active"] == 0


def test_a_cell_sums_up_a_week() -> None:
    (cell,) = made(
        "cells", *(used("C1", -7 + number, data_kb=kb) for number, kb in enumerate([3, 0, 4]))
    )
    assert cell["day_count"] == 3
    assert (cell["data_kb_sum"], cell["active_sum"], cell["sms_sum"]) == (7, 2, 0)


def test_who_never_used_anything_is_silent_as_long_as_who_did_once() -> None:
    found = rows([*joined("C1"), *joined("C2"), used("C2", -9, sms=1), *joined("C3", -20)])
    silent = [found[name, day(3)]["weeks_silent_in_a_row_12w"] for name in ("C1", "C2", "C3")]
    assert silent == [8, 8, None]


def test_every_sum_is_a_whole_number() -> None:
    (cell,) = made("cells", *(used("C1", -7 + number, data_kb=MAX_A_DAY) for number in range(7)))
    assert cell["data_kb_sum"] == 7 * MAX_A_DAY
    assert {type(value) for value in cell.values()} <= {int, str, date, type(None)}


def test_more_than_a_week_can_hold_is_refused_at_the_door(tmp_path: Path) -> None:
    bytes_for_kb = used("C1", -3, data_kb=4 * 10**9)
    with pytest.raises(ImportRefused, match=r"data_kb > 1000000000.*data in KB"):
        import_facts(tmp_path / "home", [bytes_for_kb], tmp_path / "extract")
    amounts = [column for column in FEEDS["usage"].columns if column.type == "int64"]
    assert {column.maximum for column in amounts} == {MAX_A_DAY}


def test_what_is_learned_before_a_week_closes_is_on_time() -> None:
    assert len(made("cells", learned(CLOSES - MICROSECOND))) == 1
    assert made("late", learned(CLOSES - MICROSECOND)) == []


@pytest.mark.parametrize(
    ("known_at", "known_on"),
    [
        (CLOSES, 2),
        (day(3) - MICROSECOND, 2),
        (day(3), 3),
        (day(9, hour=12), 9),
    ],
)
def test_what_is_learned_later_is_dated_by_its_day(known_at: datetime, known_on: int) -> None:
    assert made("cells", learned(known_at)) == []
    (late,) = made("late", learned(known_at))
    assert late["known_day"] == day(known_on).date()
    assert late["data_kb_sum"] == 5


def test_a_late_cell_holds_the_whole_week() -> None:
    facts = [used("C1", -6, data_kb=1), learned(day(5)), learned(day(9), number=-2)]
    assert [cell["data_kb_sum"] for cell in made("cells", *facts)] == [1]
    late = {cell["known_day"]: cell["data_kb_sum"] for cell in made("late", *facts)}
    assert late == {day(5).date(): 6, day(9).date(): 11}


def test_of_two_corrections_on_one_day_the_last_counts() -> None:
    facts = [used("C1", -3, data_kb=1), learned(day(5, 9), 2), learned(day(5, 17), 3)]
    assert [cell["data_kb_sum"] for cell in made("late", *facts)] == [3]


def test_a_correction_before_the_week_closes_leaves_no_trace() -> None:
    facts = [used("C1", -3, data_kb=1), learned(day(1), 4)]
    assert [cell["data_kb_sum"] for cell in made("cells", *facts)] == [4]
    assert made("late", *facts) == []


def test_use_known_before_its_day_is_over_counts_until_the_day_is_known_whole() -> None:
    part = used("C1", -1, -0.5, ended=0, data_kb=1)
    whole = used("C1", -1, 3.25, ended=0, data_kb=9)
    found = rows([*joined("C1"), part, whole])
    by_moment = [found["C1", moment]["data_mb_7d"] * 1024 for moment in MOMENTS if moment >= MONDAY]
    assert by_moment == [1, 1, 1, 1, 0, 0]
    weekly = [found["C1", moment]["data_mb_4w"] * 1024 for moment in MOMENTS if moment >= MONDAY]
    assert weekly == [0, 0, 1, 1, 9, 9]


def test_roaming_that_arrives_weeks_late_leaves_earlier_answers_as_they_were() -> None:
    facts = [*joined("C1"), used("C1", -20, data_kb=1024)]
    late = used("C1", -20, 0.5, data_kb=3072)
    before, after = rows(facts), rows([*facts, late])
    changed = {moment for key, moment in before if before[key, moment] != after[key, moment]}
    assert changed == {moment for moment in MOMENTS if moment >= day(1)}
    assert after["C1", day(1)]["data_mb_4w"] == 3


def test_only_delivered_measures_are_kept() -> None:
    columns: tuple[Any, ...] = ("customer_id", "day", "voice_out_s", "sms", "data_kb", "contacts")
    assert usage.measures(columns) == ("voice_out_s", "sms", "data_kb", "contacts", "active")
