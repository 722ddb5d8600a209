"""The analyses: declared indicators by period and dimension, each drawn, all as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from serving.http.call import Call
from serving.http.contract.forms.business.analyses import AnalysesAnswer, AnalysisAnswer
from serving.http.contract.forms.pages.business import FiguresQuery
from serving.pages.business import WORDS
from serving.pages.business.naming import dimension, named
from serving.pages.charts import lengths, lines
from serving.pages.parts import address, shown_in_parts
from serving.pages.rendering import Pages
from training.indicators import BY_NAME

MAX_LINES, MAX_ROWS = 6, 20  # of groups; the file has all
LARGE = 1000.0
DAY, MONTH = 10, 7  # characters of a label


class FiguresPage:
    """The handler of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def show(self, call: Call) -> Response:
        """The page, or its part."""
        form = call.form
        assert isinstance(form, FiguresQuery)
        language = self._pages.language(call)

        async def find() -> Mapping[str, Any]:
            listed: AnalysesAnswer = await call.run("analyses", {"language": language})
            values = form.wanted | {"language": language}
            own = next((one for one in listed.analyses if one.name == form.name), None)
            if own is not None and form.by not in (None, "all", *own.dimensions):
                values.pop("by", None)  # of the analysis that was chosen before
            found: AnalysisAnswer = await call.run("analyse", values, name=form.name)
            return seen(found, form, listed, language) | {
                "files": [(ending, _file(found, ending, language)) for ending in ("csv", "png")]
            }

        place = address(call, form)
        return await shown_in_parts(self._pages, call, "figures", WORDS, place, find)


def seen(
    found: AnalysisAnswer, form: FiguresQuery, listed: AnalysesAnswer, language: str
) -> dict[str, Any]:
    """What the template draws."""
    own = next(one for one in listed.analyses if one.name == found.analysis)
    return {
        "found": found,
        "form": form,
        "analyses": [(one.name, _capital(one.text)) for one in listed.analyses],
        "dimensions": [(name, dimension(name, language)) for name in own.dimensions],
        "text": _capital(own.text),
        "by": None if found.by is None else dimension(found.by, language),
        "panels": [_panel(found, one, language) for one in found.indicators],
        "is_one": len(found.totals) == 1,
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _panel(found: AnalysisAnswer, indicator: Mapping[str, str], language: str) -> dict[str, Any]:
    """An indicator by period: a line a group, or of one period a bar each; and the last number."""
    name = indicator["name"]
    written = BY_NAME[name].written
    periods = [row["from"] for row in found.totals]
    size = MONTH if found.every == "month" else DAY
    groups = list(dict.fromkeys(row["group"] for row in found.rows))
    values: dict[str | None, dict[str, float | None]] = {}
    for row in found.rows:
        values.setdefault(row["group"], {})[row["from"]] = row[name]
    shown = groups[:MAX_LINES]
    texts = {own: named(found.by or "", own, language) if found.by else "" for own in groups}
    series = {texts[own]: [values[own].get(one) for one in periods] for own in shown}
    total = found.totals[-1][name] if found.totals else None
    unit = found.currency if indicator["unit"] == "currency" else indicator["unit"]
    drawn = lines(series, [one[:size] for one in periods])
    bars = lengths([values[own].get(periods[-1]) for own in shown]) if periods else []
    return {
        "text": _capital(indicator["zh" if language == "zh" else "en"]),
        "unit": "" if unit in ("", "count", "share", "ratio") else unit,
        "last": "–" if total is None else _short(total, written),
        "low": _short(drawn.low, written),
        "high": _short(drawn.high, written),
        "drawn": drawn,
        "is_known": any(one is not None for own in series.values() for one in own),
        "bars": [
            (texts[own], written(values[own].get(periods[-1])), length)
            for own, length in zip(shown, bars, strict=True)
        ],
        "periods": [one[:size] for one in periods],
        "rows": [
            (texts[own], [written(values[own].get(one)) for one in periods])
            for own in groups[:MAX_ROWS]
        ],
    }


def _short(value: float, written: Callable[[float], str]) -> str:
    """A large number without what stands behind its point."""
    return f"{value:,.0f}" if abs(value) >= LARGE else written(value)


def _file(found: AnalysisAnswer, ending: str, language: str) -> str:
    """Where the operation gives the same as a file."""
    values = {
        "from": found.since, "to": found.until, "every": found.every, "by": found.by or "all",
        "format": ending, "language": language,
    }  # fmt: skip
    return f"/analyses/{quote(found.analysis, safe='')}/file?{urlencode(values)}"
