"""The report's tables: segments, leads, value, periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from features.histories.bills.tiers import TIERS
from training.evaluation.figures import Evaluation
from training.evaluation.segments import SEGMENTS
from training.indicators import Indicator
from training.indicators.comparison import OWN_LEAD_AUC
from training.indicators.evaluation import (
    AUC,
    AVERAGE_PRECISION,
    BRIER_SKILL,
    CALIBRATION_SLOPE,
    CHURN_RATE,
    CHURNERS,
    CUSTOMERS,
    DATES,
    OBSERVED_OVER_EXPECTED,
    PRECISION_AT_K,
    ROWS,
    TOP_DECILE_LIFT,
    TOP_DECILE_OBSERVED_OVER_EXPECTED,
)
from training.indicators.value import MARGIN_MAE, TIER_DOWN_AP, TIER_KAPPA, TIER_UP_AP
from training.report.texts import percent, say

# The figures of a segment, of a payment mode's calibration, of a lead time, of value.
OF_A_SEGMENT = (
    AUC,
    TOP_DECILE_LIFT,
    OBSERVED_OVER_EXPECTED,
    TOP_DECILE_OBSERVED_OVER_EXPECTED,
    CALIBRATION_SLOPE,
)
OF_CALIBRATION = (
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    TOP_DECILE_OBSERVED_OVER_EXPECTED,
    BRIER_SKILL,
)
OF_A_LEAD = (AUC, AVERAGE_PRECISION, TOP_DECILE_LIFT, OWN_LEAD_AUC)
OF_VALUE = (TIER_KAPPA, TIER_UP_AP, TIER_DOWN_AP, MARGIN_MAE)


def segment_table(figures: Evaluation, language: str) -> str:
    """All customers, the two other views, then each mode, tier and city by itself."""
    columns = (CUSTOMERS, CHURNERS, CHURN_RATE, *OF_A_SEGMENT)
    heads = (say("segment", language), *(one.words(language) for one in columns))
    rows = [_segment(say("everyone", language), figures | figures.part("counts"), language)]
    for name in ("without_cancel_requests", "full_base"):
        if name in figures:
            rows.append(_segment(say(name, language), figures.part(name), language))
    for name in SEGMENTS:
        own = figures.part(name)
        order = [tier for tier in TIERS if tier in own] if name == "by_tier" else list(own)
        if order:
            title = escape(say(name, language))
            rows.append(f'<tr class="group"><td colspan="{len(heads)}">{title}</td></tr>')
        for value in order:
            known = value if name == "by_city" else say(value, language)
            rows.append(_segment(known, own.part(value), language))
    return table(heads, rows, language)


def calibration_table(figures: Evaluation, language: str) -> str:
    """Slope, level and skill of all customers and of each payment mode."""
    named = {say("everyone", language): figures}
    for mode in figures.part("by_payment_mode"):
        named[say(mode, language)] = figures.part("by_payment_mode", mode)
    rows = [
        row(one.words(language), [ranged(own, one) for own in named.values()])
        for one in OF_CALIBRATION
    ]
    return table(["", *named], rows, language)


def precision_table(figures: Evaluation, language: str) -> str:
    """How many of the riskiest share left."""
    rows = []
    for share in figures[PRECISION_AT_K.name]:
        found = figures.estimate(PRECISION_AT_K, share)
        span = " – ".join(PRECISION_AT_K.written(bound) for bound in found.interval or (None,))
        value = PRECISION_AT_K.written(found.value)
        rows.append(row(percent(float(share)), [f"<td>{value}</td>", f"<td>{span}</td>"]))
    heads = (say(name, language) for name in ("riskiest", "precision", "interval_name"))
    return table(list(heads), rows, language)


def lead_table(figures: Evaluation, own_lead_days: int, language: str) -> str:
    """Each lead time on the dates whose labels are known."""
    columns = (DATES, CHURNERS, *OF_A_LEAD)
    heads = (say("lead_time", language), *(one.words(language) for one in columns))
    rows = []
    for lead in sorted(figures.part("by_lead"), key=int):
        own = figures.part("by_lead", lead)
        name = say("days", language, count=lead)
        is_own = int(lead) == own_lead_days
        if is_own:
            name += f" {say('own_lead', language)}"
        cells = [ranged(own, DATES), ranged(own, CHURNERS)]
        if own.estimate(AUC).value is None:
            why = say("too_few" if own.estimate(DATES).value else "immature", language)
            cells += [f'<td class="none" colspan="{len(OF_A_LEAD)}">{escape(why)}</td>']
        else:
            cells += [ranged(own, one) for one in OF_A_LEAD]
        rows.append(row(name, cells, here=is_own))
    return table(heads, rows, language)


def value_table(value: Evaluation, language: str) -> str:
    """Tier and margin against "nothing changes" and the trend, the gains' intervals beneath."""
    rows = []
    for one in OF_VALUE:
        if value.estimate(one).value is None:
            continue
        cells = [ranged(value, one)]
        for other in ("unchanged", "trend"):
            gain = value.estimate(one.over(other)).interval
            beneath = "" if gain is None else f"<small>{_span(one.over(other), gain)}</small>"
            cells.append(f"<td>{one.written(value.estimate(one.of(other)).value)}{beneath}</td>")
        rows.append(row(one.words(language), cells))
    heads = [say(name, language) for name in ("figure", "model", "unchanged", "trend")]
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
    heads = ["", *(say(tier, language) for tier in TIERS)]
    return table(heads, rows, language, caption=say("matrix_caption", language))


