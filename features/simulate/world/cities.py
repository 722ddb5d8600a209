"""What a whole city shares: outbreaks of dropped calls and rivals' promotions. Both are public.

An outbreak begins and ends by chance, week by week. A promotion lasts a calendar month and comes
to each city and month independently. The world's are drawn once for all blocks of customers;
the oracle draws its own from today's on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.world import World
from features.simulate.world.weeks import Week, week_of

Array = NDArray[Any]


@dataclass(frozen=True)
class Cities:
    """Where there is an outbreak and where a promotion in a week, one element per city."""

    outbreak: Array
    promotion: Array

    def __len__(self) -> int:
        return len(self.outbreak)

    def next(self, week: Week, world: World, rng: np.random.Generator) -> Cities:
        """The cities in `week`, when these are the ones of the week before it."""
        u = rng.random((2, len(self)))
        network = world.network
        outbreak = np.where(
            self.outbreak, u[0] >= network.outbreak_recovery, u[0] < network.outbreak_onset
        )
        if not week.new_month:
            return Cities(outbreak, self.promotion)
        return Cities(outbreak, u[1] < world.rival.promotion_share)


@dataclass(frozen=True)
class CityPast:
    """The cities week by week, from `first` (a week's number, before the first day) on."""

    first: int
    weeks: tuple[Cities, ...]

    def at(self, number: int) -> Cities:
        return self.weeks[number - self.first]


def draw_cities(first: int, weeks: int, world: World, seed: np.random.SeedSequence) -> CityPast:
    """The cities from week `first` up to `weeks`, the week after the last one included."""
    rng = np.random.default_rng(seed)
    count = len(world.cities)
    now = Cities(np.zeros(count, dtype=bool), rng.random(count) < world.rival.promotion_share)
    found = []
    for number in range(first, weeks + 1):
        now = now.next(week_of(world.first_day, number), world, rng)
        found.append(now)
    return CityPast(first, tuple(found))
