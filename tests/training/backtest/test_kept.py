"""What was found of a date is kept for the same data, recipe and step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from features.home import Home
from training.backtest.kept import Kept
from training.evaluation.backtest import JudgedDate
from training.evaluation.figures import Evaluation

DATE = datetime(2026, 1, 5)
JUDGED = JudgedDate("2026-01-05", "abc", 7, {"fit": {"rows": 9}}, Evaluation({"auc": 0.7}))


def test_what_is_kept_is_found_by_the_same_data_recipe_and_step(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "d" * 64, "r" * 16, 4)
    assert kept.find(DATE) is None
    kept.keep(DATE, JUDGED)
    found = kept.find(DATE)
    assert found is not None
    assert found.to_json() == JUDGED.to_json()
    others = (
        replace(kept, data="e" * 64), replace(kept, recipe="s" * 16), replace(kept, every_weeks=2),
    )  # fmt: skip
    assert [other.find(DATE) for other in others] == [None, None, None]


def test_a_damaged_file_is_computed_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "d" * 64, "r" * 16, 4)
    kept.keep(DATE, JUDGED)
    (path,) = Home(tmp_path).backtests.rglob("*.json")
    for content in ("{", "[]", '{"as_of": "2026-01-05"}'):
        path.write_text(content, "utf-8")
        assert kept.find(DATE) is None, content


def test_what_was_found_on_other_data_is_removed(tmp_path: Path) -> None:
    before, now = (Kept(tmp_path, data * 64, "r" * 16, 4) for data in "de")
    for kept in (before, now):
        kept.keep(DATE, JUDGED)
    now.forget_other_data()
    assert before.find(DATE) is None
    assert now.find(DATE) is not None
