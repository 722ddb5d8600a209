"""What one event must bring for an arm to pay, where its cost is known and its value is not."""

from __future__ import annotations

from dataclasses import dataclass

from features.words import say
from training.experiments.effects.estimates import ANY
from training.experiments.verdict import HELPS, outcomes_of
from training.readouts.readout import Readout


@dataclass(frozen=True)
class BreakEven:
    """`arm` costs `cost` per customer, and pays where one event brings more than `value`.

    `low` and `high` are the ends of its interval, at the level of the effect.
    """

    arm: str
    cost: float
    value: float
    low: float
    high: float


def break_even(found: Readout) -> tuple[BreakEven, ...]:
    """Of each arm that helps; none where costs are weighed against money, or none are given."""
    costs = found.experiment.unused_cost
    if costs is None or not found.effects:
        return ()
    first = found.effects[0].measure
    own = [one for one in found.effects if one.measure is first and one.arm != ANY]
    helping = outcomes_of(own)
    arms = []
    for one in own:
        if helping[one.arm] != HELPS:
            continue
        cost = float(costs[found.trial.arms.index(one.arm)])
        effect = one.adjusted
        ends = sorted(cost / abs(end) for end in (effect.low, effect.high))
        arms.append(BreakEven(one.arm, cost, cost / abs(effect.value), ends[0], ends[1]))
    return tuple(arms)


def in_words(found: Readout, language: str) -> list[str]:
    """That the cost was not used, and what an event must bring; nothing where it was."""
    if found.experiment.unused_cost is None or not found.effects:
        return []
    name = found.experiment.outcome.name
    key = "break_even_more" if found.experiment.outcome.is_wanted else "break_even_less"
    return [say("experiment", "cost_unused", language, outcome=name)] + [
        say("experiment", key, language, outcome=name, arm=one.arm, cost=one.cost,
            value=one.value, low=one.low, high=one.high)
        for one in break_even(found)
    ]  # fmt: skip
