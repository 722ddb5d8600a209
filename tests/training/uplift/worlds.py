"""Tests drawn from worlds whose causes, effects, signs and noise are drawn too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.experiments.trial import Trial
from training.statistics.logistic import Floats, log_odds, probability

KINDS = ("mixed", "harm", "null", "alike", "few")


@dataclass(frozen=True)
class World:
    """A drawn test, with the true chance of each row's outcome in each arm, and the true profit."""

    kind: str
    trial: Trial
    chance: Floats
    profit: Floats

    @property
    def gain(self) -> Floats:
        """(n, arms) of profit against the control."""
        return self.profit - self.profit[:, :1]


def world(seed: int, rows: int, arms: int = 2, kind: str = "") -> World:
    """A world; its `kind` is drawn as well where none is given.

    `mixed`: effects of both signs; `harm`: none is above 0; `null`: none at all, and arms that
    cost; `alike`: the same for all; `few`: strong for a sixth, slightly harmful for the others.
    """
    draw = np.random.default_rng(seed)
    kind = kind or str(draw.choice(KINDS, p=(0.52, 0.12, 0.12, 0.12, 0.12)))
    table, standard = _covariates(draw, rows)
    start = log_odds(np.array([draw.uniform(0.05, 0.5)]))[0]
    weights = draw.normal(size=standard.shape[1]) * draw.uniform(0.1, 0.6)
    untreated = probability(start + standard @ weights)
    amount = draw.uniform(20, 200) * np.exp(draw.choice([0.0, 0.5]) * draw.normal(size=rows))
    chance, cost = [untreated], np.zeros((rows, arms))
    for arm in range(1, arms):
        effect = _effect(draw, kind, standard)
        chance.append(np.clip(untreated + effect, 0.002, 0.998))
        cost[:, arm] = draw.uniform(0.1, 0.03 * amount.mean())
    chances = np.column_stack(chance)
    shares = np.clip(draw.dirichlet(np.full(arms, 8.0)), 0.1, None)
    shares /= shares.sum()
    arm_drawn = draw.choice(arms, size=rows, p=shares)
    outcome = (draw.random(rows) < chances[np.arange(rows), arm_drawn]).astype(float)
    trial = Trial(
        arms=("none", *(f"offer_{arm}" for arm in range(1, arms))),
        arm=arm_drawn,
        propensity=np.tile(shares, (rows, 1)),
        outcome=outcome,
        worth=outcome * amount,
        cost=cost,
        covariates=table.assign(amount=amount),
    )
    return World(kind, trial, chances, chances * amount[:, None] - cost)


def _covariates(draw: np.random.Generator, rows: int) -> tuple[pd.DataFrame, Floats]:
    """Numbers, counts and a category with holes; and the same as standard numbers."""
    columns = {
        f"x{place}": draw.normal(size=rows)
        if draw.random() < 0.6
        else draw.integers(0, 6, size=rows).astype(float)
        for place in range(draw.integers(4, 10))
    }
    plan = draw.choice(["a", "b", "c", "d"], size=rows, p=[0.4, 0.3, 0.2, 0.1])
    numbers = np.column_stack([*columns.values(), plan == "a"])
    standard = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    table = pd.DataFrame(columns).assign(plan=plan)
    table.loc[draw.random(rows) < 0.05, "plan"] = None
    return table, np.clip(standard, -2.5, 2.5)


def _effect(draw: np.random.Generator, kind: str, standard: Floats) -> Floats:
    """(n,) the change of the chance by one arm, driven by three of the covariates."""
    driving = draw.choice(standard.shape[1], size=3, replace=False)
    cause = standard[:, driving] @ draw.normal(size=3)
    cause /= cause.std()
    if kind == "harm":
        return -np.abs(draw.uniform(0.01, 0.04) + 0.02 * cause)
    if kind == "null":
        return np.zeros(len(cause))
    if kind == "alike":
        return np.full(len(cause), draw.uniform(0.03, 0.08))
    if kind == "few":
        return np.where(cause > 1, draw.uniform(0.1, 0.3), -0.01)
    return draw.uniform(-0.04, 0.08) + draw.uniform(0.02, 0.08) * cause
