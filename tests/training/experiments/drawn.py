"""Randomised tests made up for these tests, and tables of them as users bring them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.experiments.trial import Trial


def drawn_trial(
    seed: int,
    rows: int = 2_000,
    *,
    effects: tuple[float, ...] = (0.0,),
    shares: tuple[float, ...] = (0.5, 0.5),
    group: int = 1,
    together: float = 0.0,
    amounts: bool = False,
) -> Trial:
    """Rows of `group` are drawn together and share `together` of their outcome's noise.

    An event's probability, or an amount's mean, rises by its arm's effect for every row.
    """
    random = np.random.default_rng(seed)
    cluster = np.arange(rows) // group
    arm = random.choice(len(shares), size=cluster.max() + 1, p=shares)[cluster]
    score, other = random.normal(size=rows), random.normal(size=rows)
    common = random.normal(size=cluster.max() + 1)[cluster]
    noise = np.sqrt(together) * common + np.sqrt(1 - together) * random.normal(size=rows)
    lift = np.array([0.0, *effects])[arm]
    if amounts:
        outcome = 10 + 3 * score + 2 * noise + lift
    else:
        # Uniform between 0 and 1 by its noise, so that the probability is exact.
        place = pd.Series(noise).rank(pct=True).to_numpy() * 0.999
        outcome = (place < np.clip(0.4 + 0.15 * score, 0.1, 0.7) + lift).astype(float)
    return Trial(
        arms=("control", *(f"offer{place}" for place in range(1, len(shares)))),
        arm=arm,
        propensity=np.tile(shares, (rows, 1)),
        outcome=outcome,
        worth=outcome,
        cost=np.zeros((rows, len(shares))),
        covariates=pd.DataFrame({"score": score, "other": other}),
        cluster=cluster if group > 1 else None,
    )


def drawn_table(
    seed: int,
    rows: int = 2_000,
    *,
    effect: float = 0.0,
    shares: tuple[float, ...] = (0.5, 0.5),
    by_tenure: bool = False,
) -> pd.DataFrame:
    """A table as text: `arm`, `bought`, `spend` and what was known of the customers before.

    With `by_tenure` longer customers are rather treated, so that the arms differ.
    """
    random = np.random.default_rng(seed)
    tenure, value = random.gamma(2, 12, rows), np.exp(random.normal(3, 0.8, rows))
    plan = random.choice(["basic", "plus", "pro"], rows)
    arm = random.choice(len(shares), size=rows, p=shares)
    if by_tenure:
        arm = (random.random(rows) < 1 / (1 + np.exp(-(tenure - 24) / 20))).astype(int)
    chance = 0.3 + 0.1 * (plan == "pro") + 0.08 * (np.log(value) - 3) + effect * (arm > 0)
    bought = random.random(rows) < np.clip(chance, 0.02, 0.98)
    names = np.array(["control", *(f"offer{place}" for place in range(1, len(shares)))])
    spend = np.where(bought, value * np.exp(random.normal(0, 0.3, rows)), 0.0)
    return pd.DataFrame(
        {
            "tenure": np.round(tenure, 1),
            "value": np.round(value, 2),
            "plan": plan,
            "arm": names[arm],
            "bought": np.where(bought, "yes", "no"),
            "spend": np.round(spend, 2),
        }
    ).astype(str)
