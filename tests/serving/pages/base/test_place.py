"""Addresses of searches: what is changed changes, and all else stays."""

from __future__ import annotations

from serving.customers.base.grammar import parsed
from serving.pages.base.place import escaped, export_place, place, searched

TEXTS = {"city": "Suzhou,Wuxi", "sort": "-churn_risk", "after": "x", "by": "city", "limit": "9"}


def test_an_export_is_of_what_is_shown() -> None:
    found = export_place(TEXTS, "retention")
    assert found == "/customers/export?city=Suzhou%2CWuxi&sort=-churn_risk&purpose=retention"


def test_a_condition_is_taken_away_and_a_missing_one_kept() -> None:
    assert place({"group_id": "", "city": "A&B"}, city=None) == "/base?group_id="
    assert place({}, after=None) == "/base"


def test_a_view_keeps_no_page_and_no_purpose() -> None:
    assert searched("city=Suzhou&after=x&purpose=retention&sort=-overdue") == {
        "city": "Suzhou", "sort": "-overdue",
    }  # fmt: skip


def test_a_value_with_a_comma_is_one_value() -> None:
    (own,) = parsed({"city": escaped("Suzhou, old town")}).filters
    assert own.values == ("Suzhou, old town",)
