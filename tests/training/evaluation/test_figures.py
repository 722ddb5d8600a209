"""The typed figures of a test period."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from training.evaluation.figures import Evaluation
from training.indicators.comparison import GAP_CLOSED
from training.indicators.evaluation import AUC, CHURNERS, PRECISION_AT_K
from training.indicators.value import MARGIN_MAE
from training.statistics.estimate import Estimate

FIGURES = {
    "auc": 0.767,
    "auc_interval": [0.758, 0.778],
    "counts": {"churners": 1867, "dates": ["2025-10-27"]},
    "precision_at_k": {"0.01": 0.27},
    "precision_at_k_interval": {"0.01": [0.24, 0.31]},
    "by_city": {"Foshan": {"auc": 0.779, "auc_interval": None, "churners": 224}},
    "value": {"margin_mae": 7.1, "margin_mae_over_unchanged_interval": [1.08, 1.2]},
}


def test_a_figure_is_read_with_its_interval() -> None:
    found = Evaluation(FIGURES)
    assert found.estimate(AUC) == Estimate(0.767, 0.758, 0.778)
    assert found.estimate(PRECISION_AT_K, "0.01") == Estimate(0.27, 0.24, 0.31)
    assert found.part("counts").estimate(CHURNERS) == Estimate(1867)
    assert found.part("by_city", "Foshan").estimate(AUC) == Estimate(0.779)
    assert found.part("value").estimate(MARGIN_MAE.over("unchanged")) == Estimate(None, 1.08, 1.2)


def test_the_table_says_of_a_gain_that_higher_is_better_and_over_what() -> None:
    rows = Evaluation(FIGURES | {"emp": {"share": 0.04}}).to_frame().set_index("figure")
    gain = rows.loc["value.margin_mae_over_unchanged"]
    assert gain["better"] == "higher"
    assert gain["words"] == "error of the margin (gain over: nothing changes)"
    assert rows.loc["value.margin_mae", "better"] == "lower"
    assert "churned" not in str(rows.loc["emp.share", "words"]), "the share of churned customers"


def test_the_name_of_a_part_is_not_taken_for_a_figure(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps({"by_city": {"leavers": {"leavers": 3}}}))
    assert Evaluation.read(path).to_json() == {"by_city": {"leavers": {"churners": 3}}}


def test_a_figure_that_is_not_there_is_null() -> None:
    found = Evaluation(FIGURES)
    assert found.estimate(GAP_CLOSED) == Estimate()
    assert found.part("by_tier", "gold").estimate(AUC) == Estimate()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(Evaluation(FIGURES).to_json()), "utf-8")
    assert Evaluation.read(path) == FIGURES


def test_the_keys_of_the_previous_version_are_read_under_todays_names(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    was = {"counts": {"leavers": 7}, "base_rate": [{"leavers": 1}], "without_asked": {"auc": 0.7}}
    path.write_text(json.dumps(was), "utf-8")
    found = Evaluation.read(path)
    assert found.part("counts").estimate(CHURNERS).value == 7
    assert found.part("without_cancel_requests").estimate(AUC).value == 0.7
    assert found["base_rate"] == [{"churners": 1}]


def test_a_file_that_is_not_an_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    path.write_text("[]", "utf-8")
    with pytest.raises(ValueError, match=r"evaluation.json holds a list; expected an object"):
        Evaluation.read(path)


def test_the_frame_has_every_number_once_with_words_and_direction() -> None:
    frame = Evaluation(FIGURES).to_frame("zh").set_index("figure")
    assert list(frame.index) == [
        "auc", "counts.churners", "precision_at_k.0.01", "by_city.Foshan.auc",
        "by_city.Foshan.churners", "value.margin_mae", "value.margin_mae_over_unchanged",
    ]  # fmt: skip
    assert list(frame.loc["auc", ["value", "low", "high"]]) == [0.767, 0.758, 0.778]
    assert list(frame.loc["precision_at_k.0.01", ["low", "high"]]) == [0.24, 0.31]
    assert list(frame.loc["counts.churners", ["words", "unit", "better"]]) == [
        "离网客户数", "count", "",
    ]  # fmt: skip
    assert frame.loc["value.margin_mae", "better"] == "lower"
    assert list(frame["words"]).count("AUC") == 2


def test_the_plot_shows_the_auc_where_it_is_known() -> None:
    axes = Evaluation(FIGURES).plot().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["model"]


def test_figures_are_added_without_changing_the_evaluation() -> None:
    found = Evaluation(FIGURES)
    more = found | {"auc": 0.5}
    assert (found["auc"], more["auc"]) == (0.767, 0.5)
    with pytest.raises(FrozenInstanceError):
        found.figures = {}  # type: ignore[misc]
