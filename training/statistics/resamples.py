"""Intervals by a bootstrap over customers.

A customer's weekly rows are not independent witnesses, so whole customers are drawn, with
replacement (Davison and Hinkley 1997, section 3.8). A figure that compares two models is taken
of both on the same draw: its interval is paired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from features.progress import Progress, silent
from training.statistics.logistic import Floats

BOUNDS = (2.5, 97.5)

Key = tuple[str, ...]
Statistics = Callable[[Floats], Mapping[Key, float | None]]
Interval = list[float] | None


def intervals(
    statistics: Statistics,
    customers: int,
    draws: int,
    seed: int,
    progress: Progress = silent,
) -> dict[Key, Interval]:
    """The 95 % interval [low, high] of every figure that `statistics` gives.

    `statistics` takes how often each of the customers was drawn, shape (customers,). Null
    where a draw has none.
    """
    generator = np.random.default_rng(seed)
    drawn: dict[Key, list[float | None]] = {}
    for place in range(draws):
        progress("intervals", place, draws)
        chosen = generator.integers(0, customers, customers)
        times = np.bincount(chosen, minlength=customers).astype(float)
        for path, value in statistics(times).items():
            drawn.setdefault(path, []).append(value)
    progress("intervals", draws, draws)
    return {path: interval(values) for path, values in drawn.items()}


def interval(values: list[float | None]) -> Interval:
    """The 2.5th and 97.5th percentile; null where one of the values is.

    >>> interval([1.0, 2.0, 3.0]), interval([1.0, None])
    ([1.05, 2.95], None)
    """
    if None in values:
        return None
    return [float(bound) for bound in np.percentile(np.array(values, dtype=float), BOUNDS)]
