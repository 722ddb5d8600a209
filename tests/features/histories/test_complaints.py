"""Complaints put together from their facts as they were known."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from ibis.expr.types import Table

from features.histories import complaints
from tests import facts as given
from tests.facts import MOMENTS, Fact, Row, day, fact, joined, stream

rows = partial(given.rows, of=("complaints",))  # all features at once would take long


def said(
    event: str, at: float, known: float | None = None, complaint: str = "K1", **own: Any
) -> Fact:
    moment = None if known is None else day(known)
    own = {"complaint_id": complaint, "event": event, **own}
    return fact("complaints", "C1", day(at), moment, **own)


def promised(facts: Table, as_of: Sequence[datetime]) -> Table:
    return complaints.complaints(facts, as_of, promise_hours=48)


def seen(*facts: Fact) -> list[Row]:
    return stream(promised, "complaints", facts)


def unresolved(*facts: Fact) -> int:
    (row,) = seen(*facts)
    value = row["unresolved"]
    assert isinstance(value, int)
    return value


def test_a_complaint_is_open_until_it_is_closed() -> None:
    assert unresolved(said("opened", -5)) == 1
    assert unresolved(said("opened", -5), said("closed", -4)) == 0


def test_a_closing_dated_back_leaves_it_open_until_it_is_known() -> None:
    facts = [*joined("C1"), said("opened", -10), said("closed", -5, known=1.5)]
    found = rows(facts)
    by_moment = [found["C1", moment]["unresolved_complaints"] for moment in MOMENTS[2:-1]]
    assert by_moment == [1, 1, 1, 1, 1, 0, 0, 0]
    days = [found["C1", moment]["unresolved_complaint_days"] for moment in MOMENTS[2:-1]]
    assert days == [3, 8, 9, 10, 11, None, None, None]


def test_a_reopened_complaint_is_open_again() -> None:
    facts = [said("opened", -9), said("closed", -7), said("reopened", -3)]
    assert unresolved(*facts) == 1
    assert unresolved(*facts, said("closed", -1)) == 0
    assert unresolved(*facts, said("closed", -1, known=1)) == 1


def test_of_a_closing_and_another_event_of_one_moment_the_closing_is_the_later() -> None:
    for facts in itertools.permutations(
        [said("opened", -9), said("closed", -3), said("reopened", -3)]
    ):
        assert unresolved(*facts) == 0
    assert unresolved(said("closed", -3), said("opened", -3)) == 0


def test_a_rating_neither_closes_nor_opens() -> None:
    assert unresolved(said("opened", -9), said("rated", -3, rating=1)) == 1
    assert unresolved(said("opened", -9), said("closed", -5), said("rated", -3, rating=1)) == 0


@pytest.mark.parametrize("event", ["closed", "reopened", "rated"])
def test_a_complaint_does_not_exist_before_its_opening_is_known(event: str) -> None:
    assert seen(said("opened", -9, known=1), said(event, -5)) == []


def test_a_complaint_is_aged_by_its_opening() -> None:
    facts = [said("opened", -15), said("closed", -7), said("reopened", -2)]
    (row,) = seen(*facts)
    assert (row["age"], row["days"], row["unresolved_days"]) == (3, 15, 15)


def test_the_last_rating_counts() -> None:
    rated = [said("rated", -4, rating=5), said("rated", -2, rating=2), said("rated", -1)]
    for facts in itertools.permutations([said("opened", -9), *rated]):
        (row,) = seen(*facts)
        assert row["rating"] == 2


def test_of_two_ratings_of_one_moment_the_lower_counts() -> None:
    facts = [
        said("opened", -9), said("closed", -2, rating=5), said("rated", -2, rating=1),
    ]  # fmt: skip
    for some in itertools.permutations(facts):
        (row,) = seen(*some)
        assert row["rating"] == 1


def test_the_worst_severity_counts() -> None:
    (row,) = seen(said("opened", -9, severity=2), said("reopened", -3, severity=4))
    assert row["severity"] == 4
    (row,) = seen(said("opened", -9))
    assert row["severity"] is None


def test_a_request_to_cancel_is_known_by_its_category() -> None:
    facts = [
        said("opened", -9, category="cancel_request"), said("closed", -8),
        said("opened", -9, complaint="K2", category="network"), said("opened", -9, complaint="K3"),
    ]  # fmt: skip
    found = {row["complaint_id"]: row["cancel_request"] for row in seen(*facts)}
    assert found == {"K1": 1, "K2": 0, "K3": 0}


def test_a_category_corrected_later_counts_from_its_correction() -> None:
    facts = [
        *joined("C1"), said("opened", -9, category="network"),
        said("opened", -9, known=0, category="cancel_request"),
    ]  # fmt: skip
    found = rows(facts)
    requests = [found["C1", moment]["cancel_requests_4w"] for moment in MOMENTS[2:-1]]
    assert requests == [0, 0, 0, 0, 1, 1, 1, 1]


def test_complaints_are_counted_by_window() -> None:
    facts = [
        *joined("C1"),
        *(said("opened", at, complaint=f"K{at}") for at in (-1, -28, -29, -84, -85)),
    ]
    row = rows(facts)["C1", day(0)]
    assert (row["complaints_4w"], row["complaints_12w"]) == (2, 4)
    assert row["days_since_complaint"] == 1
    assert row["unresolved_complaints"] == 5
    assert row["unresolved_complaint_days"] == 85


def test_without_complaints_there_are_none_and_no_days() -> None:
    row = rows(joined("C1"))["C1", day(0)]
    assert (row["complaints_4w"], row["unresolved_complaints"]) == (0, 0)
    assert row["days_since_complaint"] is None
    assert row["complaint_rating_latest"] is None


def test_complaints_are_counted_by_what_they_are_about() -> None:
    facts = [
        *joined("C1"), said("opened", -1, category="network"),
        said("opened", -29, complaint="K2", category="network"),
        said("opened", -40, complaint="K3", category="billing"),
        said("opened", -100, complaint="K4", category="service"),
        said("opened", -5, complaint="K5", category="lost phone"),
    ]  # fmt: skip
    row = rows(facts)["C1", day(0)]
    found = {
        name: [row[f"{name}_complaints_{weeks}w"] for weeks in (4, 12, 26)]
        for name in ("network", "billing", "service")
    }
    assert found == {"network": [1, 2, 2], "billing": [0, 1, 1], "service": [0, 0, 1]}
    assert row["complaints_26w"] == 5


@pytest.mark.parametrize(
    ("facts", "broken", "overdue"),
    [
        ([said("opened", -2)], 0, 0),  # 48 hours are not yet over
        ([said("opened", -2.01)], 1, 1),
        ([said("opened", -9), said("closed", -7)], 0, 0),
        ([said("opened", -9), said("closed", -6.99)], 1, 0),
        ([said("opened", -9), said("closed", -8), said("reopened", -1)], 0, 0),
        ([said("opened", -9), said("closed", -8), said("reopened", -3)], 1, 1),
        ([said("opened", -9), said("closed", -8), said("reopened", -7), said("closed", -6)], 0, 0),
        ([said("opened", -9), said("closed", -8), said("reopened", -7), said("closed", -4)], 1, 0),
        ([said("opened", -9), said("closed", -5), said("reopened", -1)], 1, 0),
    ],
)
def test_a_promise_is_broken_by_an_answer_that_is_late_or_missing(
    facts: list[Fact], broken: int, overdue: int
) -> None:
    (row,) = seen(*facts)
    assert (row["broken_promises"], row["overdue"]) == (broken, overdue)


def test_a_complaint_is_overdue_by_the_time_beyond_the_promise() -> None:
    (row,) = seen(said("opened", -5))
    assert row["overdue_s"] == 3 * 86_400
    (row,) = seen(said("opened", -5), said("closed", -1))
    assert (row["overdue_s"], row["resolved_s"]) == (None, 4 * 86_400)


def test_an_answer_in_time_that_is_entered_late_keeps_the_promise_once_it_is_known() -> None:
    facts = [*joined("C1"), said("opened", -9), said("closed", -8, known=1.5)]
    found = rows(facts)
    broken = [found["C1", moment]["broken_promises_26w"] for moment in MOMENTS[2:-1]]
    assert broken == [0, 1, 1, 1, 1, 0, 0, 0]
    days = [found["C1", moment]["overdue_complaint_days"] for moment in MOMENTS[2:-1]]
    assert days == [None, 5, 6, 7, 8, None, None, None]


def test_of_complaints_opened_at_one_moment_the_slowest_is_the_latest() -> None:
    facts = [
        said("opened", -9), said("closed", -8),
        said("opened", -9, complaint="K2"), said("closed", -4, complaint="K2"),
    ]  # fmt: skip
    for ordered in (facts, facts[::-1]):
        assert rows([*joined("C1"), *ordered])["C1", day(0)]["days_to_resolve_26w_latest"] == 5


def test_the_times_to_resolve_are_averaged() -> None:
    facts = [
        *joined("C1"), said("opened", -9), said("closed", -8),
        said("opened", -20, complaint="K2"), said("closed", -17, complaint="K2"),
        said("reopened", -16, complaint="K2"), said("closed", -15, complaint="K2"),
        said("opened", -3, complaint="K3"),
    ]  # fmt: skip
    row = rows(facts)["C1", day(0)]
    assert row["days_to_resolve_26w_latest"] == 1
    assert row["days_to_resolve_26w_mean"] == 3
    assert row["reopened_complaints_26w"] == 1


def test_ratings_are_shown_by_the_latest_the_mean_and_the_lowest() -> None:
    facts = [
        *joined("C1"), said("opened", -9), said("rated", -4, rating=1), said("rated", -2, rating=4),
        said("opened", -90, complaint="K2"), said("rated", -80, complaint="K2", rating=2),
        said("opened", -190, complaint="K3"), said("rated", -185, complaint="K3", rating=5),
    ]  # fmt: skip
    row = rows(facts)["C1", day(0)]
    assert row["complaint_rating_latest"] == 4
    assert row["complaint_rating_26w_mean"] == 3
    assert row["complaint_rating_26w_lowest"] == 1


def test_the_last_request_to_cancel_is_dated() -> None:
    facts = [
        *joined("C1"), said("opened", -9, category="cancel_request"),
        said("opened", -2, complaint="K2", category="network"),
    ]  # fmt: skip
    row = rows(facts)["C1", day(0)]
    assert (row["days_since_cancel_request"], row["days_since_complaint"]) == (9, 2)
    assert rows(joined("C1"))["C1", day(0)]["days_since_cancel_request"] is None
