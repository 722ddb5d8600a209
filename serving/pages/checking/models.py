"""Models and data: champion and challenger, how they were judged, and what they rest on."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from features.words.refusals import in_language
from serving.http.call import Call
from serving.http.contract.forms.business.models import ModelsAnswer, ModelVersion
from serving.http.contract.forms.pages.checking import ModelsPageQuery
from serving.pages.business.naming import dimension, named
from serving.pages.charts import intervals, lines
from serving.pages.checking import WORDS
from serving.pages.parts import address, csv_file
from serving.pages.rendering import Pages
from training.indicators import BY_NAME, HEADLINES
from training.indicators.evaluation import OBSERVED_OVER_EXPECTED as LEVEL

COLUMNS = ("version", "figure", "part", "date", "value", "low", "high")
MAX_MOVED = 12  # rows of what moved; `liuke watch` has all
PERIODS = ("fit", "calibration", "test")


class ModelsPage:
    """The handler of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def show(self, call: Call) -> Response:
        """The page, or every figure as a file."""
        form = call.form
        assert isinstance(form, ModelsPageQuery)
        found: ModelsAnswer = await call.run("models")
        if form.numbers:
            return csv_file("models", COLUMNS, numbers(found))
        language = self._pages.language(call)
        by_version = {one.version: one for one in found.versions}
        seen = by_version.get(form.version or found.champion or "")
        seen = seen or next(iter(found.versions), None)
        return self._pages.html(
            call, "models.html", WORDS, place=address(call, form), found=found, seen=seen,
            figures=[(one.name, one.words(language), one.meaning) for one in HEADLINES],
            written={name: one.written for name, one in BY_NAME.items()},
            trends=_trends(found), parts=[] if seen is None else _parts(seen, language),
            rates=None if seen is None else _rates(seen),
            file=address(call, form, numbers=1, version=None),
            most=max((one.rows for one in found.feeds), default=0),
            problem=in_language(found.watch.problem or "", language),
            moved=[
                {"said": one.said[language], "since": one.since, "owner": one.owner}
                for one in found.watch.moved[:MAX_MOVED]
            ],
        )  # fmt: skip


def _trends(found: ModelsAnswer) -> dict[str, Any]:
    """Each headline over the versions, the oldest first: where its interval is."""
    versions = list(reversed(found.versions))
    drawn = {}
    for one in HEADLINES:
        known = [own.figures.get(one.name) for own in versions]
        rows = [(None, None, None) if own is None else (own.value, own.low, own.high)
                for own in known]  # fmt: skip
        values = [own for row in rows for own in row if own is not None]
        places, low, high = intervals(rows, min(values, default=0.0))
        drawn[one.name] = {
            "places": dict(zip((own.version for own in versions), places, strict=True)),
            "low": low, "high": high,
        }  # fmt: skip
    return drawn


def _parts(version: ModelVersion, language: str) -> list[dict[str, Any]]:
    """Observed over expected of the parts of the rows, by what they are parts of."""
    found = []
    for by in dict.fromkeys(one.by for one in version.parts):
        own = [one for one in version.parts if one.by == by]
        rows = [(one.observed_over_expected, one.low, one.high) for one in own]
        drawn, _, _ = intervals([(1.0, None, None), *rows], 1.0)
        found.append(
            {
                "by": by,
                "text": dimension(by, language),
                "one": drawn[0].at if drawn[0] else None,
                "rows": [
                    {"name": named(by, one.name, language), "part": one, "drawn": place}
                    for one, place in zip(own, drawn[1:], strict=True)
                ],
            }
        )
    return found


def _rates(version: ModelVersion) -> Any:
    """The churn rate of each date, a line a period."""
    dates = [one.date[:7] for one in version.rates]
    series = {
        period: [one.churn_rate if one.period == period else None for one in version.rates]
        for period in PERIODS
        if any(one.period == period for one in version.rates)
    }
    return lines(series, dates) if dates else None


def numbers(found: ModelsAnswer) -> list[dict[str, Any]]:
    """Every figure of every version, a line each."""
    empty = dict.fromkeys(COLUMNS)
    rows: list[dict[str, Any]] = []
    for own in found.versions:
        about = empty | {"version": own.version}
        rows += [
            about | {"figure": name} | figure.model_dump() for name, figure in own.figures.items()
        ]
        rows += [
            about
            | {"figure": LEVEL.name, "part": f"{one.by}: {one.name}"}
            | {"value": one.observed_over_expected, "low": one.low, "high": one.high}
            for one in own.parts
        ]
        rows += [
            about | {"figure": "churn_rate", "part": one.period, "date": one.date}
            | {"value": one.churn_rate}
            for one in own.rates
        ]  # fmt: skip
    return rows
