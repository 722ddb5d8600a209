"""Churned customers, shown: a table for the terminal and a picture of small multiples."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.disk.atomic import replacing
from features.disk.outputs import check_out
from features.words import check_language, words
from training.pictures.fonts import use_fonts

INK, ACCENT, PALE = "#1f2933", "#c2410c", "#9aa5b1"
PANELS = 4  # a row of the picture
PICTURES = (".png",)


def table(result: dict[str, Any], language: str) -> str:
    """The result of `churned_customers` as text of a few sections, in `language` (en or zh).

    Raises SettingsError for another language.
    """
    check_language(language, "--language")
    parts = [_headline(result, language)]
    for name in ("reason", "direction"):
        rows = [
            [_name(name, row["name"], language), f"{row['churned']:,}", f"{row['share']:.1%}"]
            for row in result[name]
        ]
        parts.append(_section(name, ("churned", "share"), rows, language))
    for name, groups in result["composition"].items():
        rows = [_cells(name, group, language) for group in groups]
        heads = ("churned", "share", "customers", "monthly_rate", "interval")
        parts.append(_section(name, heads, rows, language))
    return "\n\n".join(parts)


def picture(result: dict[str, Any], path: Path, language: str) -> None:
    """Write the result of `churned_customers` as a PNG of small multiples.

    Raises OutputError where the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_out(path, PICTURES, force=True)
    panels = [(name, result[name]) for name in ("reason", "direction")]
    panels += list(result["composition"].items())
    use_fonts()
    lines = -(-len(panels) // PANELS)
    tallest = max(_rows_shown(rows) for _, rows in panels)
    figure = Figure(figsize=(15, lines * (1.4 + 0.26 * tallest)), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(_headline(result, language), fontsize=13, color=INK, x=0.01, ha="left")
    legend = _words(language)["legend"]
    figure.supxlabel(legend, fontsize=9, color=INK, x=0.01, ha="left")
    grid = figure.subplots(lines, PANELS, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    for axes, (name, rows) in zip(grid.flat, panels, strict=False):
        axes.set_title(_words(language)[name], loc="left", fontsize=11, color=INK)
        if name in ("reason", "direction", "kind"):
            _bars(axes, name, rows, language)
        else:
            _rates(axes, name, rows, result["monthly_rate"], language)
        axes.tick_params(axis="y", labelsize=9, length=0)
        axes.set_ylim(_rows_shown(rows) - 0.4, -0.6)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


def _rows_shown(rows: list[dict[str, Any]]) -> int:
    """Few rows stay close together."""
    return max(len(rows), 5)


def _bars(axes: Any, name: str, rows: list[dict[str, Any]], language: str) -> None:
    """How many left in each group, with its share; what was not recorded is said, not drawn."""
    recorded = [row for row in rows if row["name"] != "not_recorded"]
    widest = max([row["churned"] for row in recorded], default=1) or 1
    axes.barh(range(len(recorded)), [row["churned"] for row in recorded], color=ACCENT, height=0.62)
    for place, row in enumerate(recorded):
        axes.text(row["churned"], place, f" {_count(row)}", va="center", fontsize=9, color=INK)
    unrecorded = [row for row in rows if row["name"] == "not_recorded"]
    for place, row in enumerate(unrecorded, len(recorded)):
        text = f"{_name(name, row['name'], language)}: {_count(row)}"
        axes.text(0, place, text, va="center", fontsize=9, color=INK, style="italic")
    axes.set_xlim(0, 1.4 * widest)
    axes.set_yticks(range(len(recorded)), [_name(name, row["name"], language) for row in recorded])
    axes.set_xticks([])
    axes.spines[:].set_visible(False)


def _count(row: dict[str, Any]) -> str:
    return f"{row['churned']:,}" + ("" if row["share"] is None else f" ({row['share']:.0%})")


def _rates(
    axes: Any,
    name: str,
    rows: list[dict[str, Any]],
    overall: float | None,
    language: str,
) -> None:
    """The churn rate of each group with its interval, beside the rate of all customers."""
    from matplotlib.ticker import PercentFormatter

    known = [(place, row) for place, row in enumerate(rows) if row["monthly_rate"] is not None]
    highest = max([overall or 0.0, *(row["high"] for _, row in known)], default=0.0) or 0.01
    if overall is not None:
        axes.axvline(overall, color=PALE, linewidth=1, linestyle="--", zorder=0)
    for place, row in known:
        axes.plot([row["low"], row["high"]], [place, place], color=INK, linewidth=1.4)
        axes.plot(row["monthly_rate"], place, "o", color=ACCENT, markersize=6)
        label = f"{row['monthly_rate']:.1%}  ({row['churned']:,}/{row['customers']:,})"
        axes.text(1.08 * highest, place, label, va="center", fontsize=9, color=INK)
    axes.set_xlim(0, 2 * highest)
    axes.set_yticks(range(len(rows)), [_name(name, row["name"], language) for row in rows])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0 if highest > 0.04 else 1))
    axes.locator_params(axis="x", nbins=5)
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= highest])
    axes.tick_params(axis="x", labelsize=8, length=2)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _headline(result: dict[str, Any], language: str) -> str:
    rate = result["monthly_rate"]
    return _words(language)["period"].format(
        churned=result["churned"],
        since=result["from"],
        until=result["to"],
        known=result["known_at"],
        customers=result["customers"],
        rate="-" if rate is None else f"{rate:.2%}",
    )


def _section(name: str, heads: tuple[str, ...], rows: list[list[str]], language: str) -> str:
    """A heading and aligned columns: the first to the left, the others to the right."""
    head = [_words(language)[name], *(_words(language)[one] for one in heads)]
    lines = [head, *rows]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(head))]
    shown = []
    for line in lines:
        cells = [line[0] + " " * (widths[0] - _width(line[0]))]
        cells += [" " * (widths[i] - _width(line[i])) + line[i] for i in range(1, len(line))]
        shown.append("  ".join(cells).rstrip())
    shown.insert(1, "-" * (sum(widths) + 2 * (len(widths) - 1)))
    return "\n".join(shown)


def _cells(name: str, group: dict[str, Any], language: str) -> list[str]:
    interval = "-"
    if group["low"] is not None:
        interval = f"{group['low']:.2%} .. {group['high']:.2%}"
    return [
        _name(name, group["name"], language),
        f"{group['churned']:,}",
        _percent(group["share"], 1),
        f"{group['customers']:,}",
        _percent(group["monthly_rate"], 2),
        interval,
    ]


def _percent(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}%}"


def _name(section: str, name: str, language: str) -> str:
    """The group's name in words; the operator's own names stay as they are."""
    if section == "direction" and name == "not_recorded":
        name = "no_rival"
    ours = section not in ("reason", "direction", "brand", "city")
    if ours or name in ("others", "not_recorded", "no_rival"):
        return _words(language)[name]
    return name


def _width(text: str) -> int:
    """Columns on a terminal, where Chinese characters take two."""
    return sum(2 if _is_wide(letter) else 1 for letter in text)


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _words(language: str) -> Mapping[str, str]:
    return words(language, "churned", "terms")
