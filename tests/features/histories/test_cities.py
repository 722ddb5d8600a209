"""What all customers of a city met with, as it was known when the week closed."""

from __future__ import annotations

from functools import partial

from tests import facts as given
from tests.facts import Fact, day, fact, joined, used

rows = partial(given.rows, of=("city",))  # all features at once would take long

# Monday is day 0 and two days of lag: at day 3 the week of days -7 to -1 is closed.
AS_OF = day(3)


def dropped(customer: str, number: int, calls: int, known: float | None = None) -> Fact:
    return used(customer, number, known, dropped_calls=calls, rival_hotline_calls=2 * calls)


def people(*customers: str, city: str = "A") -> list[Fact]:
    return [fact for customer in customers for fact in joined(customer, city=city)]


def test_trouble_is_counted_per_customer_of_the_city_and_week() -> None:
    facts = [
        *people("C1", "C2", "C3"), *people("C4", city="B"),
        dropped("C1", -3, 2), dropped("C2", -3, 4), dropped("C2", -9, 8), dropped("C4", -3, 50),
    ]  # fmt: skip
    row = rows(facts)["C3", AS_OF]
    assert (row["city_dropped_calls_1w"], row["city_rival_hotline_calls_1w"]) == (3, 6)
    # Three times a customer had used in a week: twice in the latest, once in the one before.
    assert round(row["city_dropped_calls_4w"], 3) == round(14 / 3, 3)
    assert rows(facts)["C4", AS_OF]["city_dropped_calls_1w"] == 50


def test_without_use_in_the_city_nothing_is_known() -> None:
    assert rows(people("C1"))["C1", AS_OF]["city_dropped_calls_1w"] is None


def test_a_week_counts_once_it_is_closed() -> None:
    found = rows([*people("C1"), dropped("C1", -3, 2)])
    found_values = [found["C1", day(number)]["city_dropped_calls_1w"] for number in (1, 2, 3)]
    assert found_values == [None, 2, 2]


def test_what_is_learned_after_the_week_closed_changes_no_published_figure() -> None:
    facts = [*people("C1", "C2"), dropped("C1", -10, 2)]
    late = dropped("C2", -10, 90, known=0.5)
    assert rows([*facts, late])["C1", AS_OF]["city_dropped_calls_4w"] == 2


def test_a_customer_counts_where_he_lived_when_the_week_closed() -> None:
    moved = [
        fact("customers", "C2", day(-5), city="B"),
        fact("customers", "C3", day(-5), day(2.5), city="B"),
    ]
    use = [dropped("C1", -3, 1), dropped("C2", -3, 3), dropped("C3", -3, 5)]
    found = rows([*people("C1", "C2", "C3"), *moved, *use])
    assert found["C1", AS_OF]["city_dropped_calls_1w"] == 3  # C1 and C3
    assert found["C2", AS_OF]["city_dropped_calls_1w"] == 3
    assert found["C3", AS_OF]["city_dropped_calls_1w"] == 3  # B's, where the customer lives now
