"""Who calls whom as it was known, and who of them is known to have left."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import pytest

from tests import facts as given
from tests.facts import Fact, Row, day, fact, joined, operator

rows = partial(given.rows, of=("neighbours",))  # all features at once would take long

# Monday is day 0 and two days of lag: at day 3 the week of days -7 to -1 is closed.
AS_OF = day(3)


def called(
    caller: str, callee: str, number: int, known: float | None = None, calls: int = 1
) -> Fact:
    known_at = day(number + 1, 3) if known is None else day(known)
    ended, on = day(number + 0.999), day(number).date()
    return fact("calls", caller, ended, known_at, other_id=callee, day=on, calls=calls)


def to_all(others: Iterable[str], number: int = -3, calls: int = 1) -> list[Fact]:
    return [called("C1", other, number, calls=calls) for other in others]


def row_of(*facts: Fact) -> Row:
    return rows([*joined("C1"), *facts])["C1", AS_OF]


FIVE = ("X1", "X2", "X3", "X4", "X5")


def test_neighbours_are_counted_once_in_either_direction() -> None:
    facts = [called("C1", "X1", -3), called("X1", "C1", -9), called("X2", "C1", -20)]
    assert row_of(*facts)["neighbours_12w"] == 2


def test_a_call_counts_for_both_ends() -> None:
    found = rows([*joined("C1"), *joined("C2"), called("C1", "C2", -3)])
    assert [found[name, AS_OF]["neighbours_12w"] for name in ("C1", "C2")] == [1, 1]


def test_no_customer_is_their_own_neighbour() -> None:
    assert row_of(called("C1", "C1", -3))["neighbours_12w"] is None


@pytest.mark.parametrize(("number", "count"), [(0, None), (-1, 1), (-84, 1), (-85, None)])
def test_twelve_closed_weeks_count(number: int, count: int | None) -> None:
    assert row_of(called("C1", "X1", number))["neighbours_12w"] == count


def test_below_five_neighbours_only_their_number_is_known() -> None:
    names = (
        "neighbour_calls_12w", "closest_neighbour_share_12w", "on_net_share_12w",
        "neighbours_left_8w", "neighbours_left_share_8w", "neighbours_left_12w",
    )  # fmt: skip
    few, enough = row_of(*to_all(FIVE[:4])), row_of(*to_all(FIVE))
    assert [few[name] for name in names] == [None] * len(names)
    assert [enough[name] for name in names] == [5, 20, 0, 0, 0, 0]


def test_calls_are_summed_and_their_concentration_measured() -> None:
    facts = [*to_all(FIVE), called("C1", "X1", -9, calls=4), called("X1", "C1", -9)]
    row = row_of(*facts)
    assert row["neighbour_calls_12w"] == 10
    assert row["closest_neighbour_share_12w"] == 60


def test_who_is_or_was_a_customer_is_on_net() -> None:
    facts = [*to_all((*FIVE[:3], "C2", "C3")), *joined("C2"), *joined("C3", -100)]
    facts.append(fact("contracts", "C3", day(-50), event="ported"))
    assert row_of(*facts)["on_net_share_12w"] == 40
    facts = [*to_all((*FIVE[:4], "C2")), fact("contracts", "C2", day(-9), day(3), event="started")]
    assert row_of(*facts)["on_net_share_12w"] == 0


def test_neighbours_who_left_are_counted_by_when() -> None:
    facts = to_all(("C2", "C3", "C4", "C5", "X1"))
    for name, event, at in (
        ("C2", "ported", -50), ("C3", "pre_cancelled", -70), ("C4", "suspended", -9),
        ("C5", "cancelled", -90),
    ):  # fmt: skip
        facts += [*joined(name, -300), fact("contracts", name, day(at), event=event)]
    row = row_of(*facts)
    assert (row["neighbours_left_8w"], row["neighbours_left_share_8w"]) == (1, 20)
    assert (row["neighbours_left_12w"], row["neighbours_left_share_12w"]) == (2, 40)


@pytest.mark.parametrize(("at", "count"), [(3 - 56, 1), (3 - 56.5, 0)])
def test_eight_weeks_are_not_a_part_of_a_day_more(at: float, count: int) -> None:
    facts = [*to_all((*FIVE[:4], "C2")), *joined("C2", -300)]
    row = row_of(*facts, fact("contracts", "C2", day(at), event="ported"))
    assert (row["neighbours_left_8w"], row["neighbours_left_12w"]) == (count, 1)


def test_a_neighbour_has_left_only_from_the_day_it_is_known() -> None:
    facts = [*joined("C1"), *joined("C2"), *to_all((*FIVE[:4], "C2"), -12)]
    facts.append(fact("contracts", "C2", day(-9), day(1.5), event="ported"))
    found = rows(facts)
    left = [found["C1", day(number)]["neighbours_left_8w"] for number in (0, 1, 2)]
    assert left == [0, 0, 1]


def test_a_call_learned_of_late_counts_from_the_day_after() -> None:
    facts = [*joined("C1"), called("C1", "X1", -12), called("C1", "X2", -12, known=0.5)]
    found = rows(facts)
    counts = [found["C1", day(number)]["neighbours_12w"] for number in (-2, -1, 0, 1, 2)]
    assert counts == [1, 1, 1, 2, 2]


def test_a_late_call_to_a_known_neighbour_is_added_to_the_week() -> None:
    facts = [*joined("C1"), *to_all(FIVE, -12), called("C1", "X1", -11, known=0.5, calls=5)]
    found = rows(facts)
    calls = [found["C1", day(number)]["neighbour_calls_12w"] for number in (0, 1)]
    assert calls == [5, 10]


def test_a_corrected_number_of_calls_replaces_the_first() -> None:
    facts = [*joined("C1"), *to_all(FIVE, -12), called("C1", "X1", -12, known=0.5, calls=9)]
    found = rows(facts)
    calls = [found["C1", day(number)]["neighbour_calls_12w"] for number in (0, 1)]
    assert calls == [5, 13]


def test_nothing_computed_from_neighbours_is_shown_to_staff() -> None:
    made = [feature for feature in operator().histories.features if feature.stream == "neighbours"]
    assert made
    assert not [feature.name for feature in made if feature.staff_may_hear]
