"""Gain against spend: what every budget would bring, what the next yuan brings, where to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.retention.choice.options import Limits, Options
from serving.retention.choice.problem import Floats, Problem, numbered

MAX_POINTS = 300  # a picture shows no more
ERROR = 5e-3  # of the last gain, between points where capacities bind
FEN = 100
POINT = ("spend", "gain", "marginal")


@dataclass(frozen=True)
class Curve:
    """The gain of the best choice in parts at every budget: concave, and rising up to its end.

    `spend_fen` and `gain_fen` are points, to be joined by straight lines; `marginal` is what the
    next fen after each point brings, in fen: 0 after the last. It stands above what whole
    customers can bring by `Choice.gap` at most. `error` is how far the curve may lie above the
    lines, as a share of its last gain: 0 without capacities, but for points that were thinned
    out. At `stop_fen` the marginal gain falls to `bar`; costs are deducted from gains already, so
    that at a bar of 0 more money brings nothing. `next_gain` is what the next fen after
    `budget_fen` brings, and so the next yuan in yuan; both are None without a budget.
    """

    spend_fen: Floats
    gain_fen: Floats
    marginal: Floats
    error: float
    bar: float
    stop_fen: float
    stop_gain_fen: float
    budget_fen: int | None
    budget_gain_fen: float | None
    next_gain: float | None

    @classmethod
    def of_data(cls, found: Mapping[str, Any]) -> Curve:
        """The curve again, from what `data` gave."""
        points, own = found["points"], found["budget"]
        columns = (np.array([point[name] for point in points]) for name in POINT)
        spend, gain, marginal = columns
        return cls(
            spend * FEN, gain * FEN, marginal, found["error"], found["bar"],
            found["stop"]["spend"] * FEN, found["stop"]["gain"] * FEN,
            None if own is None else round(own["spend"] * FEN),
            None if own is None else own["gain"] * FEN,
            None if own is None else own["marginal"],
        )  # fmt: skip

    def data(self) -> dict[str, Any]:
        """The curve in the currency's unit, as JSON."""
        columns = (self.spend_fen / FEN, self.gain_fen / FEN, self.marginal)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        known = self.budget_fen is not None and self.budget_gain_fen is not None
        return {
            "points": [
                {"spend": spend, "gain": gain, "marginal": marginal}
                for spend, gain, marginal in rows
            ],
            "error": self.error,
            "bar": self.bar,
            "stop": {"spend": self.stop_fen / FEN, "gain": self.stop_gain_fen / FEN},
            "budget": {
                "spend": (self.budget_fen or 0) / FEN,
                "gain": (self.budget_gain_fen or 0) / FEN,
                "marginal": self.next_gain,
            }
            if known
            else None,
        }


def curve(options: Options, limits: Limits, bar: float = 0.0) -> Curve:
    """The curve of these options over all budgets, under the limits' capacities.

    `bar` is the least that one more yuan has to bring. Raises ValueError for a bar below 0.

    >>> from serving.retention.choice import Arm
    >>> rows = [(0, 0, 90.0, 10), (1, 0, 50.0, 10)]
    >>> found = curve(Options.of(rows, (Arm("gift", "call"),)), Limits(budget_fen=10))
    >>> found.spend_fen.tolist(), found.gain_fen.tolist(), found.next_gain
    ([0.0, 10.0, 20.0], [0.0, 90.0, 140.0], 5.0)
    """
    from serving.retention.choice.hull import steps  # Numba: not before the first curve

    if not bar >= 0:
        raise ValueError(f"bar: found {bar}, expected at least 0")
    problem, _ = numbered(options, limits)
    if len(problem.first) == 1:
        return _drawn(np.zeros(1), np.zeros(1), np.zeros(1), limits.budget_fen, bar, 0.0)
    if len(problem.limit) > 2:
        return _with_capacities(problem, limits.budget_fen, bar)
    spend, gain = steps(problem)
    moves = np.append(np.diff(spend) > 0, True)
    spend, gain = spend[moves], gain[moves]
    marginal = np.append(np.diff(gain) / np.diff(spend), 0.0)
    return _drawn(spend, gain, marginal, limits.budget_fen, bar, 0.0)


def _with_capacities(problem: Problem, budget: int | None, bar: float) -> Curve:
    from serving.retention.choice.curve.tangents import points, spend_at

    last, there = spend_at(problem, 0.0)
    stop, at_stop = spend_at(problem, bar) if bar else (last, there)
    stop = min(stop, last)
    own = last if budget is None else min(float(budget), last)
    found, error = points(problem, {own: None, stop: at_stop, last: there}, ERROR)
    spend = np.array([one.spend for one in found])
    gain = np.maximum.accumulate([one.gain for one in found])
    marginal = np.minimum.accumulate([*(one.slope for one in found[:-1]), 0.0])
    marginal[spend >= stop] = np.minimum(marginal[spend >= stop], bar)
    marginal[spend < stop] = np.maximum(marginal[spend < stop], np.nextafter(bar, np.inf))
    return _drawn(spend, gain, marginal, budget, bar, error)


def _drawn(
    spend: Floats, gain: Floats, marginal: Floats, budget: int | None, bar: float, error: float
) -> Curve:
    """The curve through these points, thinned to what a picture shows."""
    stop = int(np.argmax(marginal <= bar))
    own = None if budget is None else int(np.searchsorted(spend, budget, side="right")) - 1
    kept = np.arange(len(spend))
    if len(spend) > MAX_POINTS:
        share = np.linspace(0, 1, MAX_POINTS // 2)
        kept = np.searchsorted(spend, share * spend[-1])
        kept = np.concatenate([kept, np.searchsorted(gain, share * gain[-1]), [0, stop]])
        kept = np.unique(np.minimum(kept, len(spend) - 1))
    return Curve(
        spend[kept],
        gain[kept],
        marginal[kept],
        error,
        bar,
        float(spend[stop]),
        float(gain[stop]),
        budget,
        None if budget is None else float(np.interp(budget, spend, gain)),
        None if own is None else float(marginal[own]),
    )
