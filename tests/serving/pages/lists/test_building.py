"""A request between form and API: what is filled in arrives, and comes back to the form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from features.errors import RequestRefused
from serving.http.contract.forms.base import SearchAnswer
from serving.http.contract.forms.pages.lists import WhomFields
from serving.http.gateway import checked_fields
from serving.pages.lists import building
from serving.retention.selection.request import parsed

NOW = datetime(2026, 3, 2, 9)
SENT = (
    b"key=k1&name=Spring&value_tier=gold&value_tier=diamond&city=Su,zhou&risk_from=2.5&budget=3000"
    b"&capacity.channel.sms=500&capacity.city.each=80&capacity.store.each=&control=12.5&days=10"
    b"&expires=2026-04-30&ranking=churn_risk&offers=discount"
)


def sent(body: bytes = SENT) -> WhomFields:
    form = checked_fields(body, WhomFields)
    assert isinstance(form, WhomFields)
    return form


def test_what_is_filled_in_is_what_is_requested() -> None:
    wanted = building.requested(sent(), "lin", NOW)
    kept = parsed({name: own for name, own in wanted.items() if name != "key"}, NOW)
    assert (kept.owner, kept.budget_fen, kept.control_share, kept.days) == (
        "lin",
        300000,
        0.125,
        10,
    )
    assert kept.capacity == {"channel": {"sms": 500}, "city": {"each": 80}}
    assert kept.filters == {
        "city": "Su\\,zhou", "value_tier": "gold,diamond", "churn_risk_min": "0.025",
    }  # fmt: skip
    assert kept.offers == ("discount",)


def test_a_request_begins_as_another_one_was() -> None:
    kept = parsed(
        {k: v for k, v in building.requested(sent(), "lin", NOW).items() if k != "key"}, NOW
    )
    values = building.as_before(kept.to_json(), NOW)
    assert values["value_tier"] == ["gold", "diamond"]
    assert values["city"] == ["Su,zhou"]
    assert (values["risk_from"], values["control"]) == ("2.5", 12.5)
    assert values["capacity.channel.sms"] == 500
    assert building.has_capacity(values)
    assert not building.has_capacity(building.blank(NOW))
    assert values["key"] != building.as_before(kept.to_json(), NOW)["key"]


@pytest.mark.parametrize("extra", [b"&more=1", b"&capacity.sms=1", b"&capacity.a.b.c=1"])
def test_a_field_that_is_none_is_refused(extra: bytes) -> None:
    with pytest.raises(RequestRefused):
        sent(SENT + extra)


def test_a_capacity_is_a_whole_number() -> None:
    with pytest.raises(RequestRefused, match="whole number"):
        building.capacity_of(sent(b"key=k&capacity.city.each=many"))


def test_the_search_that_counts_finds_what_the_list_would() -> None:
    assert building.searched(sent()) == {
        "city": "Su\\,zhou", "value_tier": "gold,diamond", "churn_risk_min": "0.025",
        "by": "value_tier,consent", "limit": "1",
    }  # fmt: skip


def test_what_a_view_finds_is_counted_and_a_filter_replaces_its_own() -> None:
    view = {"city": "Foshan", "consent": "true", "sort": "-churn_risk", "by": "plan"}
    form = checked_fields(b"key=k1&view=gold&city=Suzhou", WhomFields)
    assert isinstance(form, WhomFields)
    assert building.searched(form, view) == {
        "city": "Suzhou", "consent": "true", "by": "value_tier,consent", "limit": "1",
    }  # fmt: skip


def test_counts_are_summed_by_tier_and_consent() -> None:
    groups: list[dict[str, Any]] = [
        {"value_tier": "gold", "consent": True, "customers": 30},
        {"value_tier": "gold", "consent": False, "customers": 10},
        {"value_tier": None, "consent": True, "customers": 5},
    ]
    search = SearchAnswer(
        as_of="2026-03-02T00:00:00",
        currency="CNY",
        count=45,
        customers=[],
        after=None,
        breakdown=groups,
        more_groups=False,
    )
    found = building.counted(search)
    assert (found.customers, found.agreed) == (45, 35)
    assert found.tiers[:2] == [("diamond", 0, 0.0), ("gold", 40, 100.0)]
