"""Every figure that is shown has one definition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from serving.customers.churned import left
from serving.doctor.diagnosis import diagnose, to_json
from serving.http.schemas import RowScore, Score
from tests.conftest import SmallHome, SmallTable
from training.indicators import BY_NAME, INDICATORS

# Of a figure the same again, against something or with its interval; explained on the page.
SAME = re.compile("(_over_(unchanged|trend))?(_unchanged|_trend)?(_interval)?$")
NOT_FIGURES = {"customer_id", "model_version", "as_of", "answered_by", "reasons", "tier_reasons",
               "unknown_levels"}  # fmt: skip


def figures(told: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every number in a result."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from figures(value, (*path, name))
    elif isinstance(told, list | tuple):
        for value in told:
            yield from figures(value, path)
    elif isinstance(told, int | float) and not isinstance(told, bool):
        yield path


def undefined(told: Any) -> set[tuple[str, ...]]:
    return {
        path
        for path in figures(told)
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
    found = undefined(left(small_home.home, until - timedelta(days=90), until))
    assert {path[-1] for path in found} <= {"low", "high"}, "the bounds of the monthly rate"


def test_every_figure_of_the_doctor_is_defined(small_home: SmallHome) -> None:
    told = to_json(diagnose(small_home.home, small_home.as_of))
    assert len(list(figures(told))) > 100
    assert undefined(told) == set()
