"""The choice of whom to contact with what: the most gain under a budget and all capacities at once.

`options` is what comes in, `relaxation` finds the multipliers of the limits, `rounding` the choice,
`curve` the gain at every budget, `certificate` writes what proves how good the choice is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.retention.choice.options import Arm, Limits, Multipliers, Options
from serving.retention.choice.problem import Places, Rows, numbered

if TYPE_CHECKING:
    from serving.retention.choice.pricing import Priced

__all__ = ["Arm", "Choice", "Limits", "Multipliers", "Options", "choose", "judged"]


@dataclass(frozen=True)
class Choice:
    """The places of the chosen options, ascending, and how much better another choice could be.

    No choice within the limits gains more than `bound_fen`; `gap` is what is missing to it as a
    share of it, 0 where the bound is 0.
    """

    place: Places
    gain_fen: float
    cost_fen: int
    bound_fen: float
    gap: float
    multipliers: Multipliers


def choose(options: Options, limits: Limits) -> Choice:
    """The options to take: at most one a customer, only such that gain, within all limits.

    Up to 1,000 customers HiGHS searches for the best choice there is, and finds it where no more
    than 1,500 options could be part of a better one and 1,000 nodes are enough; beyond, it
    searches among the 1,500 nearest options where more than 1e-5 of the bound is missing to it.
    `gap` says how far the choice may be from the best. The order of the customers changes
    nothing, except which of two customers with the same options and groups is taken.

    >>> options = Options.of([(0, 0, 90.0, 10), (1, 0, 50.0, 10)], (Arm("gift", "call"),))
    >>> choice = choose(options, Limits(channels={"call": 1}))
    >>> choice.place.tolist(), choice.gain_fen, choice.bound_fen, choice.gap
    ([0], 90.0, 90.0, 0.0)
    """
    from serving.retention.choice.pricing import NONE  # Numba: not before the first choice
    from serving.retention.choice.relaxation import relax
    from serving.retention.choice.rounding import rounded

    problem, rows = numbered(options, limits)
    relaxed = relax(problem)
    chosen = rounded(problem, relaxed)
    return _choice(options, chosen[chosen != NONE], relaxed.priced, rows)


def judged(options: Options, limits: Limits, place: Places) -> Choice:
    """The choice of these places, made in another way, against the bound of the best one.

    >>> import numpy as np
    >>> options = Options.of([(0, 0, 90.0, 10), (1, 0, 50.0, 10)], (Arm("gift", "call"),))
    >>> judged(options, Limits(channels={"call": 1}), np.array([1])).gap
    0.4444444444444444
    """
    from serving.retention.choice.relaxation import relax

    problem, rows = numbered(options, limits)
    return _choice(options, place, relax(problem).priced, rows)


def _choice(options: Options, place: Places, priced: Priced, rows: Rows) -> Choice:
    gain = float(options.gain_fen[place].sum())
    bound = max(priced.bound_fen, gain)
    return Choice(
        place=place,
        gain_fen=gain,
        cost_fen=int(options.cost_fen[place].sum()),
        bound_fen=bound,
        gap=(bound - gain) / bound if bound else 0.0,
        multipliers=rows.multipliers(priced.multipliers),
    )
