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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, csr_array, eye_array

from serving.retention.choice.pricing import NONE, Priced, fingerprints, near, used
from serving.retention.choice.problem import BUDGET, Floats, Places, Problem, part

WHOLE = 1_000  # customers: so many are solved as a whole
STEP = 4  # from one part to the next
MAX_COLUMNS = 60_000  # in HiGHS at once; the box shrinks until it has no more
FIRST_REACH = 2.0  # half the box's width, in standard errors of a part's multiplier
EVERYWHERE = 1e300  # a reach beyond all multipliers
MAX_MOVES = 40  # of the box, over all customers
MAX_MOVES_OF_PART = 6
WHOLE_NUMBER = 1e-6  # so close to 0 or 1 a share is one


@dataclass(frozen=True)
class Relaxed:
    """The multipliers, by row, and what each customer has; who is split has `NONE`.

    The choice keeps to all limits where it `is_optimal`: the box found its place.
    """

    priced: Priced
    chosen: Places
    is_optimal: bool


class Columns(NamedTuple):
    """Changes from customers' best options that the linear program may make."""

    customers: Places
    options: Places


class Scales(NamedTuple):
    """An ordinary gain and an ordinary cost: HiGHS likes numbers near 1."""

    gain: float
    cost: float


def relax(problem: Problem) -> Relaxed:
    """The relaxation of the problem, solved."""
    customers = len(problem.first) - 1
    touching = _touching(problem)
    binding = _may_bind(problem, touching)
    multipliers = np.zeros(len(problem.limit))
    if not binding.any():
        priced = Priced(problem, multipliers)
        return Relaxed(priced, priced.chosen, True)
    scales = _scales(problem)
    order = np.argsort(fingerprints(problem, np.arange(customers)), kind="stable")
    reach = np.where(binding, EVERYWHERE, 0.0)
    for step in _steps(customers):
        own = np.sort(order[::step])
        fewer = part(problem, own, len(own) / customers)
        found = _moved(fewer, scales, multipliers, reach, MAX_MOVES_OF_PART)
        multipliers = found.priced.multipliers
        errors = scales.gain / np.sqrt(np.maximum(touching / step, 1))
        errors[BUDGET] /= scales.cost
        reach = np.where(binding, FIRST_REACH * errors, 0.0)
    return _moved(problem, scales, multipliers, reach, MAX_MOVES)


def _steps(customers: int) -> list[int]:
    """Of each part one customer in so many, the smallest part first."""
    steps = []
    step = STEP
    while customers * STEP > WHOLE * step:
        steps.append(step)
        step *= STEP
    return steps[::-1] if customers > WHOLE else []


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
    found: Floats = np.bincount(problem.arm_row, by_arm, minlength=rows)
    found += np.bincount(problem.group_row.ravel(), minlength=rows)
    found[BUDGET] = len(problem.first) - 1
    found[-1] = 0
    return found


def _scales(problem: Problem) -> Scales:
    gains = problem.gain[problem.gain > 0]
    gain = float(gains.mean()) if len(gains) else 1.0
    cost = float(problem.cost.mean()) if len(problem.cost) else 1.0
    return Scales(gain, cost or 1.0)


def _moved(
    problem: Problem, scales: Scales, multipliers: Floats, reach: Floats, moves: int
) -> Relaxed:
    """The optimum, reached from these multipliers in at most so many moves of the box."""
    best = Priced(problem, multipliers)
    for _ in range(moves):
        columns = near(problem, best, reach, MAX_COLUMNS)
        while columns is None:
            reach = reach / 2
            columns = near(problem, best, reach, MAX_COLUMNS)
        solved = _solved(problem, scales, best, reach, Columns(*columns))
        priced = Priced(problem, solved.multipliers)
        is_better = priced.bound_fen < best.bound_fen
        best = priced if is_better else best
        if not (is_better and solved.at_edge.any()):
            break
        reach = np.where(solved.at_edge, 2 * reach, reach)
    return Relaxed(best, solved.chosen, not solved.at_edge.any())


class _Solved(NamedTuple):
    multipliers: Floats
    chosen: Places
    at_edge: NDArray[np.bool_]  # rows whose multiplier would go beyond the box


