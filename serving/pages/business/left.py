"""Left customers: reason, direction, composition, and how these went by month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from serving.http.call import Call
from serving.http.contract.forms.business.archive import FILTERS, ChurnedAnswer
from serving.http.contract.forms.pages.business import LeftQuery
from serving.pages.business import WORDS
from serving.pages.business.naming import dimension, named
from serving.pages.charts import columns, intervals, lengths
from serving.pages.parts import address, csv_file, shown_in_parts
from serving.pages.rendering import Pages

FOLLOWED = ("kind", "reason", "direction")
COLUMNS = (
    "section", "name", "month", "churned", "share", "customers", "monthly_rate", "low", "high",
)  # fmt: skip


class LeftPage:
    """The handler of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def show(self, call: Call) -> Response:
        """The page, its part, or the numbers as a file."""
        form = call.form
        assert isinstance(form, LeftQuery)
        if form.numbers:
            found: ChurnedAnswer = await call.run("churned", form.wanted)
            return csv_file(f"left-{found.since}-{found.until}", COLUMNS, numbers(found))

        async def find() -> Mapping[str, Any]:
            found: ChurnedAnswer = await call.run("churned", form.wanted)
            return seen(found, form, self._pages.language(call)) | {
                "file": address(call, form, numbers=1)
            }

        return await shown_in_parts(self._pages, call, "left", WORDS, address(call, form), find)


def seen(found: ChurnedAnswer, form: LeftQuery, language: str) -> dict[str, Any]:
    """What the template draws."""
    return {
        "found": found,
        "form": form,
        "filters": [
            {
                "name": name,
                "text": dimension(name, language),
                "chosen": getattr(form, name),
                "options": [(own, named(name, own, language)) for own in found.choices[name]],
            }
            for name in FILTERS
            if name in found.choices
        ],
        "followed": [
            (name, dimension(name, language)) for name in (*FOLLOWED, *found.choices)
        ],
        "bars": [_bars(name, found, language) for name in ("reason", "direction", "kind")],
        "rates": [
            _rates(name, found, language) for name in found.composition if name != "kind"
        ],
        "months": _months(found, language),
    }  # fmt: skip


def _bars(by: str, found: ChurnedAnswer, language: str) -> dict[str, Any]:
    """How many left in each group; what was not recorded is said below, and not drawn."""
    rows: Any = found.composition["kind"] if by == "kind" else getattr(found, by)
    recorded = [one for one in rows if one.name != "not_recorded"]
    rest = next((one for one in rows if one.name == "not_recorded"), None)
    drawn = lengths([one.churned for one in recorded])
    return {
        "by": by,
        "text": dimension(by, language),
        "rows": [
            {"name": named(by, one.name, language), "churned": one.churned, "share": one.share,
             "length": length}
            for one, length in zip(recorded, drawn, strict=True)
        ],
        "rest": rest and {"name": named(by, rest.name, language), "churned": rest.churned,
                          "share": rest.share},
    }  # fmt: skip


def _rates(by: str, found: ChurnedAnswer, language: str) -> dict[str, Any]:
    groups = found.composition[by]
    overall = (found.monthly_rate, None, None)
    rows = [(one.monthly_rate, one.low, one.high) for one in groups]
    drawn, _, _ = intervals([overall, *rows])
    return {
        "by": by,
        "text": dimension(by, language),
        "overall": drawn[0].at if drawn[0] else None,
        "rows": [
            {"name": named(by, one.name, language), "group": one, "drawn": own}
            for one, own in zip(groups, drawn[1:], strict=True)
        ],
    }


def _months(found: ChurnedAnswer, language: str) -> dict[str, Any]:
    """A column a month, of a part a name."""
    months = list(dict.fromkeys(one.month for one in found.months))
    names = list(dict.fromkeys(one.name for one in found.months))
    counts = {(one.month, one.name): one.churned for one in found.months}
    rows = [[float(counts[month, name]) for name in names] for month in months]
    texts = [named(found.by, name, language) for name in names]
    return {
        "names": texts,
        "text": dimension(found.by, language),
        "columns": [
            {"month": month[:7], "parts": parts, "counts": [int(own) for own in row],
             "all": int(sum(row))}
            for month, parts, row in zip(months, columns(rows, texts), rows, strict=True)
        ],
    }  # fmt: skip


def numbers(found: ChurnedAnswer) -> list[dict[str, Any]]:
    """Every number of the page, a line each, by the names of the answer."""
    sections: dict[str, Any] = {"reason": found.reason, "direction": found.direction}
    empty = dict.fromkeys(COLUMNS)
    rows = [
        empty | {"section": section} | one.model_dump()
        for section, parts in (sections | found.composition).items()
        for one in parts
    ]
    return rows + [
        empty | {"section": f"{found.by} by month"} | one.model_dump() for one in found.months
    ]
