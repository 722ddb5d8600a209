"""What offers do to the hazard of leaving, declared and then updated by what lists brought.

Of each cell of a list four groups are counted: the controls, and of the treated those who accepted,
those who refused, and the others. Without any effect as many of each would leave as the risks
before the draw expect, times three factors; the effects come on top:

    controls    list x cell
    accepted    list x cell x selected_accepted x H
    refused     list x cell x selected_refused x G
    others      list x cell x selected_others

- `list`: by how much all risks of a list are off. Its controls show it.
- `cell`: by how much those of a cell are off against the list. It has a gamma distribution, which
  is integrated out; its spread is what the controls of the cells show, and at least the declared
  `risk_doubt`. Where risks are right, the controls of a list stand for each other; where they are
  not, each cell is compared with its own.
- `selected`: who accepts may have been likelier to stay anyway. The three factors of an offer are
  1 on average over its treated, so that the effect of being contacted is that by intention to
  treat, whatever they are. How far they may be from 1 is declared (`selected_doubt`); what offers
  have in common in it is found from all of them.

H and G are the hazards of those who accept and who refuse, each within a part of the window. They
multiply what these customers would have done, selected as they are: the expected gain takes them
for multiples of the predicted risk, and so is too high where who accepts would have stayed anyway.
Principal strata with a prior on selection: Frangakis and Rubin 2002, Biometrics 58:21.
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
LIST_DOUBT = 0.3  # the standard deviation of the logarithm of `list`
ALIKE = 0.5  # of the variance of selection all offers have in common
LEAST = 1e-300  # no division by less
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Group:
    """Of so many customers so many were expected to leave without contact, and left."""

    customers: int
    expected: float
    left: float

    def __post_init__(self) -> None:
        if not (0 <= self.expected <= self.customers and 0 <= self.left <= self.customers):
            raise TableRefused(
                f"of {self.customers} customers {self.left} left and {self.expected} were expected "
                "to; expected 0 to as many as there are"
            )


NOBODY = Group(0, 0.0, 0.0)


@dataclass(frozen=True)
class ContactEffect:
    """A read-out of a cell of the list `of`.

    `others` are the treated who neither accepted nor are known to have refused; the share
    `others_refused` of them refused without a report. `control_accepted` and `control_refused` are
    the shares of the controls who crossed over. `dispersion` is the variance of a count over the
    expected one. The hazards act on `accepted_within` and `refused_within` of the window.
    """

    cell: Cell
    of: str
    control: Group
    accepted: Group
    refused: Group
    others: Group
    others_refused: float = 0.0
    control_accepted: float = 0.0
    control_refused: float = 0.0
    dispersion: float = 1.0
    accepted_within: float = 1.0
    refused_within: float = 1.0

    def __post_init__(self) -> None:
        if not (self.dispersion > 0 and 0 < self.left_expected < 1):
            raise TableRefused(
                f"read-out of {self.cell}: dispersion {self.dispersion}, expected share "
                f"{self.left_expected} of leaving; expected a dispersion above 0 and a share above "
                "0 and below 1"
            )

    @property
    def groups(self) -> tuple[Group, ...]:
        return self.accepted, self.refused, self.others, self.control

    @property
    def left_expected(self) -> float:
        """The share of all customers of the cell who would leave without contact."""
        customers = sum(own.customers for own in self.groups)
        return sum(own.expected for own in self.groups) / max(customers, 1)


@dataclass(frozen=True)
class _Leaving:
    """All read-outs as evidence on logarithms: hazards, then selection, then lists.

    `expected` and `left`: (read-outs, groups) over the dispersion, the groups as of
    `ContactEffect.groups`. `mixed`: (read-outs, groups, 2) the share of a group on which the hazard
    of acceptance and of refusal act. `hazards`, `selected`, `within`: (read-outs, 2) likewise.
    """

    expected: Floats
    left: Floats
    stays: Floats
    mixed: Floats
    within: Floats
    hazards: Places
    selected: Places
    lists: Places
    certainty: float  # one over the variance of the cells' factors

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """As `Evidence`; the curvature is Fisher's information."""
        log_factor, slopes = self._factors(place)
        rate = self.expected * np.exp(log_factor)
        left, total = self.left.sum(axis=1), rate.sum(axis=1) + self.certainty
        fit = (self.left * log_factor).sum() - ((left + self.certainty) * np.log(total)).sum()
        away = self.left - rate * ((left + self.certainty) / total)[:, None]
        moves = np.einsum("jg,jgd->jd", rate, slopes)
        curvature = np.tensordot(rate[:, :, None] * slopes, slopes, axes=((0, 1), (0, 1)))
        curvature -= moves.T @ (moves / total[:, None])
        return float(fit), np.tensordot(away, slopes, axes=2), curvature

    def _factors(self, place: Floats) -> tuple[Floats, Floats]:
        """(read-outs, groups) the logarithm of what expected counts are multiplied by; slopes."""
        rows = np.arange(len(self.stays))[:, None]
        hazard = np.exp(place[self.hazards])
        stays = self.stays[:, None] ** (1 + (hazard - 1) * self.within)
        leaves = 1 - self.stays[:, None]
        changed = 1 + np.einsum("jgh,jh->jg", self.mixed, (1 - stays) / leaves - 1)
        moved = stays * -np.log(self.stays)[:, None] * self.within * hazard / leaves
        slopes = np.zeros((*changed.shape, len(place)))
        for which in range(2):
            own = self.mixed[:, :, which] * moved[:, which, None] / changed
            slopes[rows, np.arange(4), self.hazards[:, which, None]] += own
        chosen = np.column_stack([place[self.selected], np.zeros(len(rows))])
        treated = self.expected[:, :3]
        joint = treated * np.exp(chosen)
        mean = joint.sum(axis=1, keepdims=True) / np.maximum(treated.sum(axis=1), LEAST)[:, None]
        mean = np.where(mean > 0, mean, 1.0)
        log_factor = np.log(changed) + place[self.lists][:, None]
        log_factor[:, :3] += chosen - np.log(mean)
        joint = joint / np.maximum(joint.sum(axis=1, keepdims=True), LEAST)
        for which in range(2):
            own = (np.arange(3) == which) - joint[:, which, None]
            slopes[rows, np.arange(3), self.selected[:, which, None]] += own
        slopes[rows, np.arange(4), self.lists[:, None]] += 1
        return log_factor, slopes


