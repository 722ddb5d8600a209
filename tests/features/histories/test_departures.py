"""Who is known to have gone, for those who look at others."""

from __future__ import annotations

import pytest

from features.histories.departures import departures
from tests.facts import MOMENTS, Fact, day, fact, stream


def event(name: str, at: float, known: float | None = None, customer: str = "C1") -> Fact:
    return fact("contracts", customer, day(at), None if known is None else day(known), event=name)


def left_age(*facts: Fact) -> list[int | None]:
    found = stream(departures, "contracts", [event("started", -200), *facts])
    return [row["left_age"] for row in found]


@pytest.mark.parametrize(
    ("facts", "weeks"),
    [
        ([], None),
        ([event("ported", -9)], 2),
        ([event("cancelled", -9)], 2),
        ([event("pre_cancelled", -99), event("cancelled", -9)], 15),
        ([event("pre_cancelled", -20), event("restored", -9)], None),
        ([event("pre_cancelled", -50), event("restored", -40), event("pre_cancelled", -9)], 2),
        ([event("pre_cancelled", -90), event("restored", -80), event("ported", -9)], 2),
        ([event("ported", -9), event("started", -5)], None),
        ([event("ported", -9), event("started", -9)], None),
        ([event("suspended", -9)], None),
        ([event("transferred", -9)], None),
        ([event("plan_changed", -5), event("ported", -9)], 2),
    ],
)
def test_a_customer_who_requested_to_cancel_or_ended_has_left_until_they_come_back(
    facts: list[Fact], weeks: int | None
) -> None:
    assert left_age(*facts) == left_age(*facts[::-1]) == [weeks]


@pytest.mark.parametrize(
    ("facts", "in_network"),
    [
        ([], 1),
        ([event("suspended", -9)], 1),
        ([event("pre_cancelled", -9)], 1),
        ([event("cancelled", -9)], 0),
        ([event("transferred", -9)], 0),
        ([event("transferred", -9), event("started", -9)], 1),
    ],
)
def test_who_ended_or_passed_the_number_on_is_not_in_the_network(
    facts: list[Fact], in_network: int
) -> None:
    (row,) = stream(departures, "contracts", [event("started", -200), *facts])
    assert row["in_network"] == in_network


def test_a_departure_dated_back_counts_from_the_day_it_is_known() -> None:
    facts = [event("started", -200), event("ported", -5, known=1.5)]
    found = stream(departures, "contracts", facts, MOMENTS)
    weeks = {row["as_of"]: row["left_age"] for row in found}
    assert weeks[day(1)] is None
    assert weeks[day(2)] == 1


def test_who_never_started_is_not_known() -> None:
    assert stream(departures, "contracts", [event("cancelled", -9)]) == []
    assert stream(departures, "contracts", [event("started", -9, known=1)]) == []
