"""The choice beside all choices there are, and the laws that every choice keeps."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from serving.retention.choice import Choice, Limits, Options, choose
from tests.serving.retention.choice.cases import (
    ARMS,
    Case,
    cases,
    operator,
    shuffled,
    usage_holds,
)


def best_of_all(options: Options, limits: Limits) -> float:
    """The largest gain of any choice, found by trying all of them."""
    own = [np.flatnonzero(options.customer == one).tolist() for one in range(options.customers)]
    best = 0.0
    for places in product(*[[None, *places] for places in own]):
        place = np.array([one for one in places if one is not None], int)
        if options.gain_fen[place].sum() > best and usage_holds(options, limits, place):
            best = float(options.gain_fen[place].sum())
    return best


def bound_of(options: Options, limits: Limits, choice: Choice) -> float:
    """The bound that the multipliers prove, option by option."""
    multipliers = choice.multipliers
    bound = multipliers.budget * (limits.budget_fen or 0)
    bound += sum(multipliers.channels[name] * most for name, most in limits.channels.items())
    for kind, by_code in limits.groups.items():
        bound += sum(multipliers.groups[kind][code] * most for code, most in by_code.items())
    net = [0.0] * options.customers
    for customer, arm, gain, cost in zip(
        options.customer, options.arm, options.gain_fen, options.cost_fen, strict=True
    ):
        here = gain - multipliers.budget * cost
        here -= multipliers.channels.get(options.arms[arm].channel, 0.0)
        for kind, codes in multipliers.groups.items():
            here -= codes.get(int(options.groups[kind][customer]), 0.0)
        net[customer] = max(net[customer], here)
    return float(bound + sum(net))


def bound_of_many(options: Options, choice: Choice, limits: Limits) -> float:
    """As `bound_of`, a column at a time."""
    multipliers = choice.multipliers
    bound = multipliers.budget * (limits.budget_fen or 0)
    net = options.gain_fen - multipliers.budget * options.cost_fen
    for name, most in limits.channels.items():
        bound += multipliers.channels[name] * most
        own = [arm.channel == name for arm in options.arms]
        net -= multipliers.channels[name] * np.array(own)[options.arm]
    for kind, by_code in limits.groups.items():
        tolls = np.zeros(max(by_code) + 2)  # the last is of those without a group, code -1
        for code, most in by_code.items():
            tolls[code] = multipliers.groups[kind][code]
            bound += tolls[code] * most
        codes = options.groups[kind]
        net -= tolls[np.where(codes < len(tolls) - 1, codes, -1)][options.customer]
    best = np.zeros(options.customers)
    np.maximum.at(best, options.customer, net)
    return float(bound + best.sum())


def searched(options: Options, limits: Limits) -> float:
    """The largest gain by HiGHS's search over all options and limits, written out whole."""
    count = len(options.gain_fen)
    channels = np.array([options.arms[arm].channel for arm in options.arm])
    rows = [(options.cost_fen.astype(float), limits.budget_fen)]
    rows += [((channels == name).astype(float), most) for name, most in limits.channels.items()]
    rows += [
        ((options.groups[kind][options.customer] == code).astype(float), most)
        for kind, by_code in limits.groups.items()
        for code, most in by_code.items()
    ]
    rows += [((options.customer == one).astype(float), 1) for one in range(options.customers)]
    matrix, upper = np.array([row for row, _ in rows]), [most for _, most in rows]
    result = milp(
        -options.gain_fen,
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, ub=upper),
        options={"mip_rel_gap": 0.0},
    )
    return float(-result.fun)


@given(cases())
@settings(max_examples=150, deadline=None)
def test_a_small_choice_is_the_best_of_all_and_below_the_bound(case: Case) -> None:
    choice, best = choose(*case), best_of_all(*case)
    assert usage_holds(*case, choice.place)
    assert choice.gain_fen == pytest.approx(best, abs=1e-9)
    assert choice.bound_fen >= best - 1e-9 * (1 + best)
    assert bound_of(*case, choice) == pytest.approx(choice.bound_fen, rel=1e-9, abs=1e-6)


@given(cases(), st.integers(0, 30), st.integers(0, 1))
@settings(max_examples=60, deadline=None)
def test_more_of_a_limit_never_lowers_the_bound(case: Case, more: int, kind: int) -> None:
    options, limits = case
    if kind and limits.channels:
        looser = replace(limits, channels={k: v + more for k, v in limits.channels.items()})
    else:
        budget = None if limits.budget_fen is None else limits.budget_fen + more
        looser = replace(limits, budget_fen=budget)
    before, after = choose(options, limits), choose(options, looser)
    assert after.bound_fen >= before.bound_fen * (1 - 1e-9) - 1e-6
    assert after.gain_fen >= before.gain_fen - 1e-9


