"""What a list's page draws: the steps add up, the curve says where to stop."""

from __future__ import annotations

from typing import Any

import pytest

from serving.http.contract.forms.lists import CurveAnswer
from serving.pages.lists.sight import at_budget, shape, way, whisker
from tests.serving.pages.listed import CURVE_DATA, RESULT


def test_the_steps_lead_from_the_base_to_the_list() -> None:
    steps = way(RESULT)
    assert [(own.name, own.gone, own.left) for own in steps] == [
        ("filter", 800, 400), ("no_consent", 100, 300), ("without_gain", 200, 100),
        ("below_line", 36, 64),
    ]  # fmt: skip
    assert steps[-1].left == RESULT["listed"] + RESULT["control"]
    assert steps[0].left_part + steps[0].gone_part == 100.0


def test_a_ranked_list_may_have_taken_customers_of_no_gain() -> None:
    steps = way(RESULT | {"without_gain": 290})
    assert [own.name for own in steps][-1] == "without_gain"
    assert steps[-1].left == 64


def test_the_curve_has_the_requested_budget_and_where_to_stop() -> None:
    found = shape(CurveAnswer.model_validate(CURVE_DATA))
    assert found is not None
    assert (found.chosen, found.chosen_gain, found.chosen_next) == (600.0, 900.0, 0.5)
    assert (found.at, found.stop_at) == (600.0, 1000.0)
    assert found.line.startswith("M0.0 400.0L600.0 ")
    assert (found.step, found.last) == (1, 1000)


@pytest.mark.parametrize("points", [[], [{"spend": 0.0, "gain": 0.0, "marginal": 0.0}]])
def test_a_curve_without_gain_has_no_picture(points: list[dict[str, Any]]) -> None:
    assert shape(CurveAnswer.model_validate(CURVE_DATA | {"points": points})) is None


def test_beyond_the_last_point_money_brings_nothing_more() -> None:
    points = [[0.0, 0.0, 2.0], [10.0, 20.0, 0.0]]
    assert at_budget(points, 5.0) == (10.0, 2.0)
    assert at_budget(points, 99.0) == (20.0, 0.0)


def test_an_interval_is_drawn_within_its_picture() -> None:
    for low, estimate, high in ((-3.0, -2.0, -1.0), (1.0, 2.0, 3.0), (0.0, 0.0, 0.0)):
        found = whisker(low, estimate, high)
        assert 0 < found.low <= found.estimate <= found.low + found.length < 100
        assert 0 < found.zero < 100
