"""Counts and effects of a list's members, by hand and over many draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serving.campaigns.learning.cells import counts_of, effects_of
from serving.campaigns.trial.randomised import ARMS, ListTest
from serving.retention.learned.evidence import Count
from training.experiments.trial import Trial


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


def test_the_effect_by_hand() -> None:
    """Gold: one of four treated left, one of two controls; all were expected to by 10 %."""
    own = trial_of(members(ROWS), [0, 0, 1, 0, 1, 0, 0, 0, 0, 0])
    gold, standard = effects_of(own, 30, 30, {"hotline": 0.6, "sms": 0.9})
    assert (gold.offer, gold.tier, gold.treated, gold.control) == ("discount", "gold", 4, 2)
    assert gold.left_more == pytest.approx(0.25 - 0.5)
    assert gold.left_expected == pytest.approx(0.1)
    assert (gold.accepted, gold.refused) == (0.25, 0.25)
    # No refusal by text is reported: of who did not accept 90 % count as spoken to.
    assert (standard.tier, standard.accepted) == ("standard", 0.5)
    assert standard.refused == pytest.approx(0.45)
    residuals = np.array([-0.1, -0.1, 0.9, -0.1, 0.9, -0.1, -0.1, -0.1, -0.1, -0.1])
    scale = (residuals**2).sum() / (10 * 0.09)
    assert gold.error == pytest.approx(np.sqrt(max(1, scale) * 0.09 * (1 / 4 + 1 / 2)))


def test_a_longer_window_has_more_who_leave() -> None:
    own = trial_of(members(ROWS), [0] * 10)
    assert effects_of(own, 30, 60, {})[0].left_expected == pytest.approx(0.19)


def test_units_drawn_together_widen_the_error() -> None:
    rows = members(ROWS[:6] * 40)
    left = np.tile([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, *[0] * 24], 6 * 40 // 36 + 1)[: len(rows)]
    alone = effects_of(trial_of(rows, left), 30, 30, {})[0]
    together = effects_of(trial_of(rows.assign(unit=rows["unit"] // 6), left), 30, 30, {})[0]
    assert together.error > 1.5 * alone.error


@pytest.mark.slow
def test_the_error_is_that_of_many_draws() -> None:
    draw = np.random.default_rng(3)
    rows = members(ROWS[:6] * 100).assign(churn_risk=draw.beta(2, 12, 600))
    risk = rows["churn_risk"].to_numpy()
    found = [effects_of(trial_of(rows, draw.random(600) < risk), 30, 30, {})[0] for _ in range(200)]
    values = np.array([one.left_more for one in found])
    assert abs(values.mean()) < 0.006
    assert values.std() == pytest.approx(np.mean([one.error for one in found]), rel=0.15)
