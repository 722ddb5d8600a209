"""The picture of a budget curve, in both languages."""

from __future__ import annotations

import numpy as np
import pytest

from serving.retention.choice.curve import curve
from serving.retention.choice.curve.picture import picture
from serving.retention.choice.options import Limits, Options
from tests.serving.retention.choice.cases import ARMS, operator

PICTURED = curve(operator(500)[0], Limits(20_000), bar=0.5)


@pytest.mark.parametrize(
    ("language", "axis"), [("en", "money spent, CNY"), ("zh", "投入金额（CNY）")]
)
def test_the_picture_says_what_the_curve_says(language: str, axis: str) -> None:
    (axes,) = picture(PICTURED, "CNY", language).axes
    line, dot, stop = (np.ravel(one.get_xdata()) for one in axes.lines)
    assert axes.get_xlabel() == axis
    assert line[-1] == PICTURED.spend_fen[-1] / 100
    assert (dot[0], stop[0]) == (200, PICTURED.stop_fen / 100)
    legend = axes.get_legend()
    assert legend is not None
    words = " ".join(text.get_text() for text in legend.get_texts())
    assert "200" in words
    assert f"{PICTURED.next_gain:.2f}" in words
    assert "0.5" in words


def test_without_a_budget_there_is_no_dot() -> None:
    for rows in ([], [(0, 0, 90.0, 10)]):
        drawn = picture(curve(Options.of(rows, ARMS), Limits()), "CNY", "en")
        assert len(drawn.axes[0].lines) == 2
        drawn.draw_without_rendering()
