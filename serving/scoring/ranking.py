"""Which features are a customer's reasons, strongest first: one pass over a row, compiled.

Compiled because a single request has one row, where each step over an array of numpy's
costs more than the whole pass here; the night runs the same code over its rows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.explainer.jit import compiled
from training.statistics.metrics import Floats

NONE = -1  # no fact, no reason

Places = NDArray[np.int64]


class ReasonRules(NamedTuple):
    """What may be said of features, as arrays over them.

    `fact`: the number of each feature's fact, `NONE` where nothing is said of the feature. `less`,
    `none`, `calm` say whether a value of that sign (`features.catalogue.sentences.SIGNS`) is said;
    one above zero always is. `least`: from which distance of zero on.
    """

    fact: Places
    less: NDArray[np.bool_]
    none: NDArray[np.bool_]
    calm: NDArray[np.bool_]
    least: Floats


@compiled
def ranked(
    rules: ReasonRules,
    effects: Floats,
    values: NDArray[np.float32],
    max_reasons: int,
    min_leaving: int,
) -> tuple[Places, Floats, Floats]:
    """The features' places of each row's reasons, strongest first, with their values and effects.

    Each of shape (n, max_reasons + min_leaving), the place `NONE` behind the last. Of each fact
    the strongest, of equal ones that of the lower place; `max_reasons`, and beyond them as many
    for leaving as bring these to `min_leaving`. `effects` has shape (n, at least features).
    """
    facts = 0
    for fact in rules.fact:
        facts = max(facts, fact + 1)
    strongest = np.empty(facts, np.int64)
    found = np.full((len(values), max_reasons + min_leaving), NONE)
    own_values, own_effects = np.zeros(found.shape), np.zeros(found.shape)
    for row in range(len(values)):
        strongest[:] = NONE
        for place in range(len(rules.fact)):
            fact = rules.fact[place]
            if fact != NONE and _is_said(rules, place, values[row, place], effects[row, place]):
                before = strongest[fact]
                if before == NONE or abs(effects[row, place]) > abs(effects[row, before]):
                    strongest[fact] = place
        count = rank = leaving = 0
        while rank < max_reasons or leaving < min_leaving:
            fact = _next(strongest, effects[row])
            if fact == NONE:
                break
            place = strongest[fact]
            strongest[fact] = NONE
            is_leaving = effects[row, place] > 0
            leaving += is_leaving
            if rank < max_reasons or is_leaving:
                found[row, count] = place
                own_values[row, count] = values[row, place]
                own_effects[row, count] = effects[row, place]
                count += 1
            rank += 1
    return found, own_values, own_effects


@compiled
def _is_said(rules: ReasonRules, place: int, value: float, effect: float) -> bool:
    """Whether there is a sentence of this value for this effect."""
    if effect == 0 or not math.isfinite(value) or abs(value) < rules.least[place]:
        return False
    if value > 0:
        return True
    if value < 0:
        return bool(rules.less[place])
    return bool(rules.none[place] or (rules.calm[place] and effect < 0))


@compiled
def _next(strongest: Places, effects: Floats) -> int:
    """The fact whose feature has the greatest effect, of equal ones that of the lower place."""
    found = NONE
    for fact in range(len(strongest)):
        place = strongest[fact]
        if place == NONE:
            continue
        if found == NONE:
            found = fact
            continue
        more = abs(effects[place]) - abs(effects[strongest[found]])
        if more > 0 or (more == 0 and place < strongest[found]):
            found = fact
    return found
