"""Policies of contact: for each customer the probability of each arm, within a budget.

A policy sees covariates, scores and costs, never an outcome of the rows it decides about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics.logistic import Floats

NOBODY, RANDOM = "nobody", "random"
EVERYBODY = "everybody"
BY_RISK, BY_UPLIFT, IN_MONEY = "by_risk", "by_uplift", "by_uplift_in_money"
DO_NOT_DISTURB = "do_not_disturb"
LEARNED = (BY_UPLIFT, DO_NOT_DISTURB, IN_MONEY)  # the others need no model of effects
STEPS = 50  # of halving, when the price of the budget is searched


@dataclass(frozen=True)
class Customers:
    """What the policies see of n customers.

    `effect`: (n, arms) expected change of the outcome; `gain`: of the money, the arm's cost taken
    off. `cost`: (n, arms). `allowed`: (n, arms), the control always. `scores`: further scores by
    name, (n,) to rank by or (n, arms) expected gains. `budget`: money for all n, or None.
    """

    effect: Floats
    gain: Floats
    cost: Floats
    allowed: NDArray[np.bool_]
    scores: Mapping[str, Floats]
    budget: float | None


@dataclass(frozen=True)
class Ranking:
    """Whom a rule reaches first, with which arm, and down to which share of the customers."""

    score: Floats
    arm: NDArray[np.intp]
    share: float


def untouched(customers: Customers) -> Floats:
    """Every customer as the control."""
    shares = np.zeros(customers.cost.shape)
    shares[:, 0] = 1
    return shares


def at_random(customers: Customers, arms: list[int], *, with_control: bool) -> Floats:
    """Each of `arms` with the same probability, as large as the budget permits.

    `with_control`: the control is one of the arms that are drawn.
    """
    open_arms = np.zeros(customers.cost.shape)
    open_arms[:, arms] = customers.allowed[:, arms]
    count = open_arms.sum(axis=1, keepdims=True) + with_control
    shares: Floats = open_arms / np.maximum(count, 1)
    spent = float((shares * customers.cost).sum())
    if customers.budget is not None and spent > customers.budget:
        shares *= customers.budget / spent
    shares[:, 0] = 1 - shares[:, 1:].sum(axis=1)
    return shares


def ranked(customers: Customers, ranking: Ranking) -> Floats:
    """The best by score, down to the share, each with their arm, as long as the budget lasts."""
    rows = np.arange(len(ranking.score))
    reached = customers.allowed[rows, ranking.arm] & (ranking.arm > 0)
    order = np.argsort(-ranking.score, kind="stable")
    order = order[reached[order]][: round(ranking.share * len(rows))]
    if customers.budget is not None:
        spent = np.cumsum(customers.cost[order, ranking.arm[order]])
        order = order[spent <= customers.budget]
    return _given(customers, order, ranking.arm)


def best_arm(customers: Customers, gain: Floats) -> NDArray[np.intp]:
    """(n,) the allowed arm other than the control that gains most; 0 where none is allowed."""
    open_gain = np.where(customers.allowed[:, 1:], gain[:, 1:], -np.inf)
    best = open_gain.argmax(axis=1) + 1
    return np.where(np.isfinite(open_gain.max(axis=1)), best, 0)


def most_gain(customers: Customers, gain: Floats) -> Floats:
    """Each the arm of the greatest gain above 0, at a price of money that keeps the budget.

    The price is the multiplier of the budget (Lagrange): an arm counts by gain less price x cost.
    Where customers are equal at that price, so many of them by lot that the budget is used up.
    """
    chosen = _at_price(customers, gain, 0.0)
    if customers.budget is None or _spent(customers, chosen) <= customers.budget:
        return _given(customers, np.flatnonzero(chosen), chosen)
    low, high = 0.0, _highest_price(customers, gain)
    for _ in range(STEPS):
        middle = (low + high) / 2
        over = _spent(customers, _at_price(customers, gain, middle)) > customers.budget
        low, high = (middle, high) if over else (low, middle)
    more, less = (_at_price(customers, gain, price) for price in (low, high))
    spent = _spent(customers, less)
    share = (customers.budget - spent) / (_spent(customers, more) - spent)
    given = [_given(customers, np.flatnonzero(arm), arm) for arm in (more, less)]
    return share * given[0] + (1 - share) * given[1]


def _at_price(customers: Customers, gain: Floats, price: float) -> NDArray[np.intp]:
    net = np.where(customers.allowed, gain - price * customers.cost, -np.inf)
    net[:, 0] = 0
    best: NDArray[np.intp] = net.argmax(axis=1)
    return best


def _spent(customers: Customers, arm: NDArray[np.intp]) -> float:
    return float(customers.cost[np.arange(len(arm)), arm].sum())


def _highest_price(customers: Customers, gain: Floats) -> float:
    """A price at which nothing is bought that costs anything."""
    costly = customers.cost > 0
    return float((gain[costly] / customers.cost[costly]).max(initial=0)) + 1


def _given(customers: Customers, rows: NDArray[np.intp], arm: NDArray[np.intp]) -> Floats:
    shares = untouched(customers)
    shares[rows, 0] = 0
    shares[rows, arm[rows]] = 1
    return shares
