"""The profile as it was known."""

from __future__ import annotations

from functools import partial
from typing import Any

from features.histories import people
from tests import facts as given
from tests.facts import MOMENTS, Fact, Row, Rows, day, fact, joined, stream

rows = partial(given.rows, of=("profile", "group"))  # all features at once would take long


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


def test_changes_of_the_profile_are_counted_and_dated() -> None:
    facts = [*joined("C1"), profile(-9, city="B"), profile(-5, known=1.5, city="C")]
    found = rows(facts)
    found_values = [
        (found["C1", m]["profile_changes"], found["C1", m]["days_since_profile_change"])
        for m in (day(-14), day(0), day(2))
    ]
    assert found_values == [(0, None), (1, 9), (2, 7)]


def test_manager_and_consent_are_shown_as_one_or_nought() -> None:
    row = rows([*joined("C1", consent=False, manager_id="M1"), *joined("C2")])
    assert (row["C1", day(0)]["has_manager"], row["C1", day(0)]["has_consent"]) == (1, 0)
    assert (row["C2", day(0)]["has_manager"], row["C2", day(0)]["has_consent"]) == (0, 1)


def left(customer: str, at: float, known: float | None = None) -> Fact:
    moment = None if known is None else day(known)
    return fact("contracts", customer, day(at), moment, event="ported")


def group_of(found: Rows, customer: str, moment: float = 0) -> tuple[Any, Any, Any]:
    row = found[customer, day(moment)]
    return row["group_size"], row["group_left_12w"], row["group_left_share_12w"]


def test_a_group_is_described_by_its_size_and_by_the_others_who_left() -> None:
    facts = [fact for number in range(5) for fact in joined(f"C{number}", group_id="G")]
    facts += [*joined("C9", group_id="H"), *joined("C8"), left("C3", -9), left("C4", -100)]
    found = rows(facts)
    assert group_of(found, "C0") == (3, 1, 100 / 3)  # two others there, one just left
    assert group_of(found, "C9") == (1, 0, None)
    assert group_of(found, "C8") == (None, None, None)


def test_of_a_group_only_the_others_count_as_having_left() -> None:
    facts = [*joined("C1", group_id="G"), *joined("C2", group_id="G")]
    facts.append(fact("contracts", "C1", day(-9), event="pre_cancelled"))
    found = rows(facts)
    assert group_of(found, "C1") == (1, 0, 0)
    assert group_of(found, "C2") == (1, 1, 100)


def test_a_customer_who_passed_the_number_on_is_neither_a_member_nor_churned() -> None:
    facts = [fact for name in ("C1", "C2", "C3") for fact in joined(name, group_id="G")]
    passed_on = fact("contracts", "C2", day(-9), event="transferred")
    assert group_of(rows([*facts, passed_on]), "C1") == (2, 0, 0)
    again = fact("contracts", "C2", day(-5), event="started")
    assert group_of(rows([*facts, passed_on, again]), "C1") == (3, 0, 0)


def test_a_member_has_left_from_the_day_it_is_known() -> None:
    facts = [*joined("C1", group_id="G"), *joined("C2", group_id="G"), left("C2", -9, known=1.5)]
    found = rows(facts)
    assert [group_of(found, "C1", moment)[:2] for moment in (0, 1, 2)] == [(2, 0), (2, 0), (1, 1)]


def test_who_changes_groups_belongs_to_the_latest() -> None:
    facts = [*joined("C1", group_id="G"), *joined("C2", group_id="G")]
    facts.append(profile(-9, known=0.5, group_id="H"))
    found = rows(facts)
    assert [group_of(found, "C2", moment)[0] for moment in (0, 1)] == [2, 1]
