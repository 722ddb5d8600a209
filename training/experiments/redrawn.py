"""How far the arms are apart in what was known before, and how far they are when drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.experiments.trial import Numbers

CELLS = 2_000_000  # of one batch of draws
MAX_BATCH = 500
SMALLEST = 1e-9  # of the largest spread; below it parts add up to others
ENOUGH = 4  # of so few draws that more of them as far apart are surely above the bound


@dataclass(frozen=True)
class Units:
    """What was drawn by itself: `sums` (n, k) of what was known, adding up to 0 over all, `share`
    (n, arms) the probability of each arm, and the `arm` (n,) that was drawn."""

    sums: Numbers
    share: Numbers
    arm: NDArray[np.intp]

    def distance(self, axes: Numbers) -> float:
        """How far the arms are apart, chi-square with a degree of freedom for each of the axes."""
        drawn = self.arm[:, None] == np.arange(1, self.share.shape[1])
        excess = (drawn - self.share[:, 1:]).T @ self.sums
        return float(((excess.ravel() @ axes) ** 2).sum())


def whitened(units: Units) -> Numbers:
    """((arms - 1) k, rank) axes along which the excess of the arms has variance 1, if drawn."""
    kinds, of = _kinds(units.share)
    size = (units.share.shape[1] - 1) * units.sums.shape[1]
    spread = np.zeros((size, size))
    for place, share in enumerate(kinds):
        own = units.sums[of == place]
        spread += np.kron(np.diag(share[1:]) - np.outer(share[1:], share[1:]), own.T @ own)
    width, axes = np.linalg.eigh(spread)
    kept = width > SMALLEST * max(width.max(initial=0.0), 1e-300)
    return np.asarray(axes[:, kept] / np.sqrt(width[kept]), dtype=float)


def chance_by_draws(units: Units, axes: Numbers, least: float, seed: int) -> float:
    """The share of draws in which the arms are as far apart, exact enough to be below `least`.

    It stops where it is surely above. Units that are alike are drawn at once.
    """
    random = np.random.default_rng(seed)
    real = units.distance(axes) * (1 - 1e-9)
    rows, share, sums = _alike(units, random)
    draws = int(np.ceil(2 / least))
    batch = int(np.clip(CELLS // share.size, 1, MAX_BATCH))
    done = further = 0
    while done < draws and further <= ENOUGH:
        drawn = random.multinomial(rows, share, size=(batch, len(rows)))[:, :, 1:]
        excess = np.einsum("bua,uk->bak", drawn - rows[:, None] * share[:, 1:], sums, optimize=True)
        further += int((((excess.reshape(batch, -1) @ axes) ** 2).sum(axis=1) >= real).sum())
        done += batch
    return (1 + further) / (1 + done)


def _kinds(share: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """The different probabilities of the arms, and which of them each unit has."""
    if not np.ptp(share, axis=0).any():
        return share[:1], np.zeros(len(share), dtype=np.intp)
    kinds, of = np.unique(share, axis=0, return_inverse=True)
    return kinds, of.ravel()


def _alike(units: Units, random: np.random.Generator) -> tuple[NDArray[np.intp], Numbers, Numbers]:
    """How many units there are of each kind, the probabilities of its arms, and its sums."""
    every = np.hstack([units.sums, units.share])
    key = every @ random.normal(size=every.shape[1])
    _, first, rows = np.unique(key, return_index=True, return_counts=True)
    return rows, units.share[first], units.sums[first]
