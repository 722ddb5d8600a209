"""How friends enter the state: how many left lately, and how many soon will."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.behaviour.leaving import OPENLY
from features.simulate.people.state import State
from features.simulate.world import World

Array = NDArray[Any]


class Circles:
    """The friendships of a block's customers, as `calls.friends_of` gives them."""

    def __init__(self, offsets: Array, neighbours: Array) -> None:
        self._offsets, self._neighbours = offsets, neighbours

    def total(self, values: Array) -> Array:
        """The sum of `values` over each customer's friends."""
        sums = np.zeros(len(self._neighbours) + 1)
        np.cumsum(values[self._neighbours], out=sums[1:])
        return np.asarray(sums[self._offsets[1:]] - sums[self._offsets[:-1]], dtype=np.float32)

    def part(self, state: State, number: int, who: Array, kind: Array, active: Array) -> None:
        """Those of `who` who left openly in week `number` are missed by their friends.

        `active`: who is there afterwards. A friend counts in the circle while there, or missed.
        """
        left = np.zeros(len(active))
        left[who[np.isin(kind, OPENLY)]] = 1
        state.friends_left[number % len(state.friends_left)] = np.rint(self.total(left))
        state.circle = self.total(active) + state.friends_left.sum(axis=0)


def open_rates(hazard: Array, prepaid: Array, active: Array, world: World) -> Array:
    """The chance of leaving openly in a week: the prepaid mostly go without a word."""
    share = np.where(prepaid, world.leaving.ported_share, 1.0)
    return np.asarray(-np.expm1(-hazard) * share * active)