@given(cases(), st.integers(0, 2), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_more_options_never_lower_the_bound(case: Case, arm: int, gain: int) -> None:
    options, limits = case
    least = choose(options, limits).bound_fen
    more = Options(
        np.append(options.customer, options.customers).astype(np.int32),
        np.append(options.arm, arm).astype(np.int16),
        np.append(options.gain_fen, gain),
        np.append(options.cost_fen, 3),
        options.arms,
        {kind: np.append(codes, 0).astype(np.int32) for kind, codes in options.groups.items()},
    )
    assert choose(more, limits).bound_fen >= least * (1 - 1e-9) - 1e-6


@given(cases(most=6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_small_cases_changes_nothing(case: Case, random: object) -> None:
    options, limits = case
    order = np.arange(options.customers)
    random.shuffle(order)  # type: ignore[attr-defined]
    there, here = choose(options, limits), choose(shuffled(options, order), limits)
    assert there.gain_fen == pytest.approx(here.gain_fen, abs=1e-9)
    assert there.bound_fen == pytest.approx(here.bound_fen, rel=1e-9, abs=1e-9)


def test_the_order_of_the_customers_changes_nothing() -> None:
    options, limits = operator(3_000)
    order = np.random.default_rng(3).permutation(options.customers)
    mixed = shuffled(options, order)
    there, here = choose(options, limits), choose(mixed, limits)
    assert here.multipliers == there.multipliers

    def taken(of: Options, choice: Choice, names: np.ndarray) -> set[tuple[int, int]]:
        customers = names[of.customer[choice.place]].tolist()
        return set(zip(customers, of.arm[choice.place].tolist(), strict=True))

    assert taken(mixed, here, order) == taken(options, there, np.arange(len(order)))


def test_the_same_twice_is_the_same_choice() -> None:
    one, two = choose(*operator(3_000)), choose(*operator(3_000))
    assert np.array_equal(one.place, two.place)
    assert one.multipliers == two.multipliers


@pytest.mark.parametrize(("customers", "gap"), [(300, 2e-2), (3_000, 5e-4), (30_000, 3e-5)])
def test_the_gap_shrinks_as_the_customers_grow(customers: int, gap: float) -> None:
    options, limits = operator(customers)
    choice = choose(options, limits)
    assert usage_holds(options, limits, choice.place)
    assert (options.gain_fen[choice.place] > 0).all()
    assert 0 <= choice.gap <= gap
    assert choice.gap == pytest.approx(1 - choice.gain_fen / choice.bound_fen, abs=1e-12)
    assert choice.cost_fen == options.cost_fen[choice.place].sum()
    assert bound_of(options, limits, choice) == pytest.approx(choice.bound_fen, rel=1e-9)


@pytest.mark.parametrize("digits", [-2, -3, -4])
def test_customers_who_tie_are_chosen_as_well(digits: int) -> None:
    options, limits = operator(6_000, digits=digits)
    choice = choose(options, limits)
    assert usage_holds(options, limits, choice.place)
    assert choice.gap <= 1e-3


def test_customers_who_are_all_alike_fill_the_budget() -> None:
    count = 40_000
    options = Options.of([(one, 0, 50.0, 10) for one in range(count)], ARMS[:1])
    choice = choose(options, Limits(budget_fen=count))
    assert len(choice.place) == count // 10
    assert choice.gain_fen == choice.bound_fen
    assert choice.multipliers.budget == pytest.approx(5)


@given(st.integers(0, 10_000), st.sampled_from([40, 300, 1_100]), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_all_limits_hold_always(seed: int, customers: int, tightness: int) -> None:
    options, limits = operator(customers, seed=seed, digits=-tightness)
    limits = replace(limits, budget_fen=int(customers * 60 / (1 + tightness)))
    choice = choose(options, limits)
    assert usage_holds(options, limits, choice.place)
    assert (options.gain_fen[choice.place] > 0).all()
    assert choice.gain_fen <= choice.bound_fen


@pytest.mark.parametrize("seed", range(3))
def test_a_choice_of_some_hundreds_is_the_best_that_a_search_over_all_finds(seed: int) -> None:
    options, limits = operator(150, seed=seed, stores=5)
    assert choose(options, limits).gain_fen == pytest.approx(searched(options, limits), rel=1e-9)


@pytest.mark.slow
def test_a_million_customers_are_within_a_ten_thousandth_of_the_bound() -> None:
    options, limits = operator(1_000_000, stores=190)
    choice = choose(options, limits)
    assert choice.gap <= 1e-4
    assert usage_holds(options, limits, choice.place)
    assert bound_of_many(options, choice, limits) == pytest.approx(choice.bound_fen, rel=1e-9)


def test_without_limits_everyone_has_their_best_option() -> None:
    options = Options.of([(0, 0, 5.0, 1), (0, 1, 7.0, 9), (1, 0, -1.0, 0), (2, 2, 3.0, 4)], ARMS)
    choice = choose(options, Limits())
    assert choice.place.tolist() == [1, 3]
    assert (choice.gain_fen, choice.cost_fen, choice.gap) == (10.0, 13, 0.0)


def test_a_budget_of_nothing_takes_what_is_free() -> None:
    options = Options.of([(0, 0, 5.0, 1), (0, 1, 2.0, 0), (1, 0, 9.0, 3)], ARMS)
    choice = choose(options, Limits(budget_fen=0))
    assert choice.place.tolist() == [1]


def test_a_capacity_of_nothing_takes_no_contact() -> None:
    options = Options.of([(0, 0, 5.0, 1), (1, 0, 9.0, 3)], ARMS, {"city": [4, -1]})
    assert choose(options, Limits(channels={"call": 0})).place.tolist() == []
    choice = choose(options, Limits(groups={"city": {4: 0}}))
    assert choice.place.tolist() == [1], "a customer without a group is not limited by groups"


def test_what_only_costs_is_not_done() -> None:
    options = Options.of([(0, 0, -5.0, 1), (1, 0, 0.0, 0)], ARMS)
    choice = choose(options, Limits(budget_fen=100))
    assert (choice.place.tolist(), choice.bound_fen, choice.gap) == ([], 0.0, 0.0)


def test_no_options_is_an_empty_choice() -> None:
    choice = choose(Options.of([], ARMS), Limits(5, {"call": 1}))
    assert (choice.place.tolist(), choice.gain_fen, choice.gap) == ([], 0.0, 0.0)


def test_numba_is_not_imported_before_the_first_choice() -> None:
    program = "import sys, serving.retention.choice; print('numba' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
