"""The relaxation beside the whole linear program, written out option by option."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog
from scipy.sparse import coo_array

from serving.retention.choice import Limits, Options, choose, linear, relaxation, rounding
from serving.retention.choice.pricing import used
from serving.retention.choice.problem import Problem, numbered
from serving.retention.choice.relaxation import relax
from tests.serving.retention.choice.cases import ARMS, Case, cases, operator, usage_holds


def optimum(problem: Problem) -> float:
    """The largest gain of customers in parts: all options as columns, by HiGHS's interior point."""
    count, customers = len(problem.gain), len(problem.first) - 1
    if not count:
        return 0.0
    own = np.repeat(np.arange(customers), np.diff(problem.first))
    column, rows = np.arange(count), len(problem.limit) - 1
    entries = [(np.zeros(count, int), problem.cost.astype(float))]
    entries += [(problem.arm_row[problem.arm], np.ones(count))]
    entries += [(kind, np.ones(count)) for kind in problem.group_row[own].T]
    entries += [(rows + 1 + own, np.ones(count))]
    row, value = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    matrix = coo_array((value, (row, np.tile(column, len(entries)))), (rows + 1 + customers, count))
    upper = np.append(problem.limit, np.ones(customers))
    binds = np.flatnonzero(np.isfinite(upper))
    result = linprog(-problem.gain, matrix.tocsr()[binds], upper[binds], method="highs-ipm")
    return float(-result.fun)


@given(cases(most=8))
@settings(max_examples=60, deadline=None)
def test_the_bound_is_the_optimum_of_the_linear_program(case: Case) -> None:
    problem, _ = numbered(*case)
    relaxed = relax(problem)
    assert relaxed.is_optimal
    assert relaxed.priced.bound_fen == pytest.approx(optimum(problem), rel=1e-7, abs=1e-5)
    assert (used(problem, relaxed.chosen) <= problem.limit).all()


@pytest.mark.parametrize(("customers", "digits"), [(700, 6), (5_000, 6), (5_000, -3)])
def test_parts_and_boxes_find_the_same_optimum(customers: int, digits: int) -> None:
    problem, _ = numbered(*operator(customers, digits=digits))
    assert relax(problem).priced.bound_fen == pytest.approx(optimum(problem), rel=1e-8)


def test_no_more_customers_are_split_than_limits_bind() -> None:
    problem, _ = numbered(*operator(5_000))
    relaxed = relax(problem)
    split = (relaxed.chosen != relaxed.priced.chosen) & (relaxed.chosen == -1)
    assert relaxed.is_optimal
    assert split.sum() <= (relaxed.priced.multipliers > 0).sum()


def test_from_near_multipliers_the_same_optimum_is_found() -> None:
    options, limits = operator(5_000)
    problem, _ = numbered(options, limits)
    there = relax(numbered(options, Limits(290_000, limits.channels, limits.groups))[0])
    here = relax(problem, there.priced.multipliers)
    assert here.priced.bound_fen == pytest.approx(relax(problem).priced.bound_fen, rel=1e-9)


def test_a_box_with_too_many_columns_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _ = numbered(*operator(5_000))
    expected = relax(problem).priced.bound_fen
    monkeypatch.setattr(relaxation, "MAX_COLUMNS", 1_500)
    assert relax(problem).priced.bound_fen == pytest.approx(expected, rel=1e-6)


def test_where_highs_gives_up_the_choice_still_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    options, limits = operator(2_500)
    expected = choose(options, limits)
    monkeypatch.setattr(linear, "MAX_ITERATIONS", 3)
    choice = choose(options, limits)
    assert usage_holds(options, limits, choice.place)
    assert choice.gain_fen <= expected.bound_fen * (1 + 1e-9) <= choice.bound_fen * (1 + 2e-9)
    assert choice.gain_fen > 0.5 * expected.gain_fen


def test_many_arms_are_solved_in_parts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, _ = numbered(*operator(400))
    expected = relax(problem).priced.bound_fen
    monkeypatch.setattr(relaxation, "WHOLE", 300)
    monkeypatch.setattr(relaxation, "MAX_COLUMNS", 200)
    assert relax(problem).priced.bound_fen == pytest.approx(expected, rel=1e-3)


def test_tens_of_thousands_who_tie_enter_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options.of([(one, 0, 50.0, 10) for one in range(4_000)], ARMS)
    monkeypatch.setattr(relaxation, "WHOLE", 400)
    monkeypatch.setattr(relaxation, "MAX_COLUMNS", 500)
    monkeypatch.setattr(rounding, "MAX_OPTIONS", 700)
    choice = choose(options, Limits(20_000, {"call": 1_800}))
    assert len(choice.place) == 1_800
    assert choice.gap < 1e-12
