"""Declared acceptances and effects of offers by tier, updated by what read-outs found.

Without read-outs what was declared comes back, with many what they found, and a cell without its
own learns from its neighbours as far as cells prove alike (`hierarchy`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import TableRefused
from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats, log_odds, probability
from training.uplift.hierarchy import Binomial, Cell, Found, Normal, integrate

DEVIATE = 1.959964  # of a 95 % interval
CHANNEL = "channel"  # in the place of a tier: what a channel multiplies acceptances by


@dataclass(frozen=True)
class Counted:
    """A read-out of acceptance: of `reached` customers of a cell so many accepted."""

    cell: Cell
    accepted: int
    reached: int


@dataclass(frozen=True)
class Answered:
    """A read-out of answers by a channel that reaches the share `reach`: accepted of contacted."""

    cell: Cell
    channel: str
    reach: float
    accepted: int
    contacted: int


@dataclass(frozen=True)
class Measured:
    """A read-out of an effect: the logarithm of its factor, and the standard error of that."""

    cell: Cell
    log_factor: float
    error: float


@dataclass(frozen=True)
class Updated:
    """A figure after the read-outs: declared value, value with 95 % interval, and the share of it
    that is evidence (0: what was declared alone, 1: read-outs alone)."""

    declared: float
    estimate: Estimate
    evidence_share: float


def update_acceptance(
    declared: Mapping[Cell, float], counts: Sequence[Counted], doubt: float
) -> dict[Cell, Updated]:
    """Acceptances, above 0 and below 1; `doubt` is the standard deviation of their logarithm.

    >>> cells = {("gift", "gold"): 0.4, ("gift", "silver"): 0.4}
    >>> found = update_acceptance(cells, [Counted(("gift", "gold"), 1000, 5000)], 0.35)
    >>> round(found["gift", "gold"].estimate.value, 2), found["gift", "gold"].evidence_share > 0.99
    (0.2, True)
    >>> 0.2 < found["gift", "silver"].estimate.value < 0.35
    True
    """
    cells = _checked(declared, [one.cell for one in counts], doubt)
    for one in counts:
        if not 0 <= one.accepted <= one.reached:
            raise TableRefused(
                f"read-out of {one.cell}: {one.accepted} of {one.reached} accepted; expected 0 to "
                f"as many as were reached"
            )
    share = np.array([declared[cell] for cell in cells])
    if not ((share > 0) & (share < 1)).all():
        raise TableRefused("a declared acceptance is not above 0 and below 1")
    events, trials = np.zeros(len(cells)), np.zeros(len(cells))
    for one in counts:
        events[cells.index(one.cell)] += one.accepted
        trials[cells.index(one.cell)] += one.reached
    start = log_odds(share)
    # A factor of the share moves its log-odds by 1 / (1 - share) as much.
    found = integrate(cells, start, doubt / (1 - share), Binomial(events, trials))
    return updated(cells, share, found, probability)


@dataclass(frozen=True)
class _Answers:
    """Answers as evidence on the logarithms of acceptances and persuasions, (read-outs,) each.

    By Poisson's distribution, which is a little too wide where many accept: no product of an
    acceptance and a persuasion is impossible then.
    """

    accepted: Floats
    exposed: Floats
    cells: NDArray[np.intp]
    channels: NDArray[np.intp]

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """As `Evidence`."""
        log_share = place[self.cells] + place[self.channels]
        expected = self.exposed * np.exp(log_share)
        touched = np.zeros((len(expected), len(place)))
        for own in (self.cells, self.channels):
            touched[np.arange(len(expected)), own] = 1.0
        total = float((self.accepted * log_share - expected).sum())
        slope = touched.T @ (self.accepted - expected)
        return total, slope, touched.T @ (touched * expected[:, None])


def update_answers(
    declared: Mapping[Cell, float],
    persuasion: Mapping[str, float],
    answers: Sequence[Answered],
    doubt: float,
    channel_doubt: float,
) -> dict[Cell, Updated]:
    """Acceptances by offer and tier, and by (channel, `CHANNEL`) what channels multiply them by.

    Answers show the product alone. Where offers come by one channel only, the doubts, standard
    deviations of logarithms, say how much of a surprise is the channel's.

    >>> cells, by = {("gift", "gold"): 0.4}, {"call": 1.0, "text": 0.3}
    >>> found = update_answers(cells, by, [Answered(("gift", "gold"), "text", 0.9, 270, 1000)],
    ...                        0.35, 0.7)
    >>> 0.4 < found["gift", "gold"].estimate.value < 0.6 < found["text", CHANNEL].estimate.value
    True
    >>> round(found["call", CHANNEL].estimate.value, 6)
    1.0
    """
    own = _checked(declared, [one.cell for one in answers], doubt)
    cells = [*own, *((channel, CHANNEL) for channel in persuasion)]
    figures = np.array([*declared.values(), *persuasion.values()])
    if not (figures > 0).all():
        raise TableRefused("a declared acceptance or persuasion is not above 0")
    place = {cell: number for number, cell in enumerate(cells)}
    evidence = _Answers(
        np.array([one.accepted for one in answers], dtype=np.float64),
        np.array([one.contacted * one.reach for one in answers], dtype=np.float64),
        np.array([place[one.cell] for one in answers], dtype=np.intp),
        np.array([place[one.channel, CHANNEL] for one in answers], dtype=np.intp),
    )
    is_channel = np.arange(len(cells)) >= len(own)
    spread = np.where(is_channel, channel_doubt, doubt)
    found = integrate(cells, np.log(figures), spread, evidence, apart=is_channel)
    most = np.where(is_channel, np.inf, 1.0)
    return updated(cells, figures, found, lambda place: np.minimum(np.exp(place), most))


def update_factor(
    declared: Mapping[Cell, float], measured: Sequence[Measured], doubt: float
) -> dict[Cell, Updated]:
    """Factors above 0, such as of the hazard; `doubt` is the standard deviation of their logarithm.

    >>> found = update_factor({("gift", "gold"): 0.75}, [], 0.5)
    >>> round(found["gift", "gold"].estimate.value, 2)
    0.75
    """
    cells = _checked(declared, [one.cell for one in measured], doubt)
    factor = np.array([declared[cell] for cell in cells])
    if not (factor > 0).all():
        raise TableRefused("a declared factor is not above 0")
    precision, weighed = np.zeros(len(cells)), np.zeros(len(cells))
    for one in measured:
        if not one.error > 0:
            raise TableRefused(f"read-out of {one.cell}: its error is {one.error}, not above 0")
        precision[cells.index(one.cell)] += one.error**-2
        weighed[cells.index(one.cell)] += one.log_factor * one.error**-2
    start = np.log(factor)
    spread = np.full(len(cells), doubt)
    found = integrate(cells, start, spread, Normal(weighed, precision))
    return updated(cells, factor, found, np.exp)


def updated(
    cells: Sequence[Cell], declared: Floats, found: Found, natural: Callable[[Floats], Floats]
) -> dict[Cell, Updated]:
    ends = [found.mean + sign * DEVIATE * found.spread for sign in (0, -1, 1)]
    value, low, high = (natural(end) for end in ends)
    return {
        cell: Updated(
            float(declared[place]),
            Estimate(float(value[place]), float(low[place]), float(high[place])),
            float(found.evidence[place]),
        )
        for place, cell in enumerate(cells)
    }


def _checked(declared: Mapping[Cell, float], seen: Sequence[Cell], doubt: float) -> list[Cell]:
    unknown = sorted(set(seen) - set(declared))
    if unknown:
        raise TableRefused(f"nothing is declared for {unknown[0]}, which has a read-out")
    if not declared or not doubt > 0:
        raise TableRefused(f"expected declared cells and a doubt above 0; found {doubt}")
    return list(declared)
