"""What the third list of an operator truly brings, beside the oracle and the simple rules.

The observable oracle knows what each offer really does to customers who look alike: boosted trees
on the truth of another 50,000 customers of the same operator, by what the operator can see of them.
It chooses under the same limits, from the same treated arm.
"""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from rounds import (
    ACTS_ON,
    COSTS,
    SETTINGS,
    Market,
    Offered,
    Operator,
    learned_from,
    operator,
)

Floats = NDArray[np.float64]
OTHERS, TRIAL_SHARE = 50_000, 0.3
HARMFUL = 5  # of so many worlds in one every offer harms
TREES = {
    "objective": "regression", "learning_rate": 0.15, "num_leaves": 31, "min_data_in_leaf": 100,
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


def world(seed: int, customers: int) -> dict[str, Any]:
    """What the third list of the world of this seed truly brings by each policy, and spends."""
    luck = np.random.default_rng([seed, 41])
    harmful = seed % HARMFUL == 0
    own_market, offers = market(luck), offered(luck, harmful=harmful)
    own = operator(seed, offers, own_market, customers)
    other = operator(seed + 1_000_000, offers, own_market, OTHERS)
    first = own.played(SETTINGS, 1, TRIAL_SHARE)
    once = learned_from(first).settings
    twice = learned_from(first, own.played(once, 2, TRIAL_SHARE)).settings
    rules = {
        "risk": own.valued.churn_risk, "value": own.valued.value_fen(),
        "lot": np.random.default_rng(seed).random(customers),
    }  # fmt: skip
    declared, assumed = own.options(SETTINGS), own.options(twice)
    gains = {
        "first": own.brought(declared, 1),
        "second": own.brought(own.options(once), 2),
        "third": own.brought(assumed, 3),
        "declared": own.brought(declared, 3),
        "nobody": (0.0, 0.0),
        **{f"by_{name}": own.brought(assumed, 3, by) for name, by in rules.items()},
        **{f"by_{name}_declared": own.brought(declared, 3, by) for name, by in rules.items()},
        "oracle": own.brought(own.options(SETTINGS, observable(own, other)), 3),
    }
    return {
        "seed": seed, "customers": customers, "harmful": harmful,
        "budget": (own.limits.budget_fen or 0) / 100,
        "gains": {name: round(gain / 100) for name, (gain, _) in gains.items()},
        "spent": {name: round(spent / 100) for name, (_, spent) in gains.items()},
        "offers": {k: vars(v) for k, v in offers.items()},
    }  # fmt: skip


def observable(own: Operator, other: Operator) -> dict[str, Floats]:
    """By offer what contacting each customer of `own` brings, known what can be seen, in fen."""
    known, wanted = seen(other), seen(own)
    call = SETTINGS.channels["hotline"].cost_fen
    margin, found = other.valued.margin_fen, {}
    for name, cost in COSTS.items():
        truth = other.expected(name)
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
    return np.asarray(lgb.train(TREES, data, num_boost_round=40).predict(wanted))
