"""Value tiers: three bills as they were known, half-open bounds, groups apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.histories.bills.tiers import (
    TIERS,
    cut_bounds,
    group_tiers,
    names,
    recent_bills,
    tiers_of,
)
from features.settings import TierSettings
from tests.facts import Fact, Row, day, fact, stream

SETTINGS = TierSettings("vip_individual", (0.6, 0.85, 0.97), (666, 1500, 3000), (1000, 5000, 20000))

BOUNDS = (66_600, 150_000, 300_000)
SUMS = ("bills", "revenue_fen", "margin_fen")


def bill(month: int, revenue_fen: int, known: float | None = None, **own: object) -> Fact:
    """The bill of the month that ended `month` times 30 days after the Monday; C1's."""
    issued = day(30 * month)
    known_at = None if known is None else day(known)
    period = day(30 * month - 30).date()
    return fact("bills", "C1", issued, known_at, period=period, revenue_fen=revenue_fen, **own)


def recent(*facts: Fact) -> Row:
    """What is known of C1's bills on the Monday."""
    (row,) = stream(recent_bills, "bills", facts)
    return row


def test_the_three_latest_bills_count() -> None:
    row = recent(bill(-4, 900), bill(-3, 100), bill(-2, 200), bill(-1, 300))
    assert [row[name] for name in SUMS] == [3, 600, 600]
    assert (row["mean_bill_fen"], row["change_fen"]) == (200.0, 200.0 - 900.0)


def test_with_fewer_bills_the_mean_of_those_there_counts() -> None:
    row = recent(bill(-2, 200), bill(-1, 301))
    assert (row["bills"], row["mean_bill_fen"], row["change_fen"]) == (2, 250.5, None)


def test_a_bill_counts_from_the_day_on_which_it_was_known() -> None:
    assert recent(bill(-2, 200), bill(-1, 500, known=0))["revenue_fen"] == 200
    assert recent(bill(-2, 200), bill(-1, 500, known=-0.001))["revenue_fen"] == 700


def test_a_corrected_bill_takes_the_place_of_the_first() -> None:
    assert recent(bill(-1, 500), bill(-1, 400, known=-5))["revenue_fen"] == 400
    assert recent(bill(-1, 500), bill(-1, 400, known=5))["revenue_fen"] == 500


def test_a_bill_that_came_late_keeps_its_months_place() -> None:
    bills = [bill(-4, 900, known=-1), bill(-3, 100), bill(-2, 200), bill(-1, 300)]
    assert recent(*bills)["revenue_fen"] == 600


def test_a_bound_belongs_to_the_tier_above_it() -> None:
    sums = np.array([3 * 66_600 - 1, 3 * 66_600, 3 * 150_000, 3 * 300_000])
    assert tiers_of(sums, np.full(4, 3), BOUNDS).tolist() == [0, 1, 2, 3]


def test_without_a_bill_the_tier_is_standard() -> None:
    assert names(tiers_of(np.array([0]), np.array([0]), BOUNDS)).tolist() == ["standard"]


def test_the_quantiles_are_cut_at_a_customers_own_mean() -> None:
    settings = replace(SETTINGS, preset="quantiles", quantiles=(0.2, 0.5, 0.9))
    bills = np.array([3, 3, 3, 3, 0])
    revenue_fen = np.array([300, 301, 6000, 9000, 0])
    bounds = cut_bounds(revenue_fen, bills, settings)
    assert bounds == (101, 2000, 3000)  # 100 1/3 fen is rounded up
    assert tiers_of(revenue_fen, bills, bounds).tolist() == [0, 0, 2, 3, 0]
    assert cut_bounds(np.array([0]), np.array([0]), settings) is None


def test_the_fixed_preset_depends_on_no_customer() -> None:
    assert cut_bounds(np.array([]), np.array([]), SETTINGS) == BOUNDS


def test_a_group_is_the_sum_of_its_members_means_under_its_own_bounds() -> None:
    members = pd.DataFrame(
        {
            "group_id": ["G1", "G1", "G2", None, "G2"],
            "revenue_fen": [300_000, 10_000, 1_500_000, 9_000_000, None],
            "bills": [3, 1, 3, 3, None],
        }
    )
    found = group_tiers(members, SETTINGS)
    assert found.to_dict("records") == [
        {"group_id": "G1", "members": 2, "revenue_fen": 110_000, "tier": "silver"},
        {"group_id": "G2", "members": 2, "revenue_fen": 500_000, "tier": "gold"},
    ]


@pytest.mark.parametrize("more_fen", [0, 1, 10**9])
def test_more_revenue_never_lowers_a_tier(more_fen: int) -> None:
    sums, bills = np.arange(0, 10**6, 999), np.full(1002, 3)
    before = tiers_of(sums[:1002], bills[: len(sums[:1002])], BOUNDS)
    after = tiers_of(sums[:1002] + more_fen, bills[: len(sums[:1002])], BOUNDS)
    assert (after >= before).all()
    assert set(before) <= set(range(len(TIERS)))
