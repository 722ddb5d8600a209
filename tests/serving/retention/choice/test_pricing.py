"""The kernels beside the same counted option by option."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.retention.choice import pricing
from serving.retention.choice.options import Limits, Options
from serving.retention.choice.pricing import NONE, Priced, fill, fingerprints, near, used
from serving.retention.choice.problem import Floats, Problem, numbered
from tests.serving.retention.choice.cases import ARMS, Case, cases, operator, shuffled


def net_of(problem: Problem, multipliers: Floats, customer: int, option: int) -> float:
    tolls = (
        multipliers[0] * problem.cost[option] + multipliers[problem.arm_row[problem.arm[option]]]
    )
    tolls += sum(multipliers[row] for row in problem.group_row[customer])
    return float(problem.gain[option] - tolls)


def some_multipliers(problem: Problem, seed: int) -> Floats:
    found = np.random.default_rng(seed).integers(0, 12, len(problem.limit)).astype(float)
    found[-1] = 0
    return found


@given(cases(), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_each_customer_has_the_option_of_the_largest_net_gain(case: Case, seed: int) -> None:
    problem, _ = numbered(*case)
    multipliers = some_multipliers(problem, seed)
    multipliers[~np.isfinite(problem.limit)] = 0
    priced = Priced(problem, multipliers)
    bound = multipliers[:-1] @ np.where(multipliers[:-1] > 0, problem.limit[:-1], 0)
    for customer, chosen in enumerate(priced.chosen.tolist()):
        options = range(problem.first[customer], problem.first[customer + 1])
        nets = [net_of(problem, multipliers, customer, one) for one in options]
        best = max([0.0, *nets])
        assert priced.net[customer] == best
        assert best == (0 if chosen == NONE else net_of(problem, multipliers, customer, chosen))
        bound += best
    assert priced.bound_fen == pytest.approx(bound)


@given(cases(), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_what_is_not_near_is_best_nowhere_within_reach(case: Case, seed: int, other: int) -> None:
    problem, _ = numbered(*case)
    priced = Priced(problem, some_multipliers(problem, seed))
    reach = some_multipliers(problem, other) / 4
    found = near(problem, priced, reach, 1_000)
    assert found is not None
    columns = set(zip(found[0].tolist(), found[1].tolist(), strict=True))
    shift = np.random.default_rng(other).uniform(-1, 1, len(reach)) * reach
    moved = np.maximum(priced.multipliers + shift, 0)
    for customer, best in enumerate(priced.chosen.tolist()):
        kept = 0.0 if best == NONE else net_of(problem, moved, customer, best)
        for option in [NONE, *range(problem.first[customer], problem.first[customer + 1])]:
            here = 0.0 if option == NONE else net_of(problem, moved, customer, option)
            if option != best and (option == NONE or problem.gain[option] > 0):
                assert here <= kept + 1e-9 or (customer, option) in columns


def test_more_than_wanted_are_not_listed() -> None:
    problem, _ = numbered(*operator(50))
    priced = Priced(problem, np.zeros(len(problem.limit)))
    assert near(problem, priced, np.full(len(problem.limit), 1e300), 5) is None


def test_threads_do_not_change_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _ = numbered(*operator(999))
    multipliers = some_multipliers(problem, 1)
    alone = Priced(problem, multipliers)
    monkeypatch.setattr(pricing, "ROWS_ALONE", 10)
    together = Priced(problem, multipliers)
    assert np.array_equal(alone.chosen, together.chosen)
    assert alone.bound_fen == together.bound_fen


def test_what_is_used_is_counted_by_row() -> None:
    options = Options.of([(0, 0, 5.0, 1), (0, 1, 7.0, 9), (1, 2, 3.0, 4)], ARMS, {"city": [8, 8]})
    problem, _ = numbered(options, Limits(50, {"call": 2, "sms": 2}, {"city": {8: 4}}))
    assert used(problem, np.array([1, 2])).tolist()[:4] == [13, 1, 1, 2]
    assert used(problem, np.array([NONE, 2])).tolist()[:4] == [4, 1, 0, 1]


def test_filling_changes_to_what_brings_more_and_fits() -> None:
    options = Options.of([(0, 0, 5.0, 1), (0, 1, 7.0, 3), (1, 0, 3.0, 4), (2, 1, 2.0, 0)], ARMS)
    problem, _ = numbered(options, Limits(5, {"call": 1, "sms": 1}))
    chosen, left = np.array([0, NONE, NONE]), np.array([4.0, 0.0, 1.0, np.inf])
    assert fill(problem, chosen, np.array([1, 0, 2]), np.array([2, 1, 3]), left) == 1
    assert chosen.tolist() == [1, NONE, NONE], "no call was left; then no message"
    assert left.tolist()[:3] == [2.0, 1.0, 0.0]
    assert fill(problem, chosen, np.array([1, 2]), np.array([2, 3]), left) == 0, "2 fen are left"


def test_fingerprints_are_of_what_customers_have_and_not_of_their_places() -> None:
    options, limits = operator(2_000)
    order = np.random.default_rng(0).permutation(2_000)
    there, here = (numbered(one, limits)[0] for one in (options, shuffled(options, order)))
    marks = fingerprints(there, np.arange(2_000))
    assert np.array_equal(fingerprints(here, np.arange(2_000)), marks[order])
    assert len(np.unique(marks)) == 2_000
