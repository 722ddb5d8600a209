"""The forms of analyses, with examples for the contract."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from features.words import Language
from serving.http.contract.forms.managers.days import Day

Every = Literal["month", "week", "whole"]
Ending = Literal["csv", "png"]


class AnalysesQuery(BaseModel):
    """The language of the words."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = Field(None, description="Of the words; without it the service's.")


class AnalysisWords(BaseModel):
    """An analysis, what it is called, its indicators (docs/indicators.md), by what it is shown."""

    name: str
    text: str
    indicators: list[str]
    dimensions: list[str]


class AnalysesAnswer(BaseModel):
    """The analyses that are declared."""

    analyses: list[AnalysisWords]


class AnalysisQuery(BaseModel):
    """The periods in [from, to), by a dimension, as known at `as_of` (by default at `to`)."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = Field(
        None, alias="from", description="The first day; else six months.", examples=["2026-01-01"]
    )
    until: Day | None = Field(
        None, alias="to", description="The day after the last; else the last month's end.",
        examples=["2026-03-01"],
    )  # fmt: skip
    by: str | None = Field(
        None, max_length=64, description="A dimension, such as city; all: together."
    )
    every: Every = Field("month", description="month, week, or whole: one period.")
    as_of: Day | None = Field(None, description="As known then; without it at `to`.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class AnalysisFileQuery(AnalysisQuery):
    """The same, and as which file."""

    format: Ending = Field("csv", description="csv: every number; png: a picture.")


class AnalysisAnswer(BaseModel):
    """The indicators by period and, with `by`, by group; null where nothing is known.

    `rows`: from, to, group (null without `by`) and each indicator by its name; `totals` the same of
    all groups together. `on_file_from`: by feed the day of its first fact, where it is not before
    `from`. Amounts are in `currency`.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    analysis: str
    by: str | None
    every: str
    since: str = Field(alias="from")
    until: str = Field(alias="to")
    known_at: str
    currency: str
    indicators: list[dict[str, str]]
    on_file_from: dict[str, str]
    rows: list[dict[str, Any]]
    totals: list[dict[str, Any]]


ROW: dict[str, Any] = {
    "from": "2026-02-01", "to": "2026-03-01", "group": None, "customers_new": 412,
}  # fmt: skip
ANALYSIS: dict[str, Any] = {
    "analysis": "development",
    "by": None,
    "every": "month",
    "from": "2026-02-01",
    "to": "2026-03-01",
    "known_at": "2026-03-01",
    "currency": "CNY",
    "indicators": [
        {"name": "customers_new", "en": "new customers", "zh": "新增客户数", "unit": "count"}
    ],
    "on_file_from": {},
    "rows": [ROW],
    "totals": [ROW],
}
WORDS = {
    "name": "development", "text": "development", "indicators": ["customers_new"],
    "dimensions": ["city", "plan"],
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "analyses": (None, {"analyses": [WORDS]}),
    "analyse": (None, ANALYSIS),
}