def update_hazards(
    declared: Mapping[Cell, float],
    refused: Mapping[str, float],
    effects: Sequence[ContactEffect],
    doubt: float,
    refused_doubt: float,
    selected_doubt: float = 0.3,
    risk_doubt: float = 0.05,
) -> dict[Cell, Updated]:
    """The hazards of those who accept, by offer and tier, and by (offer, `REFUSED`) of the others.

    Both are factors above 0; the doubts are standard deviations of logarithms: of the hazards, of
    by how much who accepts or refuses would leave more or less anyway, and of by how much the risks
    of a cell are off.

    >>> found = update_hazards({("gift", "gold"): 0.75}, {"gift": 1.05}, [], 0.5, 0.25)
    >>> round(found["gift", "gold"].estimate.value, 2)
    0.75
    """
    own = dict(declared) | {(offer, REFUSED): value for offer, value in refused.items()}
    cells, offers = list(own), list(refused)
    factor = np.array([own[cell] for cell in cells])
    doubts = doubt, refused_doubt, selected_doubt, risk_doubt
    if not ((factor > 0).all() and min(doubts) > 0):
        raise TableRefused("expected declared hazards above 0 and doubts above 0")
    unknown = sorted({one.cell for one in effects} - set(declared))
    if unknown:
        raise TableRefused(f"nothing is declared for {unknown[0]}, which has a read-out")
    spread = np.array([refused_doubt if tier == REFUSED else doubt for _, tier in cells])
    lists = list(dict.fromkeys(one.of for one in effects))
    evidence = _evidence(cells, offers, lists, effects, risk_doubt)
    alike = ALIKE + (1 - ALIKE) * np.eye(len(offers))
    beside = np.diag(np.full(2 * len(offers) + len(lists), LIST_DOUBT**2))
    selected = np.kron(np.eye(2), selected_doubt**2 * alike)
    beside[: len(selected), : len(selected)] = selected
    found = integrate(cells, np.log(factor), spread, evidence, beside=beside)
    return updated(cells, factor, found, np.exp)


def _evidence(
    cells: list[Cell],
    offers: list[str],
    lists: list[str],
    effects: Sequence[ContactEffect],
    risk_doubt: float,
) -> _Leaving:
    place = {cell: number for number, cell in enumerate(cells)}
    after, rows = len(cells), len(effects)
    hazards = [(place[one.cell], place[one.cell[0], REFUSED]) for one in effects]
    selected = [
        (after + offers.index(one.cell[0]), after + len(offers) + offers.index(one.cell[0]))
        for one in effects
    ]
    mixed = [
        ((1.0, 0.0), (0.0, 1.0), (0.0, one.others_refused),
         (one.control_accepted, one.control_refused))
        for one in effects
    ]  # fmt: skip
    dispersion = np.array([one.dispersion for one in effects]).reshape(rows, 1)
    expected, left = (
        np.array([[getattr(group, name) for group in one.groups] for one in effects], float)
        .reshape(rows, 4) / dispersion
        for name in ("expected", "left")
    )  # fmt: skip
    of = np.array([lists.index(one.of) for one in effects], dtype=np.intp)
    return _Leaving(
        expected, left, np.array([1 - one.left_expected for one in effects]),
        np.array(mixed, float).reshape(rows, 4, 2),
        np.array([(one.accepted_within, one.refused_within) for one in effects]).reshape(rows, 2),
        np.array(hazards, np.intp).reshape(rows, 2), np.array(selected, np.intp).reshape(rows, 2),
        after + 2 * len(offers) + of,
        max(risk_doubt**2, _risk_variance(expected[:, 3], left[:, 3], of)) ** -1,
    )  # fmt: skip


def _risk_variance(expected: Floats, left: Floats, of: Places) -> float:
    """By how much the risks of cells are off against their list's, by the controls' moments.

    The variance of a factor, at least 0; both counts have the variance that they are expected to.
    """
    size = of.max(initial=-1) + 1
    came, due = np.bincount(of, left, size), np.bincount(of, expected, size)
    scaled = expected * np.divide(came, due, out=np.ones(size), where=due > 0)[of]
    square = float((scaled**2).sum())
    return max(0.0, float(((left - scaled) ** 2 - scaled).sum()) / square) if square else 0.0