def _solved(
    problem: Problem, scales: Scales, priced: Priced, reach: Floats, columns: Columns
) -> _Solved:
    """The relaxation inside the box.

    Beside the changes it has two columns a row: what lies above the limit is paid for at the
    box's upper edge, what lies below is sold at its lower edge.
    """
    rows = np.flatnonzero(reach > 0)
    unit = np.where(rows == BUDGET, scales.cost, 1.0) / scales.gain
    least = np.maximum((priced.multipliers - reach)[rows], 0) * unit
    is_bounded = reach[rows] < EVERYWHERE
    most = np.where(is_bounded, (priced.multipliers + reach)[rows] * unit, 0.0)
    left = (problem.limit - used(problem, priced.chosen))[rows] / (unit * scales.gain)
    gains = _gains(problem, columns.options) - _gains(problem, priced.chosen[columns.customers])
    matrix, several = _matrix(problem, scales, priced.chosen, rows, columns)
    count = len(gains)
    upper = np.concatenate([np.ones(count), np.where(is_bounded, np.inf, 0), np.full(len(rows), np.inf)])
    result = linprog(
        np.concatenate([-gains / scales.gain, most, -least]),
        A_ub=matrix,
        b_ub=np.concatenate([left, np.ones(several)]),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs-ds",
    )
    if result.x is None:
        raise ArithmeticError(f"HiGHS did not solve the relaxation: {result.message}")
    multipliers = np.zeros(len(reach))
    multipliers[rows] = np.maximum(-result.ineqlin.marginals[: len(rows)], 0) / unit
    beyond = result.x[count:].reshape(2, len(rows)) > WHOLE_NUMBER
    at_edge = np.zeros(len(reach), bool)
    at_edge[rows] = beyond[0] | (beyond[1] & (least > 0))
    return _Solved(multipliers, _applied(priced.chosen, columns, result.x[:count]), at_edge)


def _gains(problem: Problem, options: Places) -> Floats:
    return np.where(options == NONE, 0.0, problem.gain[options])


def _matrix(
    problem: Problem, scales: Scales, chosen: Places, rows: Places, columns: Columns
) -> tuple[csr_array, int]:
    """Of the limits, then of the customers with more than one change, whose number comes second."""
    count = len(columns.options)
    entries = [*_entries(problem, columns, columns.options, 1)]
    entries += _entries(problem, columns, chosen[columns.customers], -1)
    row, column, value = (np.concatenate(arrays) for arrays in zip(*entries, strict=True))
    value = np.where(row == BUDGET, value / scales.cost, value)
    changes = csr_array(coo_array((value, (row, column)), (len(problem.limit), count)))[rows]
    once = _once(columns.customers)
    edges = [-eye_array(len(rows)), eye_array(len(rows))]
    blocks = [[changes, *edges], [once, None, None]]
    return csr_array(block_array(blocks if once.shape[0] else blocks[:1])), once.shape[0]


def _once(customers: Places) -> csr_array:
    """A row for each customer with several columns; a customer's columns stand together."""
    starts = np.flatnonzero(np.diff(customers, prepend=NONE))
    counts = np.diff(np.append(starts, len(customers)))
    rank = np.where(counts > 1, np.cumsum(counts > 1) - 1, NONE)
    row = np.repeat(rank, counts)
    inside = np.flatnonzero(row != NONE)
    shape = (int((counts > 1).sum()), len(customers))
    return csr_array(coo_array((np.ones(len(inside)), (row[inside], inside)), shape))


def net_gains(problem: Problem, multipliers: Floats, columns: Columns) -> Floats:
    """What each column's option gains net of the multipliers; none of them is `NONE`."""
    tolls = multipliers[problem.group_row[columns.customers]].sum(axis=1)
    tolls += multipliers[problem.arm_row[problem.arm[columns.options]]]
    tolls += multipliers[BUDGET] * problem.cost[columns.options]
    return np.asarray(problem.gain[columns.options] - tolls)


def uses(problem: Problem, customers: Places, options: Places, row: int) -> Places:
    """How much of the row's limit each of these options uses; none of them is `NONE`."""
    if row == BUDGET:
        return problem.cost[options]
    found = (problem.arm_row[problem.arm[options]] == row).astype(np.int64)
    return found + (problem.group_row[customers] == row).sum(axis=1)


def _entries(
    problem: Problem, columns: Columns, options: Places, sign: int
) -> list[tuple[Places, Places, Floats]]:
    """Row, column and value of what these options use, a column each."""
    is_contact = options != NONE
    column = np.flatnonzero(is_contact)
    option = options[column]
    cost = sign * problem.cost[option].astype(float)
    ones = np.full(len(column), float(sign))
    found = [(np.full(len(column), BUDGET), column, cost)]
    found.append((problem.arm_row[problem.arm[option]], column, ones))
    for kind in range(problem.group_row.shape[1]):
        found.append((problem.group_row[columns.customers[column], kind], column, ones))
    return found


def _applied(chosen: Places, columns: Columns, shares: Floats) -> Places:
    """The best options with the changes that are whole; of a split customer none."""
    found = chosen.copy()
    is_split = (shares > WHOLE_NUMBER) & (shares < 1 - WHOLE_NUMBER)
    found[columns.customers[is_split]] = NONE
    is_whole = shares >= 1 - WHOLE_NUMBER
    found[columns.customers[is_whole]] = columns.options[is_whole]
    return found
