"""What `liuke analyse` shows: analyses and their indicators, declared in `analyses.toml`.

An indicator is the sum of a measure over the rows of a period and group, or that over the sum of
another; `serving.analyses.measures` has the rows. So it is defined once, whatever it is shown by.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.indicators.indicator import CURRENCY, Indicator

SOURCE = "serving.analyses.measures, of the facts known at the end: {formula}"
# What a measure is divided by: amounts are in fen, use in KB and seconds.
SCALES = {CURRENCY: 100.0, "GB": 1e6, "MB": 1e3, "min": 60.0, "h": 3600.0, "per 1,000": 1e-3}


@dataclass(frozen=True)
class Declared:
    """An indicator with its formula: the sum of `sum`, over that of `over` where it is named."""

    indicator: Indicator
    sum: str
    over: str | None

    @property
    def name(self) -> str:
        return self.indicator.name

    @property
    def scale(self) -> float:
        return SCALES.get(self.indicator.unit, 1.0)


@dataclass(frozen=True)
class Analysis:
    """Some indicators that are shown together.

    `by`: the dimension where none is named, "" for all together. `only`: a column of the profile;
    customers of whom it is not known are not counted ("": all are).
    """

    name: str
    en: str
    zh: str
    by: str
    only: str
    indicators: tuple[Declared, ...]

    def words(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


def _declared(values: dict[str, Any]) -> Declared:
    own = dict(values)
    total, over = own.pop("sum"), own.pop("over", None)
    source = SOURCE.format(formula=total if over is None else f"{total} / {over}")
    return Declared(Indicator(**own, source=source), total, over)


def read_analyses() -> dict[str, Analysis]:
    """The declared analyses by name; one that names indicators of others in `of` has no own ones.

    Raises TypeError or KeyError where the file lacks a key or has another.
    """
    read = tomllib.loads(Path(__file__).with_name("analyses.toml").read_text("utf-8"))
    own = {
        name: tuple(_declared(one) for one in table.get("indicators", ()))
        for name, table in read.items()
    }
    known = {one.name: one for declared in own.values() for one in declared}
    return {
        name: Analysis(
            name, table["en"], table["zh"], table["by"], table.get("only", ""),
            own[name] + tuple(known[one] for one in table.get("of", ())),
        )
        for name, table in read.items()
    }  # fmt: skip


ANALYSES = read_analyses()
INDICATORS = tuple(
    dict.fromkeys(one.indicator for each in ANALYSES.values() for one in each.indicators)
)
