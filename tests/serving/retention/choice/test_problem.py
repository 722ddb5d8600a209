"""The rows of a problem by hand."""

from __future__ import annotations

import numpy as np
import pytest

from serving.retention.choice.options import Limits, Options
from serving.retention.choice.problem import numbered, part
from tests.serving.retention.choice.cases import ARMS

OPTIONS = Options.of(
    [(0, 0, 5.0, 1), (0, 1, 7.0, 9), (2, 2, 3.0, 4), (3, 0, 1.0, 2)],
    ARMS,
    {"city": [8, 8, -1, 3], "store": [1, 2, 1, 7]},
)
LIMITS = Limits(50, {"call": 2}, {"city": {3: 1, 8: 4}, "store": {1: 6}})


def test_rows_are_the_budget_channels_groups_and_what_has_no_limit() -> None:
    problem, rows = numbered(OPTIONS, LIMITS)
    assert problem.limit.tolist() == [50, 2, 1, 4, 6, np.inf]
    assert problem.first.tolist() == [0, 2, 3, 4], "a customer without options does not enter"
    assert problem.arm_row.tolist() == [1, 5, 1]
    assert problem.group_row.tolist() == [[3, 4], [5, 4], [2, 5]]
    named = rows.multipliers(np.arange(6.0))
    assert (named.budget, named.channels) == (0.0, {"call": 1.0})
    assert named.groups == {"city": {3: 2.0, 8: 3.0}, "store": {1: 4.0}}


def test_the_options_arrays_are_not_copied() -> None:
    assert numbered(OPTIONS, LIMITS)[0].gain is OPTIONS.gain_fen


def test_a_kind_without_codes_limits_nothing() -> None:
    problem, _ = numbered(OPTIONS, Limits(groups={"city": {}}))
    assert problem.limit.tolist() == [np.inf, np.inf]
    assert problem.group_row.tolist() == [[1], [1], [1]]


def test_a_limit_on_an_unknown_kind_of_group_is_refused() -> None:
    with pytest.raises(ValueError, match="limits on manager"):
        numbered(OPTIONS, Limits(groups={"manager": {1: 1}}))


def test_a_part_holds_its_customers_and_a_share_of_the_limits() -> None:
    problem = part(numbered(OPTIONS, LIMITS)[0], np.array([0, 2]), 0.5)
    assert problem.first.tolist() == [0, 2, 3]
    assert problem.gain.tolist() == [5.0, 7.0, 1.0]
    assert problem.group_row.tolist() == [[3, 4], [2, 5]]
    assert problem.limit.tolist() == [25, 1, 0.5, 2, 3, np.inf]
