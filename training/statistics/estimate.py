"""A figure with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value and the ends of its 95 % interval.

    `value` is null where the rows cannot say, `low` and `high` without an interval.

    >>> Estimate(0.767, 0.758, 0.778).interval, Estimate(0.767).interval
    ((0.758, 0.778), None)
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, or null."""
        return None if self.low is None or self.high is None else (self.low, self.high)
