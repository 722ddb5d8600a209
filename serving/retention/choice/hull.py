"""The gain at every budget where there are no capacities: exact, in one sort of all steps.

Of each customer the upper hull of gain over cost is a row of steps, each dearer by the fen than
the one before; taken over all customers by gain a fen, they are the curve (Zhou, Athey and Wager
2023, "Qini curves for multi-armed treatment rules").
"""

from __future__ import annotations

import numpy as np

from serving.retention.choice.pricing import over
from serving.retention.choice.problem import Floats, Places, Problem
from training.explainer.jit import compiled as jit

SOME = 1_000  # slopes, whose middle divides the others


def steps(problem: Problem) -> tuple[Floats, Floats]:
    """Spend and gain after each step from nothing on, in fen; both begin with 0 and rise."""
    costs, gains, slopes = _steps(problem)
    order = np.argsort(-slopes, kind="stable")
    return _summed(costs[order]), _summed(gains[order])


def slope_at(problem: Problem, budget: float) -> float:
    """The gain a fen of the step that no longer fits into the budget whole; 0 after the last."""
    costs, _, slopes = _steps(problem)
    while len(slopes):  # a search for the place, without sorting all
        some = np.sort(slopes[:: len(slopes) // SOME + 1])
        middle = some[len(some) // 2]
        above, below = slopes > middle, slopes < middle
        spend, spend_with_middle = costs[above].sum(), costs[~below].sum()
        if spend <= budget < spend_with_middle:
            return float(middle)
        kept = above if spend > budget else below
        budget -= 0 if spend > budget else spend_with_middle
        costs, slopes = costs[kept], slopes[kept]
    return 0.0


def _steps(problem: Problem) -> tuple[Places, Floats, Floats]:
    """Cost, gain and gain a fen of each step, a customer's together."""
    cost, gain = np.empty_like(problem.cost), np.empty_like(problem.gain)
    first = problem.first

    def span(start: int, end: int) -> tuple[Places, Floats]:
        here = slice(first[start], first[end])
        count = _hulls(problem, start, end, cost[here], gain[here])
        return cost[here][:count], gain[here][:count]

    spans = zip(*over(len(first) - 1, span), strict=True)
    costs, gains = (np.concatenate(parts) for parts in spans)
    slopes = np.full(len(costs), np.inf)
    np.divide(gains, costs, out=slopes, where=costs > 0)
    return costs, gains, slopes


def _summed(values: Floats | Places) -> Floats:
    found = np.zeros(len(values) + 1)
    np.cumsum(values, out=found[1:])
    return found


@jit
def _hulls(problem: Problem, start: int, end: int, costs: Places, gains: Floats) -> int:
    """Write the steps of these customers' hulls; returns how many there are."""
    longest = 0
    for customer in range(start, end):
        longest = max(longest, problem.first[customer + 1] - problem.first[customer])
    rank = np.zeros(longest, np.int64)
    cost, gain = np.zeros(longest + 1, np.int64), np.zeros(longest + 1)
    count = 0
    for customer in range(start, end):
        known = _by_cost(problem, customer, rank)
        corners = 1  # the first is (0, 0): not contacted
        for option in rank[:known]:
            new_cost, new_gain = problem.cost[option], problem.gain[option]
            if new_gain <= gain[corners - 1]:
                continue
            if corners > 1 and new_cost == cost[corners - 1]:
                corners -= 1
            while corners > 1 and (new_gain - gain[corners - 1]) * (
                cost[corners - 1] - cost[corners - 2]
            ) >= (gain[corners - 1] - gain[corners - 2]) * (new_cost - cost[corners - 1]):
                corners -= 1
            cost[corners], gain[corners] = new_cost, new_gain
            corners += 1
        for corner in range(1, corners):
            costs[count] = cost[corner] - cost[corner - 1]
            gains[count] = gain[corner] - gain[corner - 1]
            count += 1
    return count


@jit
def _by_cost(problem: Problem, customer: int, rank: Places) -> int:
    """Write the customer's options that gain into `rank`, the cheapest first; how many they are."""
    count = 0
    for option in range(problem.first[customer], problem.first[customer + 1]):
        if problem.gain[option] > 0:
            place = count
            while place > 0 and problem.cost[rank[place - 1]] > problem.cost[option]:
                rank[place] = rank[place - 1]
                place -= 1
            rank[place] = option
            count += 1
    return count
