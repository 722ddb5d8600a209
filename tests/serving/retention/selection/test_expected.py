"""What a list is expected to bring, with the doubts about what is assumed."""

from __future__ import annotations

import numpy as np

from features.settings.typed import read_toml
from serving.retention.retention_settings import SHIPPED, RetentionSettings
from serving.retention.selection.expected import expected
from serving.retention.selection.gains import Valued, arms_of, options_of

SETTINGS = read_toml(SHIPPED, RetentionSettings)
COSTS = {"data_bonus": 800, "discount": 3000}


def people(count: int) -> Valued:
    random = np.random.default_rng(1)
    return Valued(
        churn_risk=random.beta(1, 10, count), margin_fen=random.gamma(2, 8000, count),
        mean_risk=np.full(count, 0.03), tier=np.full(count, "gold", dtype=object),
        payment_mode=np.full(count, "postpaid", dtype=object), tenure_days=np.full(count, 900.0),
        horizon_days=30, annual_discount=0.08,
    )  # fmt: skip


def test_the_gain_lies_in_its_interval_and_fewer_leave() -> None:
    own = people(300)
    options = options_of(own, arms_of(SETTINGS, COSTS, ()), SETTINGS, COSTS, {})
    best = np.lexsort((-options.gain_fen, options.customer))
    treated = np.sort(best[np.unique(options.customer[best], return_index=True)[1]])
    found = expected(own, options, options.gain_fen, treated, SETTINGS, COSTS, 7)
    assert found.gain_fen.low is not None
    assert found.gain_fen.high is not None
    assert found.gain_fen.value is not None
    assert found.gain_fen.low < found.gain_fen.value < found.gain_fen.high
    assert found.cost_fen == options.cost_fen[treated].sum()
    assert -0.05 < found.churn < 0
    assert expected(own, options, options.gain_fen, treated, SETTINGS, COSTS, 7) == found


def test_an_empty_list_brings_nothing() -> None:
    own = people(3)
    options = options_of(own, arms_of(SETTINGS, COSTS, ()), SETTINGS, COSTS, {})
    found = expected(own, options, options.gain_fen, np.empty(0, np.int64), SETTINGS, COSTS, 7)
    assert (found.gain_fen.value, found.cost_fen, found.churn) == (0.0, 0, 0.0)
