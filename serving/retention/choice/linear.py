"""The relaxation inside a box around multipliers, as HiGHS gets it.

A column changes one customer's best option, or a part of the customer; a row is a limit, or says
that a customer is changed once at most.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, csr_array, eye_array

from serving.retention.choice.pricing import NONE, Priced, used
from serving.retention.choice.problem import BUDGET, Floats, Places, Problem

EVERYWHERE = 1e300  # a reach beyond all multipliers
UNBOUNDED = 1e100  # from here on the box has no upper edge
WHOLE_NUMBER = 1e-6  # so close to 0 or 1 a share is one
MAX_ITERATIONS = 1_000_000  # of the simplex method
SOLVED = 0  # SciPy's status


class Columns(NamedTuple):
    """Changes from customers' best options that the linear program may make."""

    customers: Places
    options: Places


class Scales(NamedTuple):
    """An ordinary gain and an ordinary cost: HiGHS likes numbers near 1."""

    gain: float
    cost: float


class Solved(NamedTuple):
    multipliers: Floats
    chosen: Places
    at_edge: NDArray[np.bool_]  # rows whose multiplier would go beyond the box


def solve(
    problem: Problem, scales: Scales, priced: Priced, reach: Floats, columns: Columns
) -> Solved | None:
    """The relaxation inside the box; None where HiGHS gives up.

    Beside the changes it has two columns a row: what lies above the limit is paid for at the
    box's upper edge, what lies below is sold at its lower edge.
    """
    rows = np.flatnonzero(reach > 0)
    unit = np.where(rows == BUDGET, scales.cost, 1.0) / scales.gain
    least = np.maximum((priced.multipliers - reach)[rows], 0) * unit
    is_bounded = reach[rows] < UNBOUNDED
    most = np.where(is_bounded, (priced.multipliers + reach)[rows] * unit, 0.0)
    left = (problem.limit - used(problem, priced.chosen))[rows] / (unit * scales.gain)
    gains = _gains(problem, columns.options) - _gains(problem, priced.chosen[columns.customers])
    matrix, several = _matrix(problem, scales, priced.chosen, rows, columns)
    count = len(gains)
    beside = [np.where(is_bounded, np.inf, 0), np.full(len(rows), np.inf)]
    upper = np.concatenate([np.ones(count), *beside])
    result = linprog(
        np.concatenate([-gains / scales.gain, most, -least]),
        A_ub=matrix,
        b_ub=np.concatenate([left, np.ones(several)]),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs-ds",
        options={"maxiter": MAX_ITERATIONS},
    )
    if result.status != SOLVED:
        return None
    multipliers = np.zeros(len(reach))
    multipliers[rows] = np.maximum(-result.ineqlin.marginals[: len(rows)], 0) / unit
    beyond = result.x[count:].reshape(2, len(rows)) > WHOLE_NUMBER
    at_edge = np.zeros(len(reach), bool)
    at_edge[rows] = beyond[0] | (beyond[1] & (least > 0))
    return Solved(multipliers, _applied(priced.chosen, columns, result.x[:count]), at_edge)


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
    """What each column's option gains net of the multipliers."""
    tolls = multipliers[problem.group_row[columns.customers]].sum(axis=1)
    tolls += multipliers[problem.arm_row[problem.arm[columns.options]]]
    tolls += multipliers[BUDGET] * problem.cost[columns.options]
    return np.where(columns.options == NONE, 0.0, problem.gain[columns.options] - tolls)


def uses(problem: Problem, customers: Places, options: Places, row: int) -> Places:
    """How much of the row's limit each of these options uses; none of them is `NONE`."""
    if row == BUDGET:
        return problem.cost[options]
    found = (problem.arm_row[problem.arm[options]] == row).astype(np.int64)
    return np.asarray(found + (problem.group_row[customers] == row).sum(axis=1))


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
