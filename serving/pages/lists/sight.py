"""What a list's page draws: the way from the base to the list, and the budget curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log10
from typing import Any

from serving.http.contract.forms.lists import CurveAnswer

WIDTH, HEIGHT = 1000.0, 400.0  # of the curve's picture, which is stretched to its place
FULL = 100.0
STEPS = 200
NO_GAIN, BELOW = "without_gain", "below_line"


@dataclass(frozen=True)
class Step:
    """A step from base to list: how many went, how many stay, and both as parts of a hundred."""

    name: str
    gone: int
    left: int
    gone_part: float
    left_part: float


def way(result: Mapping[str, Any]) -> list[Step]:
    """The steps that took anyone out, in their order, from the base to the list with its control.

    What no rule took out falls to those of no gain, then to those below the line.
    """
    total = left = int(result["customers"])
    steps = {str(name): int(count) for name, count in result["steps"].items()}
    chosen = int(result["listed"]) + int(result["control"])
    free = total - sum(steps.values())
    steps[NO_GAIN] = int(result["without_gain"])
    steps[BELOW] = free - steps[NO_GAIN] - chosen
    if steps[BELOW] < 0:  # of a list that took customers whose gain is none
        steps[NO_GAIN], steps[BELOW] = free - chosen, 0
    found = []
    for name, gone in steps.items():
        if gone:
            left -= gone
            parts = round(FULL * gone / total, 2), round(FULL * left / total, 2)
            found.append(Step(name, gone, left, *parts))
    return found


@dataclass(frozen=True)
class Shape:
    """The curve as a picture: its path, the area below it, and what its script reads.

    `points`: spend, gain and what the next yuan brings. `chosen`, `best`: the budget that was
    requested and where to stop, in the currency's unit; `at` and `stop_at` in the picture.
    """

    line: str
    area: str
    points: list[list[float]]
    chosen: float
    chosen_gain: float
    chosen_next: float
    best: float
    best_gain: float
    at: float
    stop_at: float

    @property
    def step(self) -> int:
        """By how much a slider moves: a round number, some hundred steps to the end."""
        return int(10 ** max(0, int(log10(self.points[-1][0] / STEPS))))

    @property
    def last(self) -> int:
        """Where a slider ends: at the first step behind the last point."""
        return self.step * ceil(self.points[-1][0] / self.step)


def shape(found: CurveAnswer) -> Shape | None:
    """The picture of a curve; null of one that has no gain to show."""
    points = [[own["spend"], own["gain"], own["marginal"]] for own in found.points]
    most, top = points[-1][0] if points else 0.0, max((own[1] for own in points), default=0.0)
    if most <= 0 or top <= 0:
        return None
    drawn = [f"{WIDTH * x / most:.1f} {HEIGHT * (1 - y / top):.1f}" for x, y, _ in points]
    line = "M" + "L".join(drawn)
    stop = found.stop["spend"]
    budget = min((found.budget or {}).get("spend") or stop, most)
    gain, following = at_budget(points, budget)
    return Shape(
        line, f"{line}V{HEIGHT:.0f}H0Z", [[round(own, 4) for own in point] for point in points],
        budget, gain, following, stop, found.stop["gain"],
        round(WIDTH * budget / most, 1), round(WIDTH * min(stop, most) / most, 1),
    )  # fmt: skip


def at_budget(points: Sequence[Sequence[float]], budget: float) -> tuple[float, float]:
    """The gain at this budget, and what the next yuan brings there; between points by a line.

    >>> at_budget([[0, 0, 2], [10, 20, 1], [20, 30, 0]], 15)
    (25.0, 1.0)
    """
    for (x, y, following), (next_x, next_y, _) in pairwise(points):
        if x <= budget < next_x:
            return y + (next_y - y) * (budget - x) / (next_x - x), float(following)
    return float(points[-1][1]), float(points[-1][2])


@dataclass(frozen=True)
class Whisker:
    """An estimate with its interval in a picture of a hundred, in which `zero` stands somewhere."""

    low: float
    length: float
    estimate: float
    zero: float


def whisker(low: float, estimate: float, high: float) -> Whisker:
    """Where interval, estimate and zero stand, with a tenth to spare at both ends.

    >>> whisker(-1.0, 0.0, 1.0).zero
    50.0
    """
    first, last = min(low, 0.0), max(high, 0.0)
    span = (last - first) or 1.0
    first, span = first - span / 10, span * 1.2

    def place(value: float) -> float:
        return round(FULL * (value - first) / span, 2)

    return Whisker(place(low), round(place(high) - place(low), 2), place(estimate), place(0.0))