def period_table(periods: Mapping[str, Any], language: str) -> str:
    """First and last date, rows and churners of fit, calibration and test."""
    rows = [
        row(
            say(name, language),
            [
                f"<td>{escape(period['first'])}</td>",
                f"<td>{escape(period['last'])}</td>",
                *(f"<td>{one.written(period[one.name])}</td>" for one in (ROWS, CHURNERS)),
            ],
        )
        for name, period in periods.items()
    ]
    heads = [say(name, language) for name in ("period", "first", "last")]
    return table([*heads, ROWS.words(language), CHURNERS.words(language)], rows, language)


def table(
    heads: Sequence[str],
    rows: Sequence[str],
    language: str,
    caption: str = "",
) -> str:
    """A table that scrolls by itself where the page is narrow, and then says so."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="table" tabindex="0">{hint(language)}<table>{above}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def hint(language: str) -> str:
    """A line that is seen where what is around it scrolls: there is more to the right."""
    return f'<p class="hint">{escape(say("scroll", language))}</p>'


def row(name: str, cells: Sequence[str], *, here: bool = False) -> str:
    """A row that begins with its name."""
    opened = '<tr class="here">' if here else "<tr>"
    return f"{opened}<td>{escape(name)}</td>{''.join(cells)}</tr>"


def ranged(figures: Evaluation, one: Indicator) -> str:
    """A cell with a figure and, where there is one, its interval beneath."""
    found = figures.estimate(one)
    beneath = "" if found.interval is None else f"<small>{_span(one, found.interval)}</small>"
    return f"<td>{one.written(found.value)}{beneath}</td>"


def _span(one: Indicator, interval: tuple[float, float]) -> str:
    low, high = (one.written(bound) for bound in interval)
    return f"{low} … {high}" if low.startswith(("+", "-")) else f"{low}–{high}"


def _segment(name: str, own: Evaluation, language: str) -> str:
    cells = [ranged(own, one) for one in (CUSTOMERS, CHURNERS, CHURN_RATE)]
    if own.estimate(AUC).value is None:
        few = escape(say("too_few", language))
        cells.append(f'<td class="none" colspan="{len(OF_A_SEGMENT)}">{few}</td>')
    else:
        cells += [ranged(own, one) for one in OF_A_SEGMENT]
    return row(name, cells)
