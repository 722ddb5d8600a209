"""The indicator dictionary (指标): each figure that is shown, defined once.

A report, a page, a list or an answer of the service takes a figure's name, unit and meaning
from here; docs/indicators.md is made of it. A figure that is shown and not here is a fault that
a test finds. The terms themselves are explained in docs/glossary.md.

The figures stand in one file a subject (`evaluation`, `value`, ...); `indicator` says what one is.
"""

from __future__ import annotations

from training.indicators import (
    archive,
    comparison,
    data,
    evaluation,
    scores,
    value,
)
from training.indicators import (
    own_tables as tables,
)
from training.indicators.indicator import Indicator

__all__ = ["BY_NAME", "INDICATORS", "Indicator", "document"]

SUBJECTS = (evaluation, comparison, tables, value, scores, archive, data)
INDICATORS: tuple[Indicator, ...] = tuple(
    indicator for subject in SUBJECTS for indicator in subject.INDICATORS
)
BY_NAME = {indicator.name: indicator for indicator in INDICATORS}


def document() -> str:
    """docs/indicators.md: every indicator with its words, unit, meaning and source."""
    lines = [
        "# Indicators",
        "",
        "Generated from `training/indicators/` by `make docs`; `make check` compares. Every",
        "figure that a report, a list or an answer shows is defined here once. A name that ends",
        "in `_interval` is the 95 % interval of that figure; `_unchanged` is the same figure of",
        "telling everyone that nothing changes, `_trend` of telling that the last change goes on,",
        "and `_over_...` the gain against either. Amounts are in the operator's currency, whose",
        "code ends the name.",
        "",
        "| indicator | in words | 指标 | unit | meaning | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.name}` | {one.en} | {one.zh} | {one.unit} | {one.meaning} | {one.source} |"
        for one in INDICATORS
    ]
    return "\n".join(lines) + "\n"
