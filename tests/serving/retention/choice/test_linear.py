"""The linear program inside a box, on cases that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from serving.retention.choice.linear import EVERYWHERE, Columns, Scales, net_gains, solve, uses
from serving.retention.choice.options import Limits, Options
from serving.retention.choice.pricing import NONE, Priced, near
from serving.retention.choice.problem import numbered
from tests.serving.retention.choice.cases import ARMS

# Gain a fen: 9, 5, 3. A budget of 15 splits the second; the multiplier is 5.
OPTIONS = Options.of([(0, 0, 90.0, 10), (1, 0, 50.0, 10), (2, 0, 30.0, 10)], ARMS)
PROBLEM, _ = numbered(OPTIONS, Limits(15))
SCALES = Scales(32.0, 8.0)


def solved(multiplier: float, reach: float):  # type: ignore[no-untyped-def]
    priced = Priced(PROBLEM, np.array([multiplier, 0.0]))
    within = np.array([reach, 0.0])
    columns = near(PROBLEM, priced, within, 10)
    assert columns is not None
    return solve(PROBLEM, SCALES, priced, within, Columns(*columns)), columns


def test_the_whole_program_has_the_multiplier_and_no_part_of_the_split_customer() -> None:
    found, _ = solved(0.0, EVERYWHERE)
    assert found.multipliers[0] == pytest.approx(5)
    assert found.chosen.tolist() == [0, NONE, NONE]
    assert not found.at_edge.any()


def test_within_the_box_only_the_customers_near_it_have_columns() -> None:
    found, columns = solved(4.5, 1.0)
    assert columns[0].tolist() == [1], "the second alone can change between 3.5 and 5.5"
    assert found.multipliers[0] == pytest.approx(5)
    assert found.chosen.tolist() == [0, NONE, NONE]
    assert not found.at_edge.any()


@pytest.mark.parametrize(("multiplier", "edge"), [(2.0, 3.0), (8.0, 7.0)])
def test_a_box_beside_the_optimum_ends_at_its_edge(multiplier: float, edge: float) -> None:
    found, _ = solved(multiplier, 1.0)
    assert found.multipliers[0] == pytest.approx(edge)
    assert found.at_edge.tolist() == [True, False]


def test_a_customer_with_several_changes_takes_one_at_most() -> None:
    options = Options.of([(0, 0, 10.0, 1), (0, 1, 9.0, 1), (0, 2, 8.0, 1)], ARMS)
    problem, _ = numbered(options, Limits(channels={"call": 1, "sms": 1}))
    priced = Priced(problem, np.zeros(len(problem.limit)))
    reach = np.array([0.0, EVERYWHERE, EVERYWHERE, 0.0])
    columns = near(problem, priced, reach, 10)
    assert columns is not None
    found = solve(problem, SCALES, priced, reach, Columns(*columns))
    assert found is not None
    assert found.chosen.tolist() == [0]


def test_net_gains_and_uses_by_hand() -> None:
    options = Options.of([(0, 0, 10.0, 2), (0, 1, 9.0, 1)], ARMS, {"city": [4]})
    problem, _ = numbered(options, Limits(5, {"call": 1}, {"city": {4: 1}}))
    columns = Columns(np.array([0, 0, 0]), np.array([0, 1, NONE]))
    multipliers = np.array([1.0, 3.0, 0.5, 0.0])
    assert net_gains(problem, multipliers, columns).tolist() == [4.5, 7.5, 0.0]
    contacts = columns.customers[:2], columns.options[:2]
    assert [uses(problem, *contacts, row).tolist() for row in (0, 1, 2)] == [[2, 1], [1, 0], [1, 1]]
