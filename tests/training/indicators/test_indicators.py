"""Every figure that is shown has one definition."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import training
from serving.customers.churned import churned_customers
from serving.doctor.diagnosis import diagnose, to_json
from serving.http.contract.schemas import RowScore, Score
from tests.conftest import SmallHome, SmallTable
from training.indicators import BY_NAME, HEADLINES, INDICATORS
from training.indicators.comparison import GAP_CLOSED, ORACLE_AUC, RFM_AUC
from training.indicators.value import TIER_KAPPA

# Of a figure the same again, against something or with its interval; explained on the page.
SAME = re.compile("(_over_(unchanged|trend))?(_unchanged|_trend)?(_interval)?$")
NOT_FIGURES = {"customer_id", "model_version", "as_of", "answered_by", "reasons", "tier_reasons",
               "unknown_levels", "fresh_events"}  # fmt: skip


def figures(result: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every number in a result."""
    if isinstance(result, dict):
        for name, value in result.items():
            yield from figures(value, (*path, name))
    elif isinstance(result, list | tuple):
        for value in result:
            yield from figures(value, path)
    elif isinstance(result, int | float) and not isinstance(result, bool):
        yield path


def undefined(result: Any) -> set[tuple[str, ...]]:
    return {
        path
        for path in figures(result)
        if not any(name in BY_NAME or SAME.sub("", name) in BY_NAME for name in path)
    }


def test_each_indicator_stands_there_once_and_in_both_languages() -> None:
    assert len(BY_NAME) == len(INDICATORS)
    for one in INDICATORS:
        assert one.en.isascii(), one.name
        assert one.zh, one.name
        assert one.meaning, one.name


def test_every_figure_of_an_evaluation_is_defined(small_home: SmallHome) -> None:
    evaluation = small_home.trained.bundle.evaluation.to_json()
    assert len(list(figures(evaluation))) > 100
    assert undefined(evaluation) == set()


def test_every_figure_of_a_table_is_defined(small_table: SmallTable) -> None:
    assert undefined(small_table.trained.bundle.evaluation.to_json()) == set()


def test_every_figure_of_an_answer_is_defined() -> None:
    assert set(Score.model_fields) - NOT_FIGURES <= set(BY_NAME)
    assert set(RowScore.model_fields) - NOT_FIGURES <= set(BY_NAME)


def test_every_figure_of_those_who_left_is_defined(small_home: SmallHome) -> None:
    until = small_home.as_of - timedelta(days=60)
    found = undefined(churned_customers(small_home.home, until - timedelta(days=90), until))
    assert {path[-1] for path in found} <= {"low", "high"}, "the bounds of the monthly rate"


def test_every_figure_of_the_doctor_is_defined(small_home: SmallHome) -> None:
    result = to_json(diagnose(small_home.home, small_home.as_of))
    assert len(list(figures(result))) > 100
    assert undefined(result) == set()


def test_a_figure_is_named_by_its_indicator_alone() -> None:
    """So that renaming one is one line; the sentences of the report have keys of their own."""
    shown = {one.name for one in (*HEADLINES, GAP_CLOSED, RFM_AUC, ORACLE_AUC, TIER_KAPPA)}
    root = Path(training.__file__).parent
    spelled = [
        f"{path.relative_to(root.parent)}: {node.value}"
        for package in (root, root.parent / "serving")
        for path in package.rglob("*.py")
        if path.parent.name not in ("indicators", "report")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in shown
    ]
    assert spelled == []
