"""An analysis for the terminal: numbers by period, or a block for each indicator by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from features.words import say, words
from serving.analyses.dimensions import NOT_RECORDED
from training.indicators import BY_NAME
from training.indicators.analyses import ANALYSES, Analysis
from training.indicators.indicator import CURRENCY, Indicator

MAX_PERIODS = 12  # columns; the latest, the files have all
PLAIN_UNITS = ("", "count", "share", "ratio")


def in_words(result: dict[str, Any], size: int, language: str) -> str:
    """The result of `analyse` as text; of groups at most `size`, the others are counted."""
    periods = _periods(result)
    parts = [_headline(result, language)]
    if result["by"] is None:
        rows = [
            [
                indicator_words(one, result, language),
                *_values(result["rows"], one["name"], periods),
            ]
            for one in result["indicators"]
        ]
        parts.append(_block(["", *_heads(result, periods)], rows))
    else:
        parts += [_by_group(result, one, periods, size, language) for one in result["indicators"]]
    notes = [
        say("analyses", "on_file_from", language, feed=feed, day=day)
        for feed, day in result["on_file_from"].items()
    ]
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])])


def listed(language: str) -> str:
    """The analyses with their indicators, for who names none."""
    return "\n".join(_described(one, language) for one in ANALYSES.values())


def group_words(by: str, name: str, language: str) -> str:
    """A group's name: ours in words, the operator's as it is."""
    known = words(language, "analyses", "churned", "customers", "terms")
    ours = by in ("value_tier", "value_tier_before", "tenure", "payment_mode", "event", "arm")
    if name == NOT_RECORDED or ours:
        return known.get(f"{by}_{name}", known.get(name, name))
    return name


def dimension_words(by: str, language: str) -> str:
    """A dimension's name in words."""
    return words(language, "analyses")[f"by_{by}"]


def indicator_words(one: dict[str, Any], result: dict[str, Any], language: str) -> str:
    """An indicator's name with its unit."""
    indicator: Indicator = BY_NAME[one["name"]]
    unit = result["currency"] if indicator.unit == CURRENCY else indicator.unit
    name = indicator.words(language)
    return name if unit in PLAIN_UNITS else f"{name} ({unit})"


def _described(analysis: Analysis, language: str) -> str:
    between = say("customers", "between", language)
    names = between.join(one.indicator.words(language) for one in analysis.indicators)
    return say(
        "analyses", "analysis", language,
        name=analysis.name, words=analysis.words(language), indicators=names,
    )  # fmt: skip


def _headline(result: dict[str, Any], language: str) -> str:
    by = result["by"]
    return say(
        "analyses", "headline", language,
        analysis=ANALYSES[result["analysis"]].words(language),
        by=say("analyses", "by_words", language, by=dimension_words(by, language)) if by else "",
        since=result["from"], until=result["to"], known=result["known_at"],
    )  # fmt: skip


def _by_group(
    result: dict[str, Any], one: dict[str, Any], periods: Sequence[str], size: int, language: str
) -> str:
    by = result["by"]
    groups = list(dict.fromkeys(row["group"] for row in result["rows"]))
    rows = []
    for group in groups[:size]:
        own = [row for row in result["rows"] if row["group"] == group]
        rows.append([group_words(by, group, language), *_values(own, one["name"], periods)])
    total = say("analyses", "total", language)
    rows.append([total, *_values(result["totals"], one["name"], periods)])
    block = _block([indicator_words(one, result, language), *_heads(result, periods)], rows)
    more = len(groups) - size
    return block if more <= 0 else f"{block}\n{say('analyses', 'more', language, count=more)}"


def _periods(result: dict[str, Any]) -> list[str]:
    """The first days of the periods that there is room for."""
    return [row["from"] for row in result["totals"]][-MAX_PERIODS:]


def _heads(result: dict[str, Any], periods: Sequence[str]) -> list[str]:
    """The periods by their first day; months alone where they are whole."""
    if result["every"] != "month":
        return list(periods)
    return [first[:7] if first.endswith("-01") else first for first in periods]


def _values(rows: Sequence[dict[str, Any]], name: str, periods: Sequence[str]) -> list[str]:
    by_period = {row["from"]: row[name] for row in rows}
    return [BY_NAME[name].written(by_period.get(first)) for first in periods]


def _block(head: list[str], rows: list[list[str]]) -> str:
    """Aligned columns: the first to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            [line[0] + " " * (widths[0] - cell_len(line[0]))]
            + [" " * (widths[i] - cell_len(line[i])) + line[i] for i in range(1, len(line))]
        ).rstrip()
        for line in lines
    )
