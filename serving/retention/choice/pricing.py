"""The loops over all options: what each customer would have at given prices of the limits.

With a multiplier of at least 0 for each limit, the limits' values plus each customer's largest
gain net of multipliers is an upper bound of the gain of any choice (the Lagrangian dual).

All of it stands in one file, because Numba's store on disk notices changes of a file, not of
what the file calls. All work runs over spans of customers, a thread each.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.cores import cores
from serving.retention.choice.problem import Floats, Places, Problem
from training.explainer.jit import compiled as jit

NONE = -1  # the customer is not contacted
ROWS_ALONE = 50_000  # customers; fewer are not spread over threads


class Priced:
    """Each customer's best option at some multipliers, -1 for none, and its net gain."""

    def __init__(self, problem: Problem, multipliers: Floats) -> None:
        customers = len(problem.first) - 1
        self.multipliers = multipliers
        self.chosen = np.empty(customers, np.int64)
        self.net = np.empty(customers)

        def span(start: int, end: int) -> None:
            _price(problem, multipliers, start, end, self.chosen, self.net)

        over(customers, span)
        bound = multipliers > 0  # 0 times no limit is not a number
        self.bound_fen = float(multipliers[bound] @ problem.limit[bound] + self.net.sum())


def over(customers: int, span: Callable[[int, int], object]) -> list[Any]:
    """What `span` returns for each span of the customers, a thread each where they are many."""
    threads = 1 if customers < ROWS_ALONE else cores()
    edges = np.linspace(0, customers, threads + 1).astype(int).tolist()
    spans = list(pairwise(edges))
    if threads == 1:
        return [span(*spans[0])]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda one: span(*one), spans))


def used(problem: Problem, chosen: Places) -> Places:
    """How much of each row's limit the chosen options use."""
    return np.asarray(_used(problem, chosen))


def near(
    problem: Problem, priced: Priced, reach: Floats, most: int
) -> tuple[Places, Places] | None:
    """Customers and options that may be better than the customer's best within reach.

    That is, for some multipliers not further from the priced ones than `reach`, by row.
    `NONE` is an option too. The order depends on what customers have, not on where they stand.
    None where there are more than `most`.
    """
    customers, options = np.empty(most, np.int64), np.empty(most, np.int64)
    count = _near(problem, priced.multipliers, reach, priced.chosen, priced.net, customers, options)
    if count > most:
        return None
    customers, options = customers[:count], options[:count]
    ranks = fingerprints(problem, customers)
    own = np.where(options == NONE, NONE, options - problem.first[customers])
    order = np.lexsort((own, customers, ranks))
    return customers[order], options[order]


def all_near(problem: Problem, priced: Priced, reach: Floats) -> tuple[Places, Places]:
    """As `near`, however many there are."""
    found = near(problem, priced, reach, len(problem.gain) + len(priced.chosen))
    assert found is not None
    return found


def fill(problem: Problem, chosen: Places, customers: Places, options: Places, left: Floats) -> int:
    """Change `chosen` to each of the options that brings more and fits into what is `left`.

    In their order; `left`, by row, is what remains. Returns how many were changed.
    """
    return int(_fill(problem, chosen, customers, options, left))


def fingerprints(problem: Problem, customers: Places) -> NDArray[np.uint64]:
    """A number of what each of the customers has: an order that does not depend on their places."""
    return np.asarray(_fingerprints(problem, customers))


@jit
def _price(
    problem: Problem, multipliers: Floats, start: int, end: int, chosen: Places, net: Floats
) -> None:
    for customer in range(start, end):
        toll = 0.0
        for kind in range(problem.group_row.shape[1]):
            toll += multipliers[problem.group_row[customer, kind]]
        best, largest = -1, 0.0
        for option in range(problem.first[customer], problem.first[customer + 1]):
            if problem.gain[option] > 0:
                here = _net(problem, multipliers, option, toll)
                if here > largest:
                    best, largest = option, here
        chosen[customer], net[customer] = best, largest


