"""What the third list of an operator truly brings, beside the oracle and the simple rules.

The observable oracle knows what each offer really does to customers who look alike: boosted trees
on the truth of another 20,000 customers of the same operator, by what the operator can see of them.
It chooses under the same limits, from the same treated arm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rounds import (
    ACTS_ON,
    COSTS,
    CUSTOMERS,
    SETTINGS,
    Market,
    Offered,
    Operator,
    learned_from,
    operator,
)

from features.simulate.truth.respond import expect

Floats = NDArray[np.float64]
HARMFUL = 5  # of so many worlds in one every offer harms
TREES = {
    "objective": "regression", "learning_rate": 0.08, "num_leaves": 31, "min_data_in_leaf": 100,
    "verbose": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip


def market(luck: np.random.Generator) -> Market:
    return Market(
        hazard=float(np.exp(luck.uniform(np.log(0.015), np.log(0.08)))),
        shape=float(luck.uniform(0.5, 2.0)), persistence=float(luck.uniform(0.7, 0.95)),
        prepaid=float(luck.uniform(0.05, 0.9)), noise=float(luck.uniform(0.1, 0.6)),
        evenness=float(np.exp(luck.uniform(np.log(0.3), np.log(10)))),
    )  # fmt: skip


def offered(luck: np.random.Generator, *, harmful: bool) -> dict[str, Offered]:
    """Acceptances and effects up to three times the declared or a third; one of five harms."""
    found = {}
    for name in ACTS_ON:
        own = SETTINGS.offers[name]
        factors = np.exp(luck.uniform(-np.log(3), np.log(3), 2))
        acceptance = float(np.clip(own.acceptance["gold"] * factors[0], 0.05, 0.9))
        strength = float(-np.log(own.hazard["gold"]) * factors[1])
        if harmful or luck.random() < 0.2:
            strength = -float(luck.uniform(0.05, 0.45))
        wakes = float(luck.uniform(0.2, 0.5) if harmful else luck.uniform(0.0, 0.3))
        found[name] = Offered(acceptance, strength, wakes)
    return found


def world(folder: Path, seed: int) -> dict[str, Any]:
    """What the third list of the world of this seed truly brings by each policy, and spends."""
    luck = np.random.default_rng([seed, 41])
    harmful = seed % HARMFUL == 0
    own_market, offers = market(luck), offered(luck, harmful=harmful)
    own = operator(folder / "own", seed, offers, own_market)
    other = operator(folder / "other", seed + 1_000_000, offers, own_market)
    first = own.played(SETTINGS, 1)
    once = learned_from(first).settings
    twice = learned_from(first, own.played(once, 2)).settings
    risk, at_stake = own.valued.churn_risk, own.valued.value_fen()
    lot = np.random.default_rng(seed).random(CUSTOMERS)
    gains = {
        "declared": own.true_gain(SETTINGS, 3),
        "once": own.true_gain(once, 3),
        "twice": own.true_gain(twice, 3),
        "nobody": 0.0,
        "by_risk": own.true_gain(twice, 3, by=risk),
        "by_value": own.true_gain(twice, 3, by=at_stake),
        "random": own.true_gain(twice, 3, by=lot),
        "by_risk_declared": own.true_gain(SETTINGS, 3, by=risk),
        "by_value_declared": own.true_gain(SETTINGS, 3, by=at_stake),
        "oracle": own.true_gain(SETTINGS, 3, gains=observable(own, other)),
    }
    return {
        "seed": seed, "harmful": harmful, "gains": {k: round(v / 100) for k, v in gains.items()},
        "spent": own.spent(twice, 3) / 100, "spent_declared": own.spent(SETTINGS, 3) / 100,
        "offers": {k: vars(v) for k, v in offers.items()},
    }  # fmt: skip


def observable(own: Operator, other: Operator) -> dict[str, Floats]:
    """By offer what contacting each customer of `own` brings, known what can be seen, in fen."""
    known, wanted = seen(other), seen(own)
    call = SETTINGS.channels["hotline"].cost_fen
    found = {}
    for name, cost in COSTS.items():
        truth = expect(other.truth, pd.DataFrame({"customer_id": other.ids, "offer": name}))
        margin = other.valued.margin_fen
        saved = _fitted(known, truth["saved_margin_fen"].to_numpy() / margin, wanted, margin**2)
        accepts = _fitted(known, truth["acceptance"].to_numpy(), wanted, None)
        found[name] = saved * own.valued.margin_fen - accepts * cost - call
    return found


def seen(own: Operator) -> Floats:
    valued = own.valued
    return np.column_stack(
        [valued.churn_risk, valued.margin_fen, valued.payment_mode == "prepaid", valued.tenure_days]
    ).astype(float)


def _fitted(known: Floats, values: Floats, wanted: Floats, weight: Floats | None) -> Floats:
    data = lgb.Dataset(known, values, weight=weight)
    return np.asarray(lgb.train(TREES, data, num_boost_round=80).predict(wanted))
