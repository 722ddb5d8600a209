"""Pictures of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.pictures.model import beeswarm, calibration_curve


def points(figure: Any) -> tuple[np.ndarray, np.ndarray]:
    line = next(line for line in figure.axes[0].lines if line.get_label() == "test period")
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_a_calibrated_risk_lies_on_the_diagonal() -> None:
    risk = np.repeat([0.1, 0.2, 0.5], 100)
    churned = np.tile(np.arange(100), 3) < 100 * risk
    expected, observed = points(calibration_curve(churned.astype(float), risk, groups=3))
    assert expected == pytest.approx([0.1, 0.2, 0.5])
    assert observed == pytest.approx(expected)


@pytest.mark.parametrize("n", [1, 3, 50])
@pytest.mark.parametrize("everyone", [0.0, 1.0])
def test_all_alike_is_drawn_as_well(tmp_path: Path, n: int, everyone: float) -> None:
    figure = calibration_curve(np.full(n, everyone), np.linspace(0.01, 0.3, n))
    figure.savefig(tmp_path / "picture.png")
    assert len(points(figure)[0]) == (0 if everyone == 0 else min(n, 10))


def test_no_customer_is_an_empty_picture(tmp_path: Path) -> None:
    calibration_curve(np.empty(0), np.empty(0)).savefig(tmp_path / "picture.png")


@pytest.mark.parametrize(
    ("name", "widest"),
    [
        ("近4周移动流量" * 6, 18),
        ("data used " * 12, 34),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE} " * 20, 34),
    ],
)
def test_a_long_name_is_wrapped_in_any_script(name: str, widest: int) -> None:
    contributions = np.array([[0.1, -0.2], [0.3, 0.1]])
    figure = beeswarm(contributions, contributions, [name.strip(), "b"], language="zh")
    lines = [text.get_text() for text in figure.axes[0].texts]
    assert len(lines) > 3
    assert max(map(len, lines)) <= widest
