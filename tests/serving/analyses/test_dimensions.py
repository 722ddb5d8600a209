"""Customers by where they belong at the end of each period."""

from __future__ import annotations

from datetime import datetime

import pytest

from features.errors import LakeError
from tests.facts import fact, joined
from tests.serving.analyses.conftest import AUGUST, of_facts

MOVES = [
    *joined("C1", city="A", manager_id="M1"),
    fact("customers", "C1", datetime(2025, 7, 9), city="B", manager_id="M1"),
    *joined("C2", city="B"),
    fact("contracts", "C2", datetime(2025, 6, 9), event="cancelled"),
]


def by(name: str, indicator: str) -> list[tuple[str, str, int]]:
    found = of_facts(MOVES, "development", name, until=AUGUST)
    return [(row["from"][:7], row["group"], row[indicator]) for row in found["rows"]]


def test_a_customer_counts_where_they_belong_at_the_end_of_the_period() -> None:
    assert by("city", "customers_at_end") == [
        ("2025-06", "B", 0), ("2025-06", "A", 1), ("2025-07", "B", 1), ("2025-07", "A", 0),
    ]  # fmt: skip


def test_who_left_counts_where_they_belonged() -> None:
    assert ("2025-06", "B", 1) in by("city", "customers_lost")


def test_what_is_not_known_is_a_group_of_its_own_and_the_last() -> None:
    assert [row[1] for row in by("manager_id", "customers_at_end")] == ["M1", "not_recorded"] * 2
    found = of_facts(MOVES, "groups", "group_id")
    assert found["rows"] == []  # no customer is in a group


def test_bands_of_tenure_stand_in_their_order() -> None:
    facts = [*joined("new", 1), *joined("old", -3000), *joined("middle", -500)]
    found = of_facts(facts, "development", "tenure")
    assert [row["group"] for row in found["rows"]] == [
        "0_to_3_months", "1_to_2_years", "5_years_up",
    ]  # fmt: skip


def test_a_dimension_that_is_not_delivered_is_refused_by_name() -> None:
    with pytest.raises(LakeError, match="the feed customers has no column brand"):
        of_facts(MOVES, "development", "brand", without=["customers.brand"])


def test_without_its_feed_an_analysis_is_refused_with_what_it_needs() -> None:
    with pytest.raises(LakeError, match="complaints, surveys"):
        of_facts(MOVES, "satisfaction", without=["complaints", "surveys"])
    found = of_facts(MOVES, "satisfaction", without=["surveys"])
    assert found["indicators"][0]["name"] == "complaints_opened"
