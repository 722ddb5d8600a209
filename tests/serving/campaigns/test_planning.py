"""What a campaign can show, on made customers whose answer is known by formula."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.engine.store import open_histories
from features.errors import NotEnoughData
from serving.campaigns.planning import Plays, contactable, least_fall, plan, planned
from serving.retention.drawing.power import detectable
from serving.scores import last_scores
from tests.conftest import SmallHome


def people(count: int, risk: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"C{place:05}" for place in range(count)],
            "value_tier": "standard",
            "churn_risk": risk,
        }
    )


def test_it_agrees_with_the_formula_where_all_are_alike() -> None:
    own = planned(people(6_000, 0.1), np.arange(6_000), 0.5)
    assert own.points == pytest.approx(detectable(3_000, 3_000, 0.1), rel=0.12)
    assert own.control == 3_000
    assert own.fall is not None
    assert own.points == pytest.approx(0.1 - (1 - 0.9 ** (1 - own.fall)), rel=1e-6)


def test_more_customers_and_even_arms_show_less() -> None:
    falls = [
        planned(people(size, 0.1), np.arange(size), share).fall
        for size, share in ((6_000, 0.5), (6_000, 0.1), (1_500, 0.1))
    ]
    known = [1.0 if fall is None else fall for fall in falls]
    assert known == sorted(known)
    assert known[0] < known[1] - 0.05


def test_a_risk_that_separates_who_leaves_makes_it_sharper() -> None:
    """Half at 0.01 and half at 0.5 vary less around their risks than all at 0.255 do."""
    mixed = people(4_000, 0.01).assign(churn_risk=np.tile([0.01, 0.5], 2_000))
    alike = people(4_000, 0.255)
    found = [planned(own, np.arange(4_000), 0.5).points for own in (mixed, alike)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0] < found[1]


def test_without_an_effect_one_in_forty_campaigns_seems_to_help() -> None:
    control = np.arange(4_000) % 2 == 0
    plays = Plays(np.full(4_000, 0.1), np.arange(4_000), control, 3, plays=1_000)
    assert plays.found(0.0) == pytest.approx(0.025, abs=0.015)


def test_nothing_is_found_without_a_control_group() -> None:
    plays = Plays(np.full(100, 0.1), np.arange(100), np.zeros(100, dtype=bool), 1)
    assert plays.found(0.9) == 0
    assert least_fall([plays]) is None


def test_the_customers_are_last_nights_and_those_who_may_be_contacted(
    small_home: SmallHome,
) -> None:
    scores, histories = last_scores(small_home.home), open_histories(small_home.home)
    rules = small_home.training.label
    may = np.arange(len(scores)) % 3 > 0
    own = contactable(scores, may)
    assert own["value_at_stake"].is_monotonic_decreasing
    assert set(own["customer_id"]) <= set(scores.loc[may, "customer_id"])
    assert 0 < len(own) < may.sum()
    found = plan(scores, may, histories, rules, (), (0.2, 0.5))
    assert [(one.customers, one.control_share) for one in found] == [
        (len(own), 0.2), (len(own), 0.5),
    ]  # fmt: skip
    assert found[0].churn > own["churn_risk"].mean()  # the lead time is added
    assert found[1].control == pytest.approx(len(own) / 2, abs=0.1 * len(own))
    with pytest.raises(NotEnoughData, match=r"--size is 9,999; the last night has"):
        plan(scores, may, histories, rules, (9_999,), (0.2,))
    with pytest.raises(NotEnoughData, match="no customer of the last night"):
        plan(scores, np.zeros(len(scores), dtype=bool), histories, rules, (), (0.2,))
