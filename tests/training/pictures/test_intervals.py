"""The picture of effects with their intervals."""

from __future__ import annotations

import pytest

from training.pictures.intervals import Bar, bar, intervals
from training.pictures.model import ACCENT, BLUE, INK, svg


@pytest.mark.parametrize(
    ("low", "high", "more_is_good", "is_good"),
    [
        (0.1, 0.3, True, True),
        (0.1, 0.3, False, False),
        (-0.3, -0.1, True, False),
        (-0.3, -0.1, False, True),
        (-0.1, 0.3, True, None),
        (0.0, 0.3, True, None),
    ],
)
def test_an_effect_is_good_or_bad_where_its_interval_excludes_0(
    low: float, high: float, more_is_good: bool, is_good: bool | None
) -> None:
    assert bar("offer", 0.2, low, high, more_is_good=more_is_good).is_good is is_good


def test_each_bar_reaches_from_end_to_end_in_its_colour_from_the_top() -> None:
    bars = [
        Bar("first", 1.0, 0.5, 1.5, True),
        Bar("second", -1.0, -1.5, -0.5, False),
        Bar("third", 0.0, -1.0, 1.0, None),
    ]
    figure = intervals(bars, "points")
    (axes,) = figure.axes
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 2][1:]  # type: ignore[arg-type]
    assert [list(line.get_xdata()) for line in drawn] == [[0.5, 1.5], [-1.5, -0.5], [-1.0, 1.0]]  # type: ignore[arg-type]
    assert [line.get_color() for line in drawn] == [BLUE, ACCENT, INK]
    low, high = axes.get_ylim()
    assert low > high
    assert axes.get_xlabel() == "points"


def test_a_long_label_has_room_in_both_languages() -> None:
    short = intervals([Bar("短", 0.1, 0.0, 0.2, None)] * 6, "点")
    long = intervals([Bar("很长的名字" * 12, 0.1, 0.0, 0.2, None)] * 6, "点")
    assert long.get_figheight() > short.get_figheight()
    assert "很长的名字" in svg(long)
