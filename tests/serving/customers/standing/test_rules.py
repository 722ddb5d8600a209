"""RFM, credit rating and points by the declared rules, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import SettingsError
from features.settings import read_toml
from serving.customers.standing.rules import check_rules, points_at, standing_of
from serving.customers.standing.standing_settings import SHIPPED, StandingSettings
from tests.conftest import set_home
from tests.facts import fact, joined
from tests.serving.analyses.conftest import histories_of

RULES = read_toml(SHIPPED, StandingSettings)


def standing(**own: Any) -> dict[str, Any]:
    row = {
        "customer_id": "C1", "days_since_use": 0.0, "active_days_4w": 28.0, "mean_bill_cny": 60.0,
        "tenure_days": 500.0, "overdue_bills": 0.0, "late_payments_26w": 0.0, "suspensions": 0.0,
    }  # fmt: skip
    rows = pd.DataFrame([row | own])
    found = standing_of(rows, pd.Series({"C1": 7}), RULES, "CNY")
    return {str(name): found[name].iloc[0] for name in found}


def test_the_credit_score_is_the_base_and_the_terms_up_to_their_limits() -> None:
    assert (standing()["score"], standing()["credit"]) == (70.0, "B")  # 60 + 500 x 0.02
    assert standing(tenure_days=9000.0)["score"] == 90.0  # at most 30 for tenure
    late = standing(overdue_bills=2.0, late_payments_26w=3.0)
    assert (late["score"], late["credit"]) == (25.0, "E")
    assert standing(overdue_bills=99.0)["score"] == 25.0
    assert standing(overdue_bills=1.0)["credit"] == "C"


def test_each_letter_of_rfm_is_half_open_and_what_is_not_known_is_the_worst() -> None:
    assert standing()["rfm"] == "553"
    assert standing(days_since_use=1.0)["rfm"] == "453"
    assert standing(days_since_use=float("nan"), active_days_4w=7.9, mean_bill_cny=200.0)[
        "rfm"
    ] == "115"  # fmt: skip


def test_a_feature_that_is_not_delivered_adds_nothing() -> None:
    rows = pd.DataFrame({"customer_id": ["C1"], "tenure_days": [500.0]})
    found = standing_of(rows, pd.Series(dtype="int64"), RULES, "CNY").iloc[0]
    assert (found["rfm"], found["score"], found["points"]) == ("111", 70.0, 0)


def test_points_are_whole_units_of_the_bills_that_still_count() -> None:
    def bill(at: datetime, fen: int, known: datetime | None = None) -> Any:
        period = date(at.year, at.month, 1)
        return fact("bills", "C1", at, known, period=period, revenue_fen=fen)

    facts = [
        *joined("C1"),
        bill(datetime(2023, 1, 3), 99_900),  # more than 24 months before
        bill(datetime(2025, 5, 3), 1_050),
        bill(datetime(2025, 6, 3), 1_049),
        bill(datetime(2025, 6, 3), 949, datetime(2025, 7, 20)),  # corrected later
    ]
    histories = histories_of(facts)

    def points(at: datetime, rules: StandingSettings = RULES) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = points_at(histories, at, rules).to_pylist()
        return found

    assert points(datetime(2025, 7, 1)) == [{"customer_id": "C1", "points": 20}]
    assert points(datetime(2025, 8, 1)) == [{"customer_id": "C1", "points": 19}]
    tenth = replace(RULES, points=replace(RULES.points, per_unit=0.1))
    assert points(datetime(2025, 7, 1), tenth) == [{"customer_id": "C1", "points": 2}]


def test_a_rule_names_a_feature_that_is_a_number(tmp_path: Path) -> None:
    from serving.customers.standing.standing_settings import standing_settings

    check_rules(RULES, "CNY")
    for feature in ("speed", "city"):
        set_home(tmp_path, "standing", f'[credit.terms.late]\nfeature = "{feature}"\n')
        with pytest.raises(SettingsError, match=f"late names {feature}"):
            check_rules(standing_settings(tmp_path), "CNY")
    set_home(tmp_path, "standing", "[rfm.recency]\nbounds = [3.0, 1.0]\n")
    with pytest.raises(SettingsError, match="bounds are"):
        standing_settings(tmp_path)
