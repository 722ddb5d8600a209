"""One customer's score, feature by feature, up to the probability."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.image import imread

from features.errors import OutputError
from training.pictures.model import ACCENT, BLUE
from training.pictures.waterfall import save_waterfall, waterfall

NAMES = [f"feature {place}" for place in range(12)]
CONTRIBUTIONS = np.array([*np.linspace(-0.5, 0.8, 12), -2.0])


def bars(figure: Any) -> list[Any]:
    """The bars, the lowest first."""
    return sorted(figure.axes[0].patches, key=lambda bar: bar.get_y())


def test_bars_lead_from_the_average_to_the_score_and_add_up() -> None:
    drawn = bars(waterfall("", NAMES, ["1"] * 12, CONTRIBUTIONS))
    assert len(drawn) == 10  # nine features and the rest
    assert drawn[0].get_x() == pytest.approx(-2.0)
    assert sum(bar.get_width() for bar in drawn) == pytest.approx(CONTRIBUTIONS[:-1].sum())
    assert drawn[-1].get_width() == pytest.approx(0.8)  # the strongest on top
    ends = [bar.get_x() + bar.get_width() for bar in drawn]
    assert [bar.get_x() for bar in drawn[1:]] == pytest.approx(ends[:-1])


def test_leaving_and_staying_have_the_colours_of_the_report() -> None:
    for bar in bars(waterfall("", NAMES, ["1"] * 12, CONTRIBUTIONS)):
        assert to_hex(bar.get_facecolor()) == (ACCENT if bar.get_width() > 0 else BLUE)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "score -0.20; churn risk after calibration: 60.8 %"),
        ("zh", "得分 -0.20；校准后的离网概率：60.8 %"),
    ],
)
def test_the_score_ends_in_the_calibrated_probability(language: str, said: str) -> None:
    figure = waterfall("", NAMES, ["1"] * 12, CONTRIBUTIONS, 0.608, language)
    assert said in [text.get_text() for text in figure.axes[0].texts]


def test_labels_do_not_overlap() -> None:
    """Two lines a label at most, each value on one of them."""
    names = [
        "weeks with 3 dropped calls or more, among the last 12 weeks",
        "time since the last bill",
    ]
    figure = waterfall("", names, ["6", "220 CNY"], np.array([0.3, 0.1, -2.0]))
    lines = [label.get_text().splitlines() for label in figure.axes[0].get_yticklabels()]
    assert all(len(own) <= 2 for own in lines)
    assert lines[0][-1].endswith("220\N{NO-BREAK SPACE}CNY")


def test_few_features_have_no_rest() -> None:
    figure = waterfall("", ["a"], ["1"], np.array([-0.3, 0.1]))
    (bar,) = bars(figure)
    assert bar.get_width() == pytest.approx(-0.3)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "a:\N{NO-BREAK SPACE}1"
    ]


def test_a_waterfall_is_a_picture_and_leaves_no_figure_open(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    path = tmp_path / "why.png"
    save_waterfall(path, "C0000001", NAMES, ["1"] * 12, CONTRIBUTIONS, 0.3)
    height, width = imread(path).shape[:2]
    assert width > height > 300
    assert plt.get_fignums() == []


def test_a_picture_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        save_waterfall(tmp_path, "", ["a"], ["1"], np.array([0.1, 0.2]))
    assert list(tmp_path.iterdir()) == []
