"""An analysis as a file: CSV with every number, or a picture of small multiples."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from features.disk.atomic import replacing
from features.words import say
from serving.analyses.table import group_words, indicator_words
from serving.customers.standing import sheet
from training.indicators import BY_NAME
from training.indicators.analyses import ANALYSES
from training.indicators.indicator import SHARE

ENDINGS = (".csv", ".png")
PANELS = 3  # a row of the picture
MAX_LINES = 6  # groups that a panel shows
COLOURS = ("#c2410c", "#1f2933", "#52798f", "#b08d57", "#6b8f71", "#9aa5b1")
PANEL_INCHES = (4.6, 2.9)


def write(path: Path, result: dict[str, Any], language: str) -> None:
    """Write the result of `analyse` as the path's ending says, in one replace."""
    content = content_of(result, path.suffix.lower(), language)
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def content_of(result: dict[str, Any], ending: str, language: str) -> bytes:
    """The file of the result, by one of `ENDINGS`."""
    return as_csv(result) if ending == ".csv" else _drawn(result, language)


def as_csv(result: dict[str, Any]) -> bytes:
    """A line a period and group: from, to, the dimension, the indicators; UTF-8 with its mark.

    A number that is not known is empty. A text that a spreadsheet would take for a formula begins
    with an apostrophe.
    """
    by, names = result["by"], [one["name"] for one in result["indicators"]]
    rows = [row | {by: row["group"]} for row in result["rows"]] if by else result["rows"]
    return sheet.as_csv(["from", "to", *([by] if by else []), *names], rows)


def _drawn(result: dict[str, Any], language: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from training.pictures.fonts import use_fonts

    use_fonts()
    shown = result["indicators"]
    lines = -(-len(shown) // PANELS)
    size = (PANEL_INCHES[0] * PANELS, PANEL_INCHES[1] * lines + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    headline = say(
        "analyses", "picture", language,
        analysis=ANALYSES[result["analysis"]].words(language),
        since=result["from"], until=result["to"],
    )  # fmt: skip
    figure.suptitle(headline, fontsize=13, x=0.01, ha="left")
    grid = figure.subplots(lines, PANELS, squeeze=False)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    for axes, one in zip(grid.flat, shown, strict=False):
        axes.set_title(indicator_words(one, result, language), loc="left", fontsize=10)
        _panel(axes, result, one["name"], language)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    handles, labels = grid.flat[0].get_legend_handles_labels()
    if result["by"]:
        figure.legend(handles, labels, loc="outside lower left", ncols=MAX_LINES, frameon=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()


def _panel(axes: Any, result: dict[str, Any], name: str, language: str) -> None:
    """A line a group over the periods; of one period a bar each."""
    from matplotlib.ticker import PercentFormatter

    groups = list(dict.fromkeys(row["group"] for row in result["rows"]))[:MAX_LINES]
    is_one = len(result["totals"]) == 1
    for place, (group, colour) in enumerate(zip(groups, COLOURS, strict=False)):
        rows = [row for row in result["rows"] if row["group"] == group]
        label = group_words(result["by"], group, language) if result["by"] else None
        values = [_plotted(row[name]) for row in rows]
        if is_one:
            axes.bar(place, values, color=colour, width=0.7, label=label)
        else:
            axes.plot(range(len(rows)), values, "o-", color=colour, markersize=3, label=label)
    if not any((row[name] or 0) < 0 for row in result["rows"]):
        axes.set_ylim(bottom=0)
    _ticks(axes, result)
    form = PercentFormatter(1.0) if BY_NAME[name].unit == SHARE else "{x:,.10g}"
    axes.yaxis.set_major_formatter(form)


def _plotted(value: float | None) -> float:
    """What is not known is a gap."""
    return float("nan") if value is None else value


def _ticks(axes: Any, result: dict[str, Any]) -> None:
    firsts: Sequence[str] = [row["from"] for row in result["totals"]]
    if len(firsts) == 1:
        axes.set_xticks([])
        return
    step = -(-len(firsts) // 6)
    places = range(0, len(firsts), step)
    short = 7 if result["every"] == "month" else 10
    axes.set_xticks(list(places), [firsts[place][:short] for place in places])
