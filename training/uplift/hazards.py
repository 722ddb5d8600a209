"""What offers do to the hazard of leaving, declared and then updated by what lists brought.

A read-out knows the effect on everyone who was drawn to be contacted, whatever came of it. It is
the sum of what acceptance does and what refusal does, with `s` the share who would have stayed:

    left_more = accepted (s - s**H) + refused (s - s**G)

An effect on leaving alone cannot part H from G. The declared doubts do: each moves as far as it was
doubtful and as its customers were many. So the effect of a contact is measured, and its parts are
mostly prior. Where few accept it takes many customers to learn anything of H.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import TableRefused
from training.statistics.logistic import Floats
from training.uplift.hierarchy import Cell, integrate
from training.uplift.priors import Updated, updated

REFUSED = "refused"  # in the place of a tier: the hazard of those who refused the offer
LEAST = 0.1  # root of a hazard


@dataclass(frozen=True)
class ContactEffect:
    """A read-out of a cell: by how much more of the treated than of the controls left.

    `left_more` is a difference of shares with the standard error `error`; `left_expected` the share
    who would leave without contact; `accepted` and `refused` the shares of the treated less those
    of the controls. The hazards act on `accepted_within` and `refused_within` of the window.
    """

    cell: Cell
    left_more: float
    error: float
    left_expected: float
    accepted: float
    refused: float
    accepted_within: float = 1.0
    refused_within: float = 1.0

    def __post_init__(self) -> None:
        if not (self.error > 0 and 0 < self.left_expected < 1):
            raise TableRefused(
                f"read-out of {self.cell}: error {self.error}, expected share {self.left_expected} "
                "of leaving; expected an error above 0 and a share above 0 and below 1"
            )


@dataclass(frozen=True)
class _Effects:
    """All read-outs as evidence on the square roots of the hazards, arrays of shape (read-outs,).

    An effect is nearly linear in the hazard and the doubt multiplies it; the root lies between, so
    that what is likely is nearly a normal distribution.
    """

    left_more: Floats
    error: Floats
    stays: Floats
    parts: tuple[tuple[NDArray[np.intp], Floats, Floats], ...]  # cells, shares, within

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """As `Evidence`; the curvature is Fisher's information."""
        rows = np.arange(len(self.left_more))
        found, slopes = np.zeros(len(rows)), np.zeros((len(rows), len(place)))
        for cells, shares, within in self.parts:
            hazard = place[cells] ** 2
            stays = self.stays ** (1 + (hazard - 1) * within)
            found += shares * (self.stays - stays)
            slopes[rows, cells] += shares * stays * -np.log(self.stays) * within * 2 * place[cells]
        away, slopes = (self.left_more - found) / self.error, slopes / self.error[:, None]
        return -float(away @ away) / 2, slopes.T @ away, slopes.T @ slopes


def update_hazards(
    declared: Mapping[Cell, float],
    refused: Mapping[str, float],
    effects: Sequence[ContactEffect],
    doubt: float,
    refused_doubt: float,
) -> dict[Cell, Updated]:
    """The hazards of those who accept, by offer and tier, and by (offer, `REFUSED`) of the others.

    Both are factors above 0; the doubts are standard deviations of their logarithms.

    >>> found = update_hazards({("gift", "gold"): 0.75}, {"gift": 1.05}, [], 0.5, 0.25)
    >>> round(found["gift", "gold"].estimate.value, 2)
    0.75
    """
    own = dict(declared) | {(offer, REFUSED): value for offer, value in refused.items()}
    cells = list(own)
    factor = np.array([own[cell] for cell in cells])
    if not ((factor > 0).all() and doubt > 0 and refused_doubt > 0):
        raise TableRefused("expected declared hazards above 0 and doubts above 0")
    unknown = sorted({one.cell for one in effects} - set(declared))
    if unknown:
        raise TableRefused(f"nothing is declared for {unknown[0]}, which has a read-out")
    spread = np.array([refused_doubt if tier == REFUSED else doubt for _, tier in cells])
    root = np.sqrt(factor)  # a factor of the hazard moves its root by half as much
    found = integrate(cells, root, spread * root / 2, _evidence(cells, effects))
    return updated(cells, factor, found, _squared)


def _evidence(cells: list[Cell], effects: Sequence[ContactEffect]) -> _Effects:
    def of(name: str) -> Floats:
        return np.array([getattr(one, name) for one in effects], dtype=np.float64)

    place = {cell: number for number, cell in enumerate(cells)}
    accepted = np.array([place[one.cell] for one in effects], dtype=np.intp)
    refused = np.array([place[one.cell[0], REFUSED] for one in effects], dtype=np.intp)
    parts = (
        (accepted, of("accepted"), of("accepted_within")),
        (refused, of("refused"), of("refused_within")),
    )
    return _Effects(of("left_more"), of("error"), 1 - of("left_expected"), parts)


def _squared(root: Floats) -> Floats:
    """The hazard of a root; of a root near or below 0 that of `LEAST`."""
    hazard: Floats = np.maximum(root, LEAST) ** 2
    return hazard
