"""From the relaxation to a choice of whole customers that keeps to every limit.

Split customers are dropped, what the limits leave is filled in the order of the least loss against
the bound, and where few options remain that could be part of a better choice, HiGHS looks through
all of them.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from serving.retention.choice.pricing import NONE, Priced, fill, near, used
from serving.retention.choice.problem import BUDGET, Floats, Places, Problem
from serving.retention.choice.relaxation import EVERYWHERE, Columns, Relaxed, uses

MAX_OPTIONS = 200_000  # tried in filling
MAX_SEARCHED = 1_500  # options in HiGHS's search
MAX_NODES = 3_000  # of its tree, so that a list does not depend on the machine's speed
SMALL_GAP = 1e-6  # of the bound: below, only a search that is complete is made


def rounded(problem: Problem, relaxed: Relaxed) -> Places:
    """The option of each customer, -1 for none."""
    chosen = relaxed.chosen.copy()
    _drop(problem, relaxed.priced, chosen)
    columns, loss = _by_loss(problem, relaxed)
    left = problem.limit - used(problem, chosen)
    while fill(problem, chosen, columns.customers, columns.options, left):
        pass
    return _searched(problem, relaxed.priced, chosen, columns, loss)


def _drop(problem: Problem, priced: Priced, chosen: Places) -> None:
    """End contacts of the least net gain until all limits hold."""
    for row in np.flatnonzero(used(problem, chosen) > problem.limit):
        customers = np.flatnonzero(chosen != NONE)
        cost = uses(problem, customers, chosen[customers], int(row))
        own = np.flatnonzero(cost > 0)
        order = own[np.argsort(priced.net[customers[own]], kind="stable")]
        excess = used(problem, chosen)[row] - problem.limit[row]
        enough = np.searchsorted(np.cumsum(cost[order]), excess) + 1
        if excess > 0:
            chosen[customers[order[:enough]]] = NONE


def _by_loss(problem: Problem, relaxed: Relaxed) -> tuple[Columns, Floats]:
    """The options that lose least against the bound, and how much each loses."""
    priced = relaxed.priced
    reach = np.full(len(problem.limit), EVERYWHERE)
    found = near(problem, priced, reach, MAX_OPTIONS)
    reach = np.where(priced.multipliers > 0, priced.multipliers, 0)
    while found is None:
        found = near(problem, priced, reach, MAX_OPTIONS)
        reach = reach / 2
    dropped = np.flatnonzero(relaxed.chosen != priced.chosen)
    customers = np.concatenate([dropped, found[0]])
    options = np.concatenate([priced.chosen[dropped], found[1]])
    customers, options = customers[options != NONE], options[options != NONE]
    net = problem.gain[options].copy()
    for row in np.flatnonzero(priced.multipliers):
        net -= priced.multipliers[row] * uses(problem, customers, options, int(row))
    loss = priced.net[customers] - net
    order = np.argsort(loss, kind="stable")
    return Columns(customers[order], options[order]), loss[order]


def _searched(
    problem: Problem, priced: Priced, chosen: Places, columns: Columns, loss: Floats
) -> Places:
    """The best choice among the options of least loss, the other customers as they are."""
    gain = _gain(problem, chosen)
    gap = priced.bound_fen - gain
    count = int(np.searchsorted(loss, gap, side="right"))
    if gap <= 0 or (count > MAX_SEARCHED and gap <= SMALL_GAP * priced.bound_fen):
        return chosen
    count = min(count, MAX_SEARCHED)
    customers = np.unique(columns.customers[:count])
    own = chosen[customers]
    options = np.concatenate([columns.options[:count], own, priced.chosen[customers]])
    whose = np.concatenate([columns.customers[:count], customers, customers])
    options, first = np.unique(options, return_index=True)
    whose = whose[first][options != NONE]
    options = options[options != NONE]
    others = chosen.copy()
    others[customers] = NONE
    shares = _best(problem, Columns(whose, options), problem.limit - used(problem, others))
    others[whose[shares]] = options[shares]
    is_better = _gain(problem, others) > gain
    return others if is_better and (used(problem, others) <= problem.limit).all() else chosen


def _best(problem: Problem, columns: Columns, left: Floats) -> np.ndarray:
    """Which of the columns to take, at most one a customer, within what is left."""
    count = len(columns.options)
    rows = np.flatnonzero(np.isfinite(left))
    matrix = [uses(problem, *columns, int(row)) for row in rows]
    unit = np.where(rows == BUDGET, problem.cost[columns.options].mean() or 1.0, 1.0)
    number = np.unique(columns.customers, return_inverse=True)[1]
    once = coo_array((np.ones(count), (number, np.arange(count))))
    both = csr_array(vstack([coo_array(np.array(matrix).reshape(len(rows), count) / unit[:, None]), once]))
    gains = problem.gain[columns.options]
    result = milp(
        -gains / gains.mean(),
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(both, ub=np.append(left[rows] / unit, np.ones(number.max() + 1))),
        options={"mip_rel_gap": 0.0, "node_limit": MAX_NODES},
    )
    return np.zeros(count, bool) if result.x is None else result.x > 0.5


def _gain(problem: Problem, chosen: Places) -> float:
    return float(problem.gain[chosen[chosen != NONE]].sum())
