"""A backtest as text for people: a table with intervals, the worst dates, what was passed over."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from features.words import say
from training.evaluation.backtest import BY_MODE, Backtest
from training.indicators import Indicator
from training.indicators.comparison import SHARE_OF_ORACLE
from training.indicators.evaluation import AUC, CHURNERS, OBSERVED_OVER_EXPECTED, ROWS
from training.pictures.words import word
from training.report.backtest import (
    COLUMNS,
    SUBJECT,
    counts,
    knows_oracle,
    reasons,
    title,
    worst,
)
from training.statistics.estimate import Estimate

BETWEEN = "  "


def as_text(found: Backtest, language: str) -> str:
    """The result as the terminal shows it."""
    parts = [
        title(found, language),
        say(SUBJECT, "lead", language, **counts(found)),
        _figures(found, language),
        _parts(found, language),
        say(SUBJECT, "how_to_read", language),
        worst(found, language),
    ]
    if found.passed_over:
        lines = [f"{BETWEEN}{line}" for line in reasons(found, language)]
        parts.append("\n".join([say(SUBJECT, "passed_over", language), *lines]))
    return "\n\n".join(part for part in parts if part)


def _figures(found: Backtest, language: str) -> str:
    """Counts and figures of all customers; each date two lines, the second has the intervals."""
    heads = [
        say(SUBJECT, "date", language),
        *(one.words(language) for one in (ROWS, CHURNERS)),
        *(say(SUBJECT, key, language) if key else AUC.words(language) for _, key in COLUMNS),
    ]
    lines = [heads]
    for one in found.judged:
        counted = one.evaluation.part("counts")
        own = [(each, one.evaluation.estimate(each)) for each, _ in COLUMNS]
        numbers = [each.written(counted.estimate(each).value) for each in (ROWS, CHURNERS)]
        lines += _two_lines(one.as_of, numbers, own)
    return _aligned(lines)


def _parts(found: Backtest, language: str) -> str:
    """The level of each payment mode, and in a simulation the share of the oracle."""
    own = found.modes()
    heads = [
        say(SUBJECT, "date", language),
        *(say(SUBJECT, "head_mode", language, mode=word(mode, language)) for mode in own),
    ]
    if knows_oracle(found):
        heads.append(say(SUBJECT, "head_oracle", language))
    lines = [heads]
    for one in found.judged:
        parts = [one.evaluation.part(BY_MODE, mode) for mode in own]
        level = OBSERVED_OVER_EXPECTED
        estimates = [(level, part.estimate(level)) for part in parts]
        if knows_oracle(found):
            estimates.append((SHARE_OF_ORACLE, one.evaluation.estimate(SHARE_OF_ORACLE)))
        lines += _two_lines(one.as_of, [], estimates)
    return _aligned(lines) if len(heads) > 1 else ""


def _two_lines(
    date: str, numbers: Sequence[str], estimates: Sequence[tuple[Indicator, Estimate]]
) -> list[list[str]]:
    values = [one.written(own.value) for one, own in estimates]
    return [
        [date, *numbers, *values],
        ["", *("" for _ in numbers), *(_interval(one, own) for one, own in estimates)],
    ]


def _interval(one: Indicator, own: Estimate) -> str:
    return "" if own.interval is None else "–".join(one.written(end) for end in own.interval)


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """The cells in columns, all but the first to the right; Chinese letters are twice as wide."""
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        BETWEEN.join(
            [
                line[0] + " " * (widths[0] - cell_len(line[0])),
                *(
                    " " * (width - cell_len(cell)) + cell
                    for width, cell in zip(widths[1:], line[1:], strict=True)
                ),
            ]
        ).rstrip()
        for line in lines
    )
