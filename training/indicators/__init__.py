"""The indicator dictionary (指标): each figure that is shown, defined once.

A report, a page, a list or an answer of the service takes a figure's name, unit and meaning
from here; docs/indicators.md is written from it. A figure that is shown and not declared here is a
fault that a test finds. The terms themselves are explained in docs/glossary.md.

The figures stand in one file a subject (`evaluation`, `value`, ...); `indicator` says what one is.
"""

from __future__ import annotations

from training.indicators import (
    analyses,
    archive,
    comparison,
    data,
    evaluation,
    own_tables,
    scores,
    value,
)
from training.indicators.indicator import Indicator

__all__ = ["BY_NAME", "FORMER_NAMES", "HEADLINES", "INDICATORS", "Indicator", "document"]

SUBJECTS = (evaluation, comparison, own_tables, value, scores, archive, data)
INDICATORS: tuple[Indicator, ...] = (
    tuple(
        one for subject in SUBJECTS for one in vars(subject).values() if isinstance(one, Indicator)
    )
    + analyses.INDICATORS
)
BY_NAME = {indicator.name: indicator for indicator in INDICATORS}
FORMER_NAMES = {one.formerly: one.name for one in INDICATORS if one.formerly}
# By these versions are compared: on the card, and as the metrics of a run.
HEADLINES = (
    evaluation.AUC,
    evaluation.AVERAGE_PRECISION,
    evaluation.TOP_DECILE_LIFT,
    evaluation.CALIBRATION_SLOPE,
    evaluation.OBSERVED_OVER_EXPECTED,
    evaluation.TOP_DECILE_OBSERVED_OVER_EXPECTED,
    evaluation.BRIER_SKILL,
    comparison.AUC_OVER_RFM,
)


def document() -> str:
    """docs/indicators.md: every indicator with its words, unit, meaning and source."""
    lines = [
        "# Indicators",
        "",
        "Generated from `training/indicators/` by `make docs`; `make check` compares. Every",
        "figure that a report, a list or an answer shows is defined here once. A name that ends",
        "in `_interval` is the 95 % interval of that figure; `_unchanged` is the same figure of",
        "the prediction that nothing changes, `_trend` of the one that the last change goes on,",
        "and `_over_...` the gain against either. Amounts are in the operator's currency, whose",
        "code ends the name.",
        "",
        "| indicator | in words | 指标 | unit | better | meaning | source |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.name}` | {one.en} | {one.zh} | {one.unit} | {one.better} | {one.meaning} "
        f"| {one.source} |"
        for one in INDICATORS
    ]
    return "\n".join(lines) + "\n"