@jit
def _used(problem: Problem, chosen: Places) -> Places:
    found = np.zeros(len(problem.limit), np.int64)
    for customer in range(len(chosen)):
        option = chosen[customer]
        if option >= 0:
            found[0] += problem.cost[option]
            found[problem.arm_row[problem.arm[option]]] += 1
            for kind in range(problem.group_row.shape[1]):
                found[problem.group_row[customer, kind]] += 1
    return found


@jit
def _near(
    problem: Problem,
    multipliers: Floats,
    reach: Floats,
    chosen: Places,
    net: Floats,
    customers: Places,
    options: Places,
) -> int:
    count = 0
    for customer in range(len(chosen)):
        toll, toll_reach = 0.0, 0.0
        for kind in range(problem.group_row.shape[1]):
            toll += multipliers[problem.group_row[customer, kind]]
            toll_reach += reach[problem.group_row[customer, kind]]
        best = chosen[customer]
        first = problem.first[customer]
        for place in range(first - 1, problem.first[customer + 1]):
            option = place if place >= first else -1
            if option == best or (option >= 0 and not problem.gain[option] > 0):
                continue
            here = _net(problem, multipliers, option, toll) if option >= 0 else 0.0
            if net[customer] - here <= _change(problem, reach, best, option, toll_reach):
                if count < len(customers):
                    customers[count], options[count] = customer, option
                count += 1
    return count


@jit
def _net(problem: Problem, multipliers: Floats, option: int, toll: float) -> float:
    """What the option gains net of the multipliers; `toll` is those of the customer's groups."""
    tolls = multipliers[0] * problem.cost[option] + toll
    tolls += multipliers[problem.arm_row[problem.arm[option]]]
    return float(problem.gain[option] - tolls)


@jit
def _change(problem: Problem, reach: Floats, one: int, other: int, toll_reach: float) -> float:
    """How far the net gains of two options can move against each other; one may be none."""
    if one < 0 or other < 0:
        contact = max(one, other)
        row = problem.arm_row[problem.arm[contact]]
        return float(reach[0] * problem.cost[contact] + reach[row] + toll_reach)
    change = reach[0] * abs(problem.cost[one] - problem.cost[other])
    row, other_row = problem.arm_row[problem.arm[one]], problem.arm_row[problem.arm[other]]
    return float(change if row == other_row else change + reach[row] + reach[other_row])


@jit
def _fill(
    problem: Problem, chosen: Places, customers: Places, options: Places, left: Floats
) -> int:
    count = 0
    for place in range(len(customers)):
        customer, option = customers[place], options[place]
        now = chosen[customer]
        if problem.gain[option] <= (problem.gain[now] if now >= 0 else 0.0):
            continue
        row, row_now = problem.arm_row[problem.arm[option]], -1
        cost = problem.cost[option]
        if now >= 0:
            cost -= problem.cost[now]
            row_now = problem.arm_row[problem.arm[now]]
        fits = cost <= max(left[0], 0) and (row == row_now or left[row] >= 1)
        if now < 0:
            for kind in range(problem.group_row.shape[1]):
                fits = fits and left[problem.group_row[customer, kind]] >= 1
        if fits:
            chosen[customer] = option
            left[0] -= cost
            left[row] -= 1
            if now >= 0:
                left[row_now] += 1
            else:
                for kind in range(problem.group_row.shape[1]):
                    left[problem.group_row[customer, kind]] -= 1
            count += 1
    return count


@jit
def _mixed(value: np.uint64, other: np.uint64) -> np.uint64:
    """The finaliser of splitmix64 over both."""
    value = (value ^ other) + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@jit
def _fingerprints(problem: Problem, customers: Places) -> NDArray[np.uint64]:
    found = np.zeros(len(customers), np.uint64)
    bits = problem.gain.view(np.uint64)
    for place in range(len(customers)):
        customer = customers[place]
        value = np.uint64(0)
        for kind in range(problem.group_row.shape[1]):
            value = _mixed(value, np.uint64(problem.group_row[customer, kind]))
        for option in range(problem.first[customer], problem.first[customer + 1]):
            value = _mixed(value, bits[option])
            value = _mixed(value, np.uint64(problem.cost[option]))
            value = _mixed(value, np.uint64(problem.arm[option]))
        found[place] = value
    return found
