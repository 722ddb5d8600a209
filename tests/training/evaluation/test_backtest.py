"""What a backtest found: its worst dates, and how it stands in the home."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from features.disk.atomic import replace_json
from features.errors import LakeError
from features.home import Home
from tests.training.evaluation.backtests import backtest_of
from training.evaluation.backtest import read_backtest
from training.indicators.evaluation import AUC
from training.indicators.evaluation import OBSERVED_OVER_EXPECTED as LEVEL


def test_the_worst_dates_are_the_lowest_auc_and_the_level_furthest_from_1_as_a_ratio() -> None:
    found = backtest_of((0.7, 1.4), (0.65, 0.7), (0.8, 1.0), (None, None))
    assert found.worst_auc() == ("2026-01-02", 0.65)
    assert found.worst_level() == ("2026-01-02", 0.7), "1 / 0.7 is more than 1.4"
    assert backtest_of((0.7, 0.0), (0.7, 9.0)).worst_level() == ("2026-01-01", 0.0)
    assert backtest_of((None, None)).worst_auc() is None
    assert backtest_of((None, None)).worst_level() is None


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_backtest(tmp_path) is None
    found = backtest_of((0.7, 1.4), (0.65, None))
    replace_json(Home(tmp_path).backtest, found.to_json())
    stored = read_backtest(tmp_path)
    assert stored is not None
    assert stored.to_json() == found.to_json()
    assert stored.estimates(AUC)[0].interval == (0.7 - 0.05, 0.7 + 0.05)
    assert [one.value for one in stored.estimates(LEVEL, "prepaid")] == [1.4, None]


def test_one_of_another_schema_does_not_count_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = Home(tmp_path).backtest
    replace_json(path, backtest_of((0.7, 1.0)).to_json() | {"schema": 0})
    assert read_backtest(tmp_path) is None
    for content in ("{", "[]", json.dumps({"schema": 1})):
        path.write_text(content, "utf-8")
        with pytest.raises(LakeError, match="Remove it, or write it again with `liuke backtest`"):
            read_backtest(tmp_path)


def test_the_picture_has_four_panels_and_one_legend() -> None:
    figure = backtest_of((0.7, 1.1), (0.65, None)).plot("zh")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["AUC", "前十分之一提升度", "校准斜率", "实际预测比"]
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {"全体", "理论上限", "预付费"}
    auc = figure.axes[0]
    drawn = {str(line.get_label()): line.get_ydata() for line in auc.lines}
    np.testing.assert_array_equal(np.asarray(drawn["全体"]), [0.7, 0.65])
    np.testing.assert_array_equal(np.asarray(drawn["理论上限"]), [0.8, 0.8])
    assert [label.get_text() for label in auc.get_xticklabels()] == ["2026-01-01", "2026-01-02"]
