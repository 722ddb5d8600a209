"""Why a customer's standing changed: which part of the rule moved it, or that the rule changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.customers.standing.rules import (
    Floats,
    added_by,
    grades_of,
    input_names,
    levels_of,
    rfm_of,
    scores_of,
)
from serving.customers.standing.standing_settings import StandingSettings

FIRST, RULES = "first", "rules_changed"


def causes_of(
    measure: str, part: pd.DataFrame, values: Floats, rules: StandingSettings
) -> NDArray[np.object_]:
    """The cause of each change: what moved it most, or `FIRST`, or `RULES`.

    `part` has `old`, `rules_before` and `was` of the night before, null at first; `values` and
    `was` the inputs in order of `input_names`.
    """
    causes = np.full(len(part), FIRST, dtype=object)
    known = part["old"].notna().to_numpy()
    if known.any():
        own, now = part[known], values[known]
        was = np.array(own["was"].tolist(), dtype=float)
        causes[known] = _moved_by(measure, now, was, rules)
        others = (own["rules_before"] != rules.fingerprint(measure)).to_numpy()
        # A rule that changed long ago and left the measure as it was is not the cause.
        by_rules = others & _differs(measure, own["old"].to_numpy(dtype=object), now, was, rules)
        causes[np.flatnonzero(known)[by_rules]] = RULES
    return causes


def _differs(
    measure: str, old: NDArray[np.object_], now: Floats, was: Floats, rules: StandingSettings
) -> NDArray[np.bool_]:
    """Whether the rules of today make another than `old` of the inputs of then, or read more."""
    if measure == "points":
        return np.ones(len(was), dtype=bool)  # the bills of then are not kept
    inputs = dict(zip(input_names(measure, rules), was.T, strict=True))
    if measure == "rfm":
        again = rfm_of(inputs, rules.rfm)
    else:
        again = grades_of(scores_of(inputs, rules.credit), rules.credit)
    is_new = np.isnan(was) & ~np.isnan(now)
    found: NDArray[np.bool_] = np.any(is_new, axis=1) | np.not_equal(again, old).astype(bool)
    return found


def _moved_by(
    measure: str, now: Floats, was: Floats, rules: StandingSettings
) -> NDArray[np.object_]:
    """The name of what moved each row from `was` to `now`, inputs in the order of their names."""
    if measure == "points":
        return np.where(now[:, 0] < was[:, 0], "expired", "earned").astype(object)
    names = np.array(input_names(measure, rules), dtype=object)
    if measure == "rfm":
        levels = rules.rfm.levels.values()
        moved = [
            np.abs(levels_of(now[:, i], level) - levels_of(was[:, i], level))
            for i, level in enumerate(levels)
        ]
    else:
        way = np.sign(now[:, -1] - was[:, -1])
        moved = [
            way * (added_by(now[:, i], term) - added_by(was[:, i], term))
            for i, term in enumerate(rules.credit.terms.values())
        ]
    found: NDArray[np.object_] = names[np.argmax(np.array(moved), axis=0)]
    return found
