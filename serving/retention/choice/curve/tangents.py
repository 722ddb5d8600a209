"""The gain at every budget where capacities bind as well: between points and their tangents.

The curve of the relaxation is concave: it lies above the chords of points on it, and below their
tangents, whose slopes are the budget's multipliers. The next point is made where chords and
tangents are furthest apart, until nowhere is more between them than a small share of the gain.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from serving.retention.choice.pricing import used
from serving.retention.choice.problem import BUDGET, Floats, Problem
from serving.retention.choice.relaxation import relax

MAX_POINTS = 40
ENDS = 0.05  # of a stretch: a point at its very end would say little


class Point(NamedTuple):
    """A point of the curve, with its tangent and all multipliers."""

    spend: float
    gain: float
    slope: float
    multipliers: Floats


class Stretch(NamedTuple):
    """Where between two points chord and tangents are furthest apart, and by how much."""

    spend: float
    error: float


def points(
    problem: Problem, budgets: Mapping[float, Floats | None], error: float
) -> tuple[list[Point], float]:
    """Points of the curve from no budget to the last of `budgets`, at each of these too.

    `budgets`: with multipliers that are near, as far as they are known.
    The second value is what the curve may lie above the chords, as a share of the last gain; at
    most `error` but where the points came to an end.
    """
    found = [at(problem, 0.0, None)]
    found += [at(problem, spend, budgets[spend]) for spend in sorted(budgets) if spend]
    while True:
        stretches = [_stretch(*two) for two in pairwise(found)]
        widest = max(range(len(stretches)), key=lambda one: stretches[one].error, default=None)
        missing = 0.0 if widest is None else stretches[widest].error
        if widest is None or missing <= error * found[-1].gain or len(found) >= MAX_POINTS:
            return found, missing / found[-1].gain if missing else 0.0
        spend = stretches[widest].spend
        left, right = found[widest], found[widest + 1]
        share = (spend - left.spend) / (right.spend - left.spend)
        start = (1 - share) * left.multipliers + share * right.multipliers
        found.insert(widest + 1, at(problem, spend, start))


def at(problem: Problem, spend: float, start: Floats | None) -> Point:
    """The point of the curve at this budget."""
    limit = problem.limit.copy()
    limit[BUDGET] = spend
    priced = relax(problem._replace(limit=limit), start).priced
    return Point(spend, priced.bound_fen, float(priced.multipliers[BUDGET]), priced.multipliers)


def spend_at(problem: Problem, bar: float) -> tuple[float, Floats]:
    """The budget at which one more fen brings no more than `bar`, and the multipliers there."""
    limit = problem.limit.copy()
    limit[BUDGET] = np.inf
    gain = problem.gain - bar * problem.cost if bar else problem.gain
    here = problem._replace(limit=limit, gain=gain)
    found = relax(here)
    multipliers = found.priced.multipliers.copy()
    multipliers[BUDGET] = bar
    return float(used(here, found.chosen)[BUDGET]), multipliers


def _stretch(left: Point, right: Point) -> Stretch:
    """Beside the tangents' crossing, where it lies between the points by whole fen."""
    width = right.spend - left.spend
    if width < 2 or left.slope <= right.slope:
        return Stretch(left.spend, 0.0)
    crossing = left.gain - left.slope * left.spend - right.gain + right.slope * right.spend
    crossing /= right.slope - left.slope
    share = (crossing - left.spend) / width
    top = left.gain + left.slope * (crossing - left.spend)
    error = top - (left.gain + share * (right.gain - left.gain))
    share = min(max(share, ENDS), 1 - ENDS)
    spend = min(max(round(left.spend + share * width), left.spend + 1), right.spend - 1)
    return Stretch(float(spend), max(error, 0.0))
