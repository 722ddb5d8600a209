"""Searching the base: pages, counts and scopes agree with a plain look at the same customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import LakeError, RequestRefused
from features.home import Home
from serving.access.principal import Scope
from serving.customers.base import CustomerBase
from serving.customers.base.grammar import parsed
from tests.bases import write_base

EVERYONE = Scope()
CITIES = ("Suzhou", "Wuxi", "O'Fallon", "' or 1=1 --")
CUSTOMERS: list[dict[str, Any]] = [
    {
        "city": CITIES[place % 4],
        "store_id": f"S{place % 3}" if place % 5 else None,
        "manager_id": "M1" if place % 7 == 0 else None,
        "churn_risk": (place * 37 % 20) / 20,
        "value_tier": ("standard", "silver", "gold", "diamond")[place * 7 % 4],
        "overdue": None if place % 4 == 1 else place / 3,
        "tenure_days": place % 6 * 100 if place % 6 else None,
        "consent": place % 2 == 0,
    }
    for place in range(60)
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("base")
    write_base(home, CUSTOMERS)
    return home


@pytest.fixture(scope="module")
def base(home: Path) -> CustomerBase:
    return CustomerBase(home)


def pages(base: CustomerBase, texts: dict[str, str], scope: Scope = EVERYONE) -> list[str]:
    """The ids of all pages of a search, in order; each page must state the same count."""
    found: list[str] = []
    counts: set[int] = set()
    after: dict[str, str] = {}
    while True:
        page = base.search(parsed({**texts, **after}), scope)
        found += page["customer_ids"]
        counts.add(page["count"])
        if page["after"] is None:
            assert counts == {len(found)}
            return found
        after = {"after": page["after"]}


def expected(holds: Callable[[dict[str, Any]], bool]) -> list[str]:
    return [f"C{place:03d}" for place, own in enumerate(CUSTOMERS) if holds(own)]


@pytest.mark.parametrize(
    ("texts", "holds"),
    [
        ({}, bool),
        ({"city": "Suzhou"}, lambda own: own["city"] == "Suzhou"),
        ({"city": "Wuxi,O'Fallon"}, lambda own: own["city"] in ("Wuxi", "O'Fallon")),
        ({"city": "' or 1=1 --"}, lambda own: own["city"] == "' or 1=1 --"),
        ({"store_id": ""}, lambda own: own["store_id"] is None),
        ({"store_id": "S1,"}, lambda own: own["store_id"] in ("S1", None)),
        ({"consent": "false"}, lambda own: not own["consent"]),
        ({"churn_risk_min": "0.5"}, lambda own: own["churn_risk"] >= 0.5),
        (
            {"churn_risk_min": "0.25", "churn_risk_max": "0.5", "value_tier": "gold,diamond"},
            lambda own: (
                0.25 <= own["churn_risk"] <= 0.5 and own["value_tier"] in ("gold", "diamond")
            ),
        ),
        ({"tenure_days_max": "200"}, lambda own: (own["tenure_days"] or 999) <= 200),
        ({"tenure_days": "100,"}, lambda own: own["tenure_days"] in (100, None)),
    ],
)
def test_a_search_finds_whom_a_plain_look_finds(
    base: CustomerBase, texts: dict[str, str], holds: Callable[[dict[str, Any]], bool]
) -> None:
    found = pages(base, {**texts, "limit": "7"})
    assert found == expected(holds)
    assert base.count(parsed(texts), EVERYONE) == len(found)


FIELDS_TO_SORT = ("churn_risk", "value_tier", "overdue", "tenure_days", "store_id", "consent")
orders = st.lists(
    st.tuples(st.sampled_from(FIELDS_TO_SORT), st.booleans()),
    unique_by=lambda one: one[0],
    max_size=4,
)
scopes = st.builds(
    Scope,
    st.none() | st.sampled_from([*CITIES, "Elsewhere"]),
    st.none() | st.sampled_from(["S0", "S1"]),
    st.none() | st.just("M1"),
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "city": st.sampled_from(["Suzhou", "Wuxi,Suzhou", ""]),
        "churn_risk_min": st.sampled_from(["0.3", "0"]),
        "overdue_max": st.sampled_from(["9.5", "100"]),
        "consent": st.sampled_from(["true", "true,"]),
    },
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    order=orders,
    scope=scopes,
    texts=conditions,
    limit=st.integers(1, 23),
    by=st.sampled_from(["city", "city,value_tier", "overdue,consent", "manager_id"]),
)
def test_pages_counts_and_breakdowns_hold_each_customer_of_the_scope_once(
    base: CustomerBase,
    order: list[tuple[str, bool]],
    scope: Scope,
    texts: dict[str, str],
    limit: int,
    by: str,
) -> None:
    sort = ",".join(("-" if down else "") + name for name, down in order)
    found = pages(base, {**texts, "sort": sort, "limit": str(limit)}, scope)
    assert len(set(found)) == len(found)
    assert sorted(found) == pages(base, {**texts, "limit": "500"}, scope)
    for customer_id in found:
        assert scope.allows(CUSTOMERS[int(customer_id[1:])])
    groups = base.search(parsed({**texts, "by": by}), scope)["breakdown"]
    assert sum(group["customers"] for group in groups) == len(found)
    if scope.city is not None and by.startswith("city"):
        assert {group["city"] for group in groups} <= {scope.city}


def test_the_missing_come_last_in_both_directions_and_levels_have_an_order(
    base: CustomerBase,
) -> None:
    for sort in ("overdue", "-overdue"):
        found = base.search(parsed({"sort": sort, "columns": "overdue", "limit": "60"}), EVERYONE)
        amounts = [own["overdue"] for own in found["customers"]]
        known = [own for own in amounts if own is not None]
        assert amounts[len(known) :] == [None] * 15
        assert known == sorted(known, reverse=sort.startswith("-"))
    found = base.search(parsed({"sort": "-value_tier", "columns": "value_tier"}), EVERYONE)
    assert found["customers"][0] == {"value_tier": "diamond"}
    assert found["customers"][-1] == {"value_tier": "standard"}


def test_numbers_are_counted_in_their_bands(base: CustomerBase) -> None:
    found = base.search(parsed({"by": "churn_risk"}), EVERYONE)
    counts = {own["churn_risk"]: own["customers"] for own in found["breakdown"]}
    assert counts == {"< 0.02": 3, "0.05 – 0.1": 3, "0.1 – 0.2": 6, "0.2 – 0.5": 18, ">= 0.5": 30}


def test_who_objects_has_no_prediction_in_rows_filters_order_and_counts(
    base: CustomerBase,
) -> None:
    objectors = ("C037", "C038")
    texts = {"columns": "customer_id,churn_risk,value_tier,expected_loss", "sort": "-churn_risk"}
    found = base.search(parsed({**texts, "limit": "60"}), EVERYONE, objectors)
    silent = [own for own in found["customers"] if own["customer_id"] in objectors]
    assert [(own["churn_risk"], own["expected_loss"]) for own in silent] == [(None, None)] * 2
    assert found["customer_ids"][-2:] == ["C037", "C038"]
    assert all(own["value_tier"] for own in silent), "nothing predicts a tier by the bills"
    risky = base.search(parsed({"churn_risk_min": "0", "limit": "60"}), EVERYONE, objectors)
    assert risky["count"] == 58


def test_the_mark_of_another_order_or_night_is_refused(tmp_path: Path) -> None:
    write_base(tmp_path, CUSTOMERS)
    base = CustomerBase(tmp_path)
    after = base.search(parsed({"limit": "5", "sort": "city"}), EVERYONE)["after"]
    for sort, mark in (("plan", after), ("city", after[:-4]), ("city", "x"), ("city", "W10")):
        with pytest.raises(RequestRefused, match="not a mark") as refusal:
            base.search(parsed({"after": mark, "sort": sort}), EVERYONE)
        assert refusal.value.code == "invalid_request"
    write_base(tmp_path, CUSTOMERS[:9], "b")
    assert base.count(parsed({}), EVERYONE) == 9, "a new night is seen at once"
    with pytest.raises(RequestRefused, match="scored again") as refusal:
        base.search(parsed({"after": after, "sort": "city"}), EVERYONE)
    assert refusal.value.code == "stale_page"


def test_scores_of_the_version_before_are_refused(tmp_path: Path) -> None:
    write_base(tmp_path, CUSTOMERS)
    (path,) = Home(tmp_path).scores.glob("*.parquet")
    pd.read_parquet(path).drop(columns=["city", "plan"]).to_parquet(path)
    with pytest.raises(LakeError, match=r"kept no city, plan of a customer. Run .*2026-03-02"):
        CustomerBase(tmp_path).count(parsed({}), EVERYONE)


def test_lost_scores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no customer has been scored"):
        CustomerBase(tmp_path).count(parsed({}), EVERYONE)
    write_base(tmp_path, CUSTOMERS)
    base = CustomerBase(tmp_path)
    base.count(parsed({}), EVERYONE)
    (path,) = Home(tmp_path).scores.glob("*.parquet")
    path.unlink()
    with pytest.raises(LakeError, match="cannot be read"):
        base.search(parsed({}), EVERYONE)
