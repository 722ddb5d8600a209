"""The signs of a night, against what pandas counts of the same scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.access.principal import Scope
from serving.analyses.signs import AT_RISK_SHARE, signs_of

GROUP = {"data_mb_4w": "usage", "voice_min_4w": "usage", "dropped_calls_4w": "network"}
COUNT = 400


@pytest.fixture(scope="module")
def night() -> pd.DataFrame:
    """Customers with up to three reasons in both directions; of some no plan is known."""
    random = np.random.default_rng(3)
    names = list(GROUP)

    def reasons() -> str:
        chosen = random.choice(names, size=random.integers(0, 4), replace=False)
        return json.dumps(
            [{"feature": one, "value": 1.0, "effect": random.normal()} for one in chosen]
        )

    return pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(COUNT)],
            "churn_risk": random.random(COUNT),
            "eligible": random.random(COUNT) < 0.9,
            "reasons": [reasons() for _ in range(COUNT)],
            "city": random.choice(["Suzhou", "Wuxi"], COUNT),
            "plan": [("A", "B", None)[own] for own in random.integers(0, 3, COUNT)],
            "store_id": random.choice(["S1", "S2"], COUNT),
            "manager_id": None,
            "value_at_stake": random.integers(1, 900, COUNT).astype(float),
            "expected_loss": random.integers(1, 90, COUNT).astype(float),
        }
    ).astype({"manager_id": "str"})


@pytest.fixture(scope="module")
def scores(night: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("signs") / "2026-03-02-1.parquet"
    night.to_parquet(path)
    return path


def counted(night: pd.DataFrame, hidden: list[str], **limits: str) -> pd.DataFrame:
    """Those at risk, a row a customer and group of signs."""
    own = night[night["eligible"] & ~night["customer_id"].isin(hidden)]
    own = own[own["churn_risk"] >= own["churn_risk"].quantile(1 - AT_RISK_SHARE)]
    for name, value in limits.items():
        own = own[own[name] == value]
    rows: list[Any] = [
        row | {"sign": sign}
        for row in own.to_dict("records")
        for sign in {
            GROUP[one["feature"]] for one in json.loads(row["reasons"]) if one["effect"] > 0
        }
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("scope", [Scope(), Scope(city="Wuxi", store_id="S1")])
def test_each_sign_counts_its_customers_once_in_all_by_city_and_by_plan(
    night: pd.DataFrame, scores: Path, scope: Scope
) -> None:
    hidden = list(night.sort_values("churn_risk")["customer_id"].tail(3))
    found = signs_of(scores, "CNY", hidden, scope)
    expected = counted(night, hidden, **scope.limits)
    assert found.customers >= expected["customer_id"].nunique() > 0
    assert {one["sign"] for one in found.signs} == set(expected["sign"])
    losses = [one["loss"] for one in found.signs]
    assert losses == sorted(losses, reverse=True)
    for own in found.signs:
        rows = expected[expected["sign"] == own["sign"]]
        assert (own["customers"], own["value"]) == (len(rows), rows["value_at_stake"].sum())
        for by in ("city", "plan"):
            groups = rows.groupby(rows[by].astype(object).where(rows[by].notna(), "?"))
            shown = {place["name"] or "?": place for place in own["places"][by]}
            assert set(shown) == set(groups.groups)
            for name, part in groups:
                place = shown[name]
                assert (place["customers"], place["loss"]) == (
                    len(part), part["expected_loss"].sum()
                )  # fmt: skip
                assert place["at_risk"] >= place["customers"]
        assert own["features"][0]["customers"] <= own["customers"]


def test_no_customer_within_reach_has_no_signs(scores: Path) -> None:
    found = signs_of(scores, "CNY", (), Scope(manager_id="M9"))
    assert (found.customers, found.value, list(found.signs)) == (0, None, [])
