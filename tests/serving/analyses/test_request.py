"""What may be requested of an analysis."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from features.errors import SettingsError
from features.words import words
from serving.analyses.measures import SOURCES
from serving.analyses.request import dimensions_of, measures_of, request_of
from training.indicators.analyses import ANALYSES, INDICATORS

JANUARY, MARCH = datetime(2026, 1, 1), datetime(2026, 3, 1)


def test_every_declared_measure_has_exactly_one_source() -> None:
    given = [name for source in SOURCES for name in source.gives]
    wanted = {name for each in ANALYSES.values() for one in each.indicators
              for name in measures_of(one)}  # fmt: skip
    assert wanted <= set(given)
    assert len(given) == len(set(given))


def test_every_indicator_of_an_analysis_is_declared_once() -> None:
    names = [one.name for one in INDICATORS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_dimension_has_words(language: str) -> None:
    known = words(language, "analyses")
    for analysis in ANALYSES.values():
        for name in dimensions_of(analysis):
            assert f"by_{name}" in known


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"name": "sales"}, "no analysis 'sales'; there are development, "),
        ({"by": "colour"}, "--by is 'colour'; expected all, city, "),
        ({"by": "campaign"}, "expected all, city"),
        ({"since": MARCH}, "expected --from before --to"),
        ({"every": "day"}, "--every is 'day'; expected month, week, whole"),
        ({"since": datetime(1990, 1, 1)}, "434 periods"),
        ({"known_at": JANUARY}, "--as-of is 2026-01-01, before --to 2026-03-01"),
    ],
)
def test_a_wrong_request_is_refused_with_what_is_expected(own: dict[str, Any], said: str) -> None:
    right: dict[str, Any] = {"name": "development", "by": "city", "since": JANUARY, "until": MARCH}
    with pytest.raises(SettingsError, match=said):
        request_of(**(right | own))
