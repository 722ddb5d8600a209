"""A part of the work: one block of customers, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Task:
    """A block to live: its number, its customers of the first day and where their ids begin.

    `watched`: for so many of the first day's customers, and newcomers in proportion, the oracle
    is computed. `seed` is the block's own, `luck` the simulation's.
    """

    number: int
    customers: int
    first_id: int
    first_group: int
    watched: int
    weeks: int
    seed: np.random.SeedSequence
    luck: int

    @property
    def part(self) -> str:
        """The name of the block's files."""
        return f"{self.number:04d}"


@dataclass(frozen=True)
class Lived:
    """What became of a block: its customers, how many departures, and its rows by feed."""

    customers: int
    departures: int
    rows: dict[str, int]
