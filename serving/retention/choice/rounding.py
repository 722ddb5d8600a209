"""From the relaxation to a choice of whole customers that keeps to every limit.

Split customers are dropped, what the limits leave is filled in the order of the least loss against
the bound, and where it matters HiGHS searches for a better choice among the nearest options.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from serving.retention.choice.linear import EVERYWHERE, Columns, net_gains, uses
from serving.retention.choice.pricing import NONE, Priced, all_near, fill, fingerprints, near, used
from serving.retention.choice.problem import BUDGET, Floats, Places, Problem
from serving.retention.choice.relaxation import MAX_HALVINGS, Relaxed

MAX_OPTIONS = 200_000  # tried in filling
MAX_SEARCHED = 1_500  # options in HiGHS's search
MAX_NODES = 1_000  # of its tree, so that a list does not depend on the machine's speed
SMALL_GAP = 1e-5  # of the bound: below, a search is not made
FEW = 1_000  # customers: up to here the best choice is searched, however small the gap

_searching = threading.Lock()


def rounded(problem: Problem, relaxed: Relaxed) -> Places:
    """The option of each customer, -1 for none."""
    chosen = relaxed.chosen.copy()
    _drop(problem, relaxed.priced, chosen)
    columns, loss = _by_loss(problem, relaxed)
    left = problem.limit - used(problem, chosen)
    contacts = _ordered(columns, np.flatnonzero(columns.options != NONE))
    while fill(problem, chosen, *contacts, left):
        pass
    return _searched(problem, relaxed.priced, chosen, columns, loss)


def _drop(problem: Problem, priced: Priced, chosen: Places) -> None:
    """End contacts of the least net gain until all limits hold."""
    for row in np.flatnonzero(used(problem, chosen) > problem.limit):
        customers = np.flatnonzero(chosen != NONE)
        cost = uses(problem, customers, chosen[customers], int(row))
        customers, cost = customers[cost > 0], cost[cost > 0]
        order = np.lexsort((fingerprints(problem, customers), priced.net[customers]))
        excess = used(problem, chosen)[row] - problem.limit[row]
        enough = np.searchsorted(np.cumsum(cost[order]), excess) + 1
        if excess > 0:
            chosen[customers[order[:enough]]] = NONE


def _by_loss(problem: Problem, relaxed: Relaxed) -> tuple[Columns, Floats]:
    """The options that lose least against the bound, and how much each loses."""
    priced = relaxed.priced
    reach = np.full(len(problem.limit), EVERYWHERE)
    if len(problem.gain) > MAX_OPTIONS:
        reach = priced.multipliers * (2 * MAX_OPTIONS / len(problem.gain))
    found = None
    for _ in range(MAX_HALVINGS):
        found = found or near(problem, priced, reach, MAX_OPTIONS)
        reach = reach / 2
    found = found or all_near(problem, priced, reach)
    dropped = np.flatnonzero(relaxed.chosen != priced.chosen)
    dropped = dropped[np.argsort(fingerprints(problem, dropped), kind="stable")]
    customers = np.concatenate([dropped, found[0]])
    options = np.concatenate([priced.chosen[dropped], found[1]])
    columns = Columns(customers, options)
    loss = priced.net[customers] - net_gains(problem, priced.multipliers, columns)
    order = np.argsort(loss, kind="stable")
    return _ordered(columns, order), loss[order]


def _ordered(columns: Columns, order: Places) -> Columns:
    return Columns(columns.customers[order], columns.options[order])


def _searched(
    problem: Problem, priced: Priced, chosen: Places, columns: Columns, loss: Floats
) -> Places:
    """The best choice among the options of least loss, the other customers as they are."""
    gain = _gain(problem, chosen)
    gap = priced.bound_fen - gain
    count = int(np.searchsorted(loss, gap, side="right"))
    if gap <= (0 if len(chosen) <= FEW else SMALL_GAP * priced.bound_fen):
        return chosen
    count = min(count, MAX_SEARCHED)
    own = _first_of_each(columns.customers[:count])
    whose = np.concatenate([columns.customers[:count], own, own])
    options = np.concatenate([columns.options[:count], chosen[own], priced.chosen[own]])
    tried = Columns(whose[options != NONE], options[options != NONE])
    unique = np.sort(np.unique(tried.options, return_index=True)[1])
    tried = _ordered(tried, unique)
    others = chosen.copy()
    others[own] = NONE
    if not len(tried.options):
        return chosen
    taken = _best(problem, tried, problem.limit - used(problem, others))
    others[tried.customers[taken]] = tried.options[taken]
    is_better = _gain(problem, others) > gain
    return others if is_better and (used(problem, others) <= problem.limit).all() else chosen


def _best(problem: Problem, columns: Columns, left: Floats) -> NDArray[np.bool_]:
    """Which of the columns to take, at most one a customer, within what is left."""
    count = len(columns.options)
    rows = np.flatnonzero(np.isfinite(left))
    matrix = np.array([uses(problem, *columns, int(row)) for row in rows], float)
    unit = np.where(rows == BUDGET, problem.cost[columns.options].mean() or 1.0, 1.0)
    own = _first_of_each(columns.customers)
    once = coo_array(columns.customers == own[:, None])
    matrix = matrix.reshape(len(rows), count) / unit[:, None]
    both = csr_array(vstack([coo_array(matrix), once]))
    gains = problem.gain[columns.options]
    with _standard_output_kept():
        result = milp(
            -gains / gains.mean(),
            integrality=np.ones(count),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(both, ub=np.append(left[rows] / unit, np.ones(len(own)))),
            options={"mip_rel_gap": 0.0, "node_limit": MAX_NODES},
        )
    return np.zeros(count, bool) if result.x is None else result.x > 0.5


@contextmanager
def _standard_output_kept() -> Iterator[None]:
    """HiGHS's search prints some lines whatever its options say; they go to standard error."""
    with _searching:  # two at once would restore each other's
        sys.stdout.flush()
        kept = os.dup(1)
        try:
            os.dup2(2, 1)
            yield
        finally:
            ctypes.CDLL(None).fflush(None)
            os.dup2(kept, 1)
            os.close(kept)


def _first_of_each(customers: Places) -> Places:
    """The customers, each once, in the order in which they come first."""
    return customers[np.sort(np.unique(customers, return_index=True)[1])]


def _gain(problem: Problem, chosen: Places) -> float:
    return float(problem.gain[chosen[chosen != NONE]].sum())
