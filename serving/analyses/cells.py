"""From sums of measures to the indicators of each period and group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from serving.analyses.dimensions import NOT_RECORDED, ORDERED
from serving.analyses.lake import Lake
from serving.analyses.request import Request, measures_of
from training.indicators.analyses import Declared
from training.indicators.indicator import COUNT

DIGITS = 6


@dataclass(frozen=True)
class Sums:
    """A source's measures by `as_of` (the period's end) and `value`.

    `first` is when the first fact of its `feed` happened; both null where every period is known.
    """

    sums: pd.DataFrame
    measures: tuple[str, ...]
    feed: str | None
    first: datetime | None

    def knows(self, end: datetime) -> bool:
        """Whether any fact could have happened in the period that ends then."""
        return self.first is None or self.first < end


Cells = dict[tuple[datetime, str], dict[str, float]]


def result_of(request: Request, lake: Lake, found: Sequence[Sums]) -> dict[str, Any]:
    """See `serving.analyses.analyse`."""
    given = {name: one for one in found for name in one.measures}
    shown = [one for one in request.analysis.indicators if set(measures_of(one)) <= set(given)]
    cells = _cells(found)
    groups = _ordered(cells, request.by, shown)
    spans = list(zip(lake.edges[:-1], lake.ends, strict=True))
    rows = [
        _row(span, group, cells.get((span[1], group), {}), shown, given)
        for span in spans
        for group in groups
    ]
    totals = [_row(span, None, _total(cells, span[1]), shown, given) for span in spans]
    by = request.by or None
    return {
        "analysis": request.analysis.name,
        "by": by,
        "every": request.every,
        "from": f"{lake.edges[0]:%F}",
        "to": f"{lake.edges[-1]:%F}",
        "known_at": f"{lake.known_at:%F}",
        "currency": lake.settings.currency,
        "indicators": [
            {"name": one.name, "en": one.indicator.en, "zh": one.indicator.zh,
             "unit": one.indicator.unit}
            for one in shown
        ],
        "on_file_from": _begins(found, lake.edges[0]),
        "rows": rows if by else totals,
        "totals": totals,
    }  # fmt: skip


def _cells(found: Iterable[Sums]) -> Cells:
    """The sums of all sources by the period's end and the group."""
    cells: Cells = {}
    for one in found:
        for row in one.sums.to_dict("records"):
            at = pd.Timestamp(row["as_of"]).to_pydatetime(), str(row["value"])
            own = cells.setdefault(at, {})
            for name in one.measures:
                own[name] = own.get(name, 0.0) + float(row[name] or 0)
    return cells


def _total(cells: Cells, end: datetime) -> dict[str, float]:
    whole: dict[str, float] = {}
    for (at, _), own in cells.items():
        if at == end:
            for name, value in own.items():
                whole[name] = whole.get(name, 0.0) + value
    return whole


def _row(
    span: tuple[datetime, datetime],
    group: str | None,
    own: dict[str, float],
    shown: Sequence[Declared],
    given: dict[str, Sums],
) -> dict[str, Any]:
    since, until = span
    values = {
        one.name: _value(one, own)
        if all(given[name].knows(until) for name in measures_of(one))
        else None
        for one in shown
    }
    return {"from": f"{since:%F}", "to": f"{until:%F}", "group": group, **values}


def _value(declared: Declared, own: dict[str, float]) -> float | int | None:
    """The indicator's value; null where it is a share of nothing."""
    total = own.get(declared.sum, 0.0)
    if declared.over is not None:
        over = own.get(declared.over, 0.0)
        if not over:
            return None
        total /= over
    elif declared.indicator.unit == COUNT:
        return round(total)
    return round(total / declared.scale, DIGITS)


def _ordered(cells: Cells, by: str, shown: Sequence[Declared]) -> list[str]:
    """The groups: bands in their order, others by the first indicator's sum; unnamed ones last."""
    groups = {group for _, group in cells}
    if by in ORDERED:
        known = [name for name in ORDERED[by] if name in groups]
        return known + sorted(groups - set(known))
    first = shown[0].sum if shown else ""
    size = dict.fromkeys(groups, 0.0)
    for (_, group), own in cells.items():
        size[group] += own.get(first, 0.0)
    return sorted(groups, key=lambda group: (group == NOT_RECORDED, -size[group], group))


def _begins(found: Sequence[Sums], since: datetime) -> dict[str, str]:
    """By feed the day of its first fact, of those that begin after the first period does."""
    return {
        one.feed: f"{one.first:%F}"
        for one in found
        if one.feed is not None and one.first is not None and since < one.first < datetime.max
    }
