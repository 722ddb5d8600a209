"""The report's tables: segments, leads, value, periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from features.histories.bills.tiers import TIERS
from training.evaluation.segments import SEGMENTS
from training.report.texts import percent, say

Figures = Mapping[str, Any]


def segment_table(figures: Figures, language: str) -> str:
    """Everyone, the two other views, then each mode, tier and city by itself."""
    heads = ("segment", "customers", "churners", "churn", "auc_short", "lift_short",
             "level_short", "top_level_short", "slope_short")  # fmt: skip
    counts = figures["counts"]
    whole = {**figures, "customers": counts["customers"], "churners": counts["churners"]}
    rows = [_segment(say("everyone", language), whole, language)]
    if "without_cancel_requests" in figures:
        named = say("without_cancel_requests", language)
        rows.append(_segment(named, figures["without_cancel_requests"], language))
    rows.append(_segment(say("full_base", language), figures["full_base"], language))
    for name in SEGMENTS:
        own = figures.get(name) or {}
        order = [tier for tier in TIERS if tier in own] if name == "by_tier" else list(own)
        if order:
            title = escape(say(name, language))
            rows.append(f'<tr class="group"><td colspan="{len(heads)}">{title}</td></tr>')
        for value in order:
            known = value if name == "by_city" else say(value, language)
            rows.append(_segment(known, own[value], language))
    return table(heads, rows, language)


def calibration_table(figures: Figures, language: str) -> str:
    """Slope, level and skill of everyone and of each payment mode."""
    named = [(say("everyone", language), figures)]
    named += [(say(mode, language), own) for mode, own in figures["by_payment_mode"].items()]
    rows = []
    for key, name, digits in (
        ("slope_short", "calibration_slope", 2),
        ("level_short", "observed_over_expected", 2),
        ("top_level_short", "top_decile_observed_over_expected", 2),
        ("skill_short", "brier_skill", 3),
    ):
        rows.append(row(say(key, language), [ranged(own, name, digits) for _, own in named]))
    return table(["", *(name for name, _ in named)], rows, language)


def precision_table(figures: Figures, language: str) -> str:
    """How many of the riskiest share left."""
    rows = []
    for share, value in figures["precision_at_k"].items():
        bounds = figures["precision_at_k_interval"][share]
        span = "–" if bounds is None else f"{percent(bounds[0], 1)} – {percent(bounds[1], 1)}"
        told = "–" if value is None else percent(value, 1)
        rows.append(row(percent(float(share)), [f"<td>{told}</td>", f"<td>{span}</td>"]))
    return table(("riskiest", "precision", "interval_name"), rows, language)


def lead_table(figures: Figures, own_lead_days: int, language: str) -> str:
    """Each lead time on the dates whose labels are known."""
    heads = ("lead_time", "dates", "churners", "auc_short", "ap_short", "lift_short",
             "own_lead_auc")  # fmt: skip
    rows = []
    for lead, own in sorted(figures["by_lead"].items(), key=lambda item: int(item[0])):
        name = say("days", language, count=lead)
        is_own = int(lead) == own_lead_days
        if is_own:
            name += f" {say('own_lead', language)}"
        cells = [number(own["dates"]), number(own["churners"])]
        if own["auc"] is None:
            why = say("too_few" if own["dates"] else "immature", language)
            cells += [f'<td class="none" colspan="4">{escape(why)}</td>']
        else:
            cells += [
                ranged(own, "auc"),
                ranged(own, "average_precision"),
                ranged(own, "top_decile_lift", 1),
                number(own["own_lead_auc"], 3),
            ]
        rows.append(row(name, cells, here=is_own))
    return table(heads, rows, language)


def value_table(value: Figures, language: str) -> str:
    """Tier and margin against "nothing changes" and the trend, the gains' intervals beneath."""
    rows = []
    for name, digits in (("tier_kappa", 3), ("tier_up_ap", 3), ("tier_down_ap", 3),
                         ("margin_mae", 2)):  # fmt: skip
        if value.get(name) is None:
            continue
        cells = [number(value[name], digits)]
        for other in ("unchanged", "trend"):
            bounds = value.get(f"{name}_over_{other}_interval")
            beneath = (
                ""
                if bounds is None
                else f"<small>{bounds[0]:+.{digits}f} … {bounds[1]:+.{digits}f}</small>"
            )
            cells.append(number(value.get(f"{name}_{other}"), digits, beneath))
        rows.append(row(say(name, language), cells))
    heads = ("figure", "model", "unchanged", "trend")
    return table(heads, rows, language) if rows else ""


def tier_table(matrix: Sequence[Sequence[float]], language: str) -> str:
    """How often each tier (row) was predicted as each (column)."""
    rows = []
    for place, (tier, counts) in enumerate(zip(TIERS, matrix, strict=True)):
        cells = [
            f'<td class="here">{count:,.0f}</td>' if place == column else f"<td>{count:,.0f}</td>"
            for column, count in enumerate(counts)
        ]
        rows.append(row(say(tier, language), cells))
    return table(("", *TIERS), rows, language, caption=say("matrix_caption", language))


def period_table(periods: Figures, language: str) -> str:
    """First and last date, rows and churners of fit, calibration and test."""
    rows = [
        row(
            say(name, language),
            [
                f"<td>{escape(period['first'])}</td>",
                f"<td>{escape(period['last'])}</td>",
                number(period["rows"]),
                number(period["churners"]),
            ],
        )
        for name, period in periods.items()
    ]
    return table(("period", "first", "last", "rows", "churners"), rows, language)


def table(
    heads: Sequence[str],
    rows: Sequence[str],
    language: str,
    caption: str = "",
) -> str:
    """A table that scrolls by itself where the page is narrow, and then says so."""
    head = "".join(f'<th scope="col">{escape(say(name, language))}</th>' for name in heads)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="table" tabindex="0">{hint(language)}<table>{told}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def hint(language: str) -> str:
    """A line that is seen where what is around it scrolls: there is more to the right."""
    return f'<p class="hint">{escape(say("scroll", language))}</p>'


def row(name: str, cells: Sequence[str], *, here: bool = False) -> str:
    """A row that begins with its name."""
    opened = '<tr class="here">' if here else "<tr>"
    return f"{opened}<td>{escape(name)}</td>{''.join(cells)}</tr>"


def number(value: float | None, digits: int = 0, beneath: str = "") -> str:
    """A cell with a number, or a dash."""
    return f"<td>–{beneath}</td>" if value is None else f"<td>{value:,.{digits}f}{beneath}</td>"


def ranged(figures: Figures, name: str, digits: int = 3) -> str:
    """A cell with a figure and, where there is one, its interval beneath."""
    bounds = figures.get(f"{name}_interval")
    beneath = f"<small>{bounds[0]:.{digits}f}–{bounds[1]:.{digits}f}</small>" if bounds else ""
    return number(figures[name], digits, beneath)


def _segment(name: str, own: Figures, language: str) -> str:
    rate = own["churn_rate"]
    cells = [
        number(own.get("customers")),
        number(own.get("churners")),
        "<td>–</td>" if rate is None else f"<td>{percent(rate, 1)}</td>",
    ]
    if own["auc"] is None:
        cells.append(f'<td class="none" colspan="5">{escape(say("too_few", language))}</td>')
    else:
        cells += [
            ranged(own, "auc"),
            ranged(own, "top_decile_lift", 1),
            ranged(own, "observed_over_expected", 2),
            ranged(own, "top_decile_observed_over_expected", 2),
            ranged(own, "calibration_slope", 2),
        ]
    return row(name, cells)
