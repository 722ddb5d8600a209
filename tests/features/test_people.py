"""The profile as it was known."""

from __future__ import annotations

from typing import Any

from features import people
from tests.facts import MOMENTS, Fact, Row, day, fact, joined, rows, stream


def profile(at: float, known: float | None = None, **own: Any) -> Fact:
    return fact("customers", "C1", day(at), None if known is None else day(known), **own)


def seen(*facts: Fact) -> Row:
    (row,) = stream(people.profile, "customers", facts)
    return row


def test_the_latest_profile_counts_whole() -> None:
    row = seen(profile(-9, city="B", brand="x"), profile(-5, city="C"), profile(-20, city="A"))
    assert (row["city"], row["brand"]) == ("C", None)


def test_a_change_counts_from_the_day_it_is_known() -> None:
    found = rows([*joined("C1"), profile(-9, known=0.5, city="B")])
    cities = {moment: row["city"] for (_, moment), row in found.items()}
    assert cities == {moment: "A" if moment < day(1) else "B" for moment in MOMENTS}


def test_an_older_profile_learned_later_is_still_the_older() -> None:
    assert seen(profile(-5, city="B"), profile(-9, known=-1, city="A"))["city"] == "B"


def test_a_corrected_profile_counts_from_its_correction() -> None:
    first = profile(-9, city="B")
    assert seen(first, profile(-9, known=0, city="C"))["city"] == "B"
    assert seen(first, profile(-9, known=-0.01, city="C"))["city"] == "C"


def test_profiles_a_part_of_a_second_apart_are_ordered() -> None:
    second = 1 / 86_400
    early, late = profile(-9 + 0.9 * second, city="B"), profile(-9 + 1.1 * second, city="C")
    assert seen(early, late)["city"] == seen(late, early)["city"] == "C"


def test_age_is_a_difference_of_years() -> None:
    assert seen(profile(-9, birth_year=1990))["age_years"] == 35
    assert seen(profile(-9, birth_year=None))["age_years"] is None
