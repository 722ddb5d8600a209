"""Filters, conditions, columns and counts, as the page writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from serving.customers.base.grammar import parsed
from serving.customers.fields import FIELDS, seen_by
from serving.pages.base.shown import Filled, Shown

TEXTS = {
    "city": "Suzhou,", "churn_risk_min": "0.2", "value_tier": "gold", "consent": "false",
    "sort": "-churn_risk", "by": "value_tier,churn_risk",
}  # fmt: skip


def shown(texts: Mapping[str, str] = TEXTS, language: str = "en", role: str = "marketing") -> Shown:
    return Shown(parsed(texts, role), texts, seen_by(role), language, "CNY")


def filled(name: str) -> Filled:
    every = [own for _, fields in shown().filters for own in fields]
    return next(own for own in every if own.field.name == name)


@pytest.mark.parametrize("role", ["marketing", "manager"])
def test_every_field_of_the_role_has_a_filter_and_no_other(role: str) -> None:
    found = [own.field.name for _, fields in shown({}, role=role).filters for own in fields]
    assert sorted(found) == sorted(own.name for own in seen_by(role))
    assert not any(own.is_set for _, fields in shown({}, role=role).filters for own in fields)


def test_filters_are_as_the_search_has_them() -> None:
    city, risk, tier = filled("city"), filled("churn_risk"), filled("value_tier")
    assert (city.text, [one.is_chosen for one in city.choices]) == ("Suzhou", [True])
    assert (risk.minimum, risk.maximum) == ("20", "")  # of a share in per cent
    assert [one.value for one in tier.choices if one.is_chosen] == ["gold"]
    assert filled("consent").choices[1].is_chosen
    assert not filled("brand").is_set


def test_conditions_are_in_words_and_can_be_taken_away() -> None:
    found = {own.text: own.without for own in shown().conditions}
    assert list(found) == [
        "City: Suzhou or not known or none",
        "Value tier: gold",
        "Agreed to commercial messages: no",
        "Churn risk from 20 %",
    ]
    assert "churn_risk_min" not in found["Churn risk from 20 %"]
    assert "city=Suzhou%2C" in found["Churn risk from 20 %"]
    chinese = [own.text for own in shown(language="zh").conditions]
    assert chinese[1:] == ["价值等级：金", "同意接收营销信息：否", "离网风险 不低于20 %"]


def test_a_heading_sorts_and_sorts_the_other_way() -> None:
    found = {own.field.name: own for own in shown().columns}
    assert found["churn_risk"].direction == "descending"
    assert "sort=churn_risk" in found["churn_risk"].sort
    assert (found["city"].direction, "sort=city" in found["city"].sort) == ("none", True)
    assert "sort=-value_at_stake" in found["value_at_stake"].sort


def test_counts_lead_to_their_customers_where_a_condition_says_which() -> None:
    one = [{"value_tier": "gold", "churn_risk": "0.2 – 0.5", "customers": 30}]
    (band,) = shown().groups(one)
    assert (band.values, band.count, band.place) == (["gold", "20 % – 50 %"], 30, None)
    assert band.length == 100.0
    texts = {"by": "value_tier", "after": "x"}
    groups: list[dict[str, Any]] = [
        {"value_tier": None, "customers": 4},
        {"value_tier": "gold", "customers": 1},
    ]
    none, gold = shown(texts).groups(groups)
    assert (none.place, gold.place) == ("/base?value_tier=", "/base?value_tier=gold")
    assert (none.values, gold.length) == (["not known or none"], 25.0)


def test_each_kind_of_value_has_its_form() -> None:
    own = shown()
    cells = [own.cell(FIELDS[name], value) for name, value in (
        ("churn_risk", 0.052), ("mean_bill", 1234.5), ("tenure_days", 12), ("consent", True),
        ("payment_mode", "prepaid"), ("plan", "gold"), ("city", None),
    )]  # fmt: skip
    assert cells == [
        "5.2 %",
        "1,234.50 CNY",
        "12 days",
        "yes",
        "prepaid",
        "gold",
        "not known or none",
    ]
