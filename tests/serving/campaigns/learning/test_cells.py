"""Counts and effects of a list's members, by hand and over many draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serving.campaigns.learning.cells import counts_of, effects_of
from serving.campaigns.trial.randomised import ARMS, ListTest
from serving.retention.learned.evidence import Count
from training.experiments.trial import Trial
from training.uplift.hazards import NOBODY


def members(rows: list[tuple[str, str, str | None, str, int, bool, bool]]) -> pd.DataFrame:
    names = ["arm", "offer", "value_tier", "channel", "contacts", "reached", "accepted"]
    found = pd.DataFrame(rows, columns=names)
    return found.assign(churn_risk=0.1, unit=range(len(rows)))


def trial_of(rows: pd.DataFrame, left: list[int] | np.ndarray) -> ListTest:
    count = len(rows)
    arm = (rows["arm"] == ARMS[1]).to_numpy().astype(np.intp)
    trial = Trial(
        ARMS, arm, np.full((count, 2), 0.5), 1.0 - np.asarray(left, dtype=float),
        np.zeros(count), np.zeros((count, 2)), rows[["churn_risk"]],
    )  # fmt: skip
    return ListTest(trial, rows, {}, arm, np.ones(count, bool))


ROWS = [
    ("treated", "discount", "gold", "hotline", 1, True, True),
    ("treated", "discount", "gold", "hotline", 1, True, False),
    ("treated", "discount", "gold", "hotline", 1, False, False),
    ("treated", "discount", "gold", "hotline", 0, False, False),
    ("control", "discount", "gold", "hotline", 0, False, False),
    ("control", "discount", "gold", "hotline", 0, False, False),
    ("treated", "discount", None, "sms", 1, True, True),
    ("treated", "discount", None, "sms", 1, False, False),
    ("control", "discount", None, "sms", 0, False, False),
    ("treated", "bonus", "gold", "sms", 1, False, False),
]


def test_answers_are_counted_of_the_treated_who_were_contacted() -> None:
    assert counts_of(members(ROWS)) == (
        Count("bonus", "gold", "sms", 1, 0),
        Count("discount", "gold", "hotline", 3, 1),
        Count("discount", "standard", "sms", 2, 1),
    )


def test_who_left_by_hand() -> None:
    """Of gold one who accepted nothing left, and one control; all were expected to by 10 %."""
    own = trial_of(members(ROWS), [0, 0, 1, 0, 1, 0, 0, 0, 0, 0])
    bonus, gold, standard = effects_of(own, 30, 30, {"hotline": 0.6, "sms": 0.9})
    assert (gold.offer, gold.tier) == ("discount", "gold")
    groups = {"control": (2, 1), "accepted": (1, 0), "refused": (1, 0), "others": (2, 1)}
    for name, (customers, left) in groups.items():
        group = getattr(gold, name)
        assert (group.customers, group.left) == (customers, left)
        assert group.expected == pytest.approx(0.1 * customers)
    assert gold.others_refused == 0
    # No refusal by text is reported: of who did not accept 90 % count as refusals.
    assert (standard.tier, standard.refused, standard.others.customers) == ("standard", NOBODY, 1)
    assert standard.others_refused == pytest.approx(0.9)
    assert (bonus.offer, bonus.control, bonus.others.customers) == ("bonus", NOBODY, 1)
    residuals = np.array([-0.1, -0.1, 0.9, -0.1, 0.9, -0.1, -0.1, -0.1, -0.1, -0.1])
    scale = max(1, (residuals**2).sum() / (10 * 0.09))
    assert gold.dispersion == pytest.approx(scale * 0.9)


def test_controls_who_crossed_over_are_shares_of_the_controls() -> None:
    rows = members(ROWS).assign(reached=True)
    rows.loc[4, "accepted"] = True
    gold = effects_of(trial_of(rows, [0] * 10), 30, 30, {})[1]
    assert (gold.control.customers, gold.control_accepted, gold.control_refused) == (2, 0.5, 0.5)


def test_a_longer_window_has_more_who_leave() -> None:
    own = trial_of(members(ROWS), [0] * 10)
    assert effects_of(own, 30, 60, {})[1].control.expected == pytest.approx(2 * 0.19)


def test_units_drawn_together_vary_more() -> None:
    rows = members(ROWS[:6] * 40)
    left = np.tile([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, *[0] * 24], 6 * 40 // 36 + 1)[: len(rows)]
    alone = effects_of(trial_of(rows, left), 30, 30, {})[0]
    together = effects_of(trial_of(rows.assign(unit=rows["unit"] // 6), left), 30, 30, {})[0]
    assert together.dispersion > 2 * alone.dispersion


@pytest.mark.slow
def test_the_dispersion_is_that_of_many_draws() -> None:
    draw = np.random.default_rng(3)
    rows = members(ROWS[:6] * 100).assign(churn_risk=draw.beta(2, 12, 600))
    risk = rows["churn_risk"].to_numpy()
    found = [effects_of(trial_of(rows, draw.random(600) < risk), 30, 30, {})[0] for _ in range(200)]
    left = np.array([one.control.left for one in found])
    expected = found[0].control.expected
    assert left.mean() == pytest.approx(expected, rel=0.05)
    spread = np.mean([one.dispersion for one in found])
    assert left.var() / expected == pytest.approx(spread, rel=0.3)
