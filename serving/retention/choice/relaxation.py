"""The best multipliers of the limits, and the choice in parts that goes with them.

The relaxation, in which a customer may be contacted in part, is a linear program. At its optimum
no more customers are split than there are limits, so that little is lost where all are whole.

It is solved inside a box around multipliers (Marsten, Hogan and Blankenship 1975, "The Boxstep
method"): a customer whose best option stays the best in all of the box needs no column, so that
few enter HiGHS. The box moves until its optimum lies inside; then nothing outside is better. The
first multipliers are those of a part of the customers under limits in proportion, and those of a
part of these; the smallest part is solved as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.retention.choice.hull import slope_at
from serving.retention.choice.linear import EVERYWHERE, Columns, Scales, solve
from serving.retention.choice.pricing import Priced, all_near, fingerprints, near
from serving.retention.choice.problem import BUDGET, Floats, Places, Problem, part

WHOLE = 10_000  # options: so many are solved as a whole
STEP = 4  # from one part to the next
MAX_COLUMNS = 60_000  # in HiGHS at once; the box shrinks until it has no more
FIRST_REACH = 2.0  # half the box's width, in standard errors of a part's multiplier
MAX_MOVES = 40  # of the box, over all customers
MAX_MOVES_OF_PART = 6
WIDER = 4  # the box, in the directions in which it has to move
MAX_HALVINGS = 40  # of the box: then what is still near ties
REACH_OF_START = 4  # times the first one
EXACT = 1e-5  # of a multiplier that is known: HiGHS sees no smaller differences
SMALL_STEP = 1e-8  # of a bound: a move that wins no more is the last
ROUNDING = 1e-12  # of a bound: its floats added in another order


@dataclass(frozen=True)
class Relaxed:
    """The multipliers, by row, and what each customer has; who is split has `NONE`.

    The choice keeps to all limits where it `is_optimal`: the box found its place.
    """

    priced: Priced
    chosen: Places
    is_optimal: bool


def relax(problem: Problem, start: Floats | None = None) -> Relaxed:
    """The relaxation of the problem, solved; from multipliers not far from the best, if given."""
    customers = len(problem.first) - 1
    touching = _touching(problem)
    binding = _may_bind(problem, touching)
    multipliers = np.zeros(len(problem.limit)) if start is None else np.where(binding, start, 0.0)
    if not binding.any():
        priced = Priced(problem, multipliers)
        return Relaxed(priced, priced.chosen, True)
    scales = _scales(problem)
    errors = scales.gain / np.sqrt(np.maximum(touching, 1))
    errors[BUDGET] /= scales.cost
    reach = np.where(binding, FIRST_REACH * errors, 0.0)
    if start is not None:
        return _moved(problem, scales, multipliers, REACH_OF_START * reach, MAX_MOVES)
    if not binding[1:].any():
        multipliers[BUDGET] = slope_at(problem, float(problem.limit[BUDGET]))
        return _moved(problem, scales, multipliers, EXACT * multipliers + EXACT * reach, MAX_MOVES)
    order = np.argsort(fingerprints(problem, np.arange(customers)), kind="stable")
    here = np.where(binding, EVERYWHERE, 0.0)
    for step in _steps(len(problem.gain), customers):
        own = np.sort(order[::step])
        fewer = part(problem, own, len(own) / customers)
        found = _moved(fewer, scales, multipliers, here, MAX_MOVES_OF_PART)
        multipliers = found.priced.multipliers
        here = reach * np.sqrt(step)
    return _moved(problem, scales, multipliers, here, MAX_MOVES)


def _steps(options: int, customers: int) -> list[int]:
    """Of each part one customer in so many, the smallest part first."""
    powers = [STEP**power for power in range(1, 30)]
    return [step for step in powers if step <= min(STEP * options // WHOLE, customers)][::-1]


def _may_bind(problem: Problem, touching: Floats) -> NDArray[np.bool_]:
    """Which limits are below what all customers together could use."""
    most = touching.copy()
    if len(problem.cost):
        most[BUDGET] = np.maximum.reduceat(problem.cost, problem.first[:-1]).sum()
    binding: NDArray[np.bool_] = problem.limit < most
    return binding


def _touching(problem: Problem) -> Floats:
    """How many contacts of each row there could be; of the budget, how many customers."""
    rows = len(problem.limit)
    by_arm = np.bincount(problem.arm, minlength=len(problem.arm_row))
    found = np.bincount(problem.arm_row, by_arm, minlength=rows).astype(float)
    found += np.bincount(problem.group_row.ravel(), minlength=rows)
    found[BUDGET] = len(problem.first) - 1
    found[-1] = 0
    return found


def _scales(problem: Problem) -> Scales:
    """Powers of two: sums of floats depend on their order in the last digit, these do not."""
    gains = problem.gain[problem.gain > 0]
    gain = float(gains.mean()) if len(gains) else 1.0
    cost = float(problem.cost.mean()) if len(problem.cost) else 1.0
    return Scales(*(2.0 ** round(np.log2(one or 1.0)) for one in (gain, cost)))


def _moved(
    problem: Problem, scales: Scales, multipliers: Floats, reach: Floats, moves: int
) -> Relaxed:
    """The optimum, reached from these multipliers in at most so many moves of the box."""
    best = Priced(problem, multipliers)
    chosen, is_optimal = best.chosen, False
    for _ in range(moves):
        columns, reach = _columns(problem, best, reach)
        solved = solve(problem, scales, best, reach, columns)
        if solved is None:  # any multipliers prove a bound, those of before too
            break
        chosen, is_optimal = solved.chosen, not solved.at_edge.any()
        priced = Priced(problem, solved.multipliers)
        won, small = best.bound_fen - priced.bound_fen, SMALL_STEP * best.bound_fen
        best = priced if won >= -ROUNDING * best.bound_fen else best
        if won <= small or is_optimal:
            break
        reach = np.where(solved.at_edge, WIDER * reach, reach)
    return Relaxed(best, chosen, is_optimal)


def _columns(problem: Problem, priced: Priced, reach: Floats) -> tuple[Columns, Floats]:
    """The changes that are near, and the reach within which there are not too many.

    Where too many tie, however small the reach, every so many-th of their customers.
    """
    for _ in range(MAX_HALVINGS):
        found = near(problem, priced, reach, MAX_COLUMNS)
        if found is not None:
            return Columns(*found), reach
        reach = reach / 2
    customers, options = all_near(problem, priced, reach)
    rank = np.cumsum(np.diff(customers, prepend=customers[:1]) != 0)
    kept = rank % -(-len(customers) // MAX_COLUMNS) == 0
    return Columns(customers[kept], options[kept]), reach
