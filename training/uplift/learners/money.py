"""What an arm changes in the outcome and in the money of each row, learned together.

Money that only an event brings (no event, no money) is noisier than the event. Its effect is then
the mean of two: learned from the money itself, and the effect on the event times the amount that
an event is expected to bring. Where every event brings the same, the event alone is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.encoding import Matrix
from training.experiments.trial import Trial
from training.statistics.logistic import Floats
from training.uplift.learners.boosting import Boosted, boost
from training.uplift.learners.effects import EffectModel, learned, of_money
from training.uplift.learners.matrix import Reader
from training.uplift.learners.outcomes import Prepared, crosswise, prepare

LEARNER = "dr"
MIN_EVENTS = 100  # from which amounts are learned


@dataclass(frozen=True)
class Seen:
    """Of n rows: `effect` on the outcome and on the `money`, and the money `expected` in each arm,
    all (n, arms); `untreated`, (n,) the outcome expected in the control."""

    effect: Floats
    money: Floats
    expected: Floats
    untreated: Floats


@dataclass(frozen=True)
class Both:
    """The models of one test; `own` are the rows that were fitted, by members that did not see
    them. `unit`: the money of each event where all bring the same; else the money's own models."""

    reader: Reader
    own: Seen
    outcome: Prepared
    effects: EffectModel
    unit: float | None
    money: Prepared
    money_effects: EffectModel
    amount: Boosted | None

    def of(self, matrix: Matrix) -> Seen:
        """The same of rows that were not fitted."""
        effect, outcomes = self.effects.effects_of(matrix), self.outcome.outcomes(matrix)
        if self.unit is not None:
            return Seen(effect, self.unit * effect, self.unit * outcomes, outcomes[:, 0])
        money = self.money_effects.effects_of(matrix)
        if self.amount is not None:
            money = _mixed(money, effect, self.amount.predict(matrix))
        return Seen(effect, money, self.money.outcomes(matrix), outcomes[:, 0])


def learn_both(trial: Trial, seed: int) -> Both:
    """Models of outcome and money. Raises NotEnoughData where an arm has too few rows."""
    outcome = prepare(trial, seed)
    effects = learned(outcome, LEARNER)
    unit, expected = unit_of(trial), outcome.expected
    if unit is not None:
        own = Seen(effects.own, unit * effects.own, unit * expected, expected[:, 0])
        return Both(outcome.reader, own, outcome, effects, unit, outcome, effects, None)
    money = prepare(of_money(trial), seed)
    of_its_money = learned(money, LEARNER)
    gained, amount = of_its_money.own, _amounts(outcome)
    if amount is not None:
        gained = _mixed(gained, effects.own, crosswise(outcome.table, amount, trial.outcome == 1))
    own = Seen(effects.own, gained, money.expected, expected[:, 0])
    return Both(outcome.reader, own, outcome, effects, None, money, of_its_money, amount)


def unit_of(trial: Trial) -> float | None:
    """The money of one unit of the outcome, where it is the same for all rows; else None."""
    power = float(trial.outcome @ trial.outcome)
    unit = float(trial.outcome @ trial.worth) / power if power else 0.0
    same = np.allclose(unit * trial.outcome, trial.worth, rtol=1e-9, atol=1e-9)
    return unit if same else None


def _amounts(prepared: Prepared) -> Boosted | None:
    """What an event is expected to bring, where events alone bring money and there are enough."""
    trial = prepared.trial
    event = trial.outcome == 1
    is_event = np.isin(trial.outcome, (0.0, 1.0)).all() and not trial.worth[~event].any()
    if not is_event or event.sum() < MIN_EVENTS:
        return None
    return boost(prepared.table.rows(event), trial.worth[event])


def _mixed(money: Floats, effect: Floats, amount: Floats) -> Floats:
    """The mean of both ways."""
    mixed: Floats = (money + effect * amount[:, None]) / 2
    return mixed
