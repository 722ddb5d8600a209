"""The form of what models and data are, with an example for the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from training.indicators.evaluation import AUC, CALIBRATION_SLOPE
from training.indicators.evaluation import OBSERVED_OVER_EXPECTED as LEVEL


class ModelFigure(BaseModel):
    """A figure of the test period, with its 95 % interval where it has one."""

    value: float | None
    low: float | None
    high: float | None


class FigurePart(BaseModel):
    """The figures of a part of the rows; low and high are of observed over expected."""

    by: str
    name: str
    rows: int | None
    auc: float | None
    calibration_slope: float | None
    observed_over_expected: float | None
    low: float | None
    high: float | None


class RateOfDate(BaseModel):
    """The churn rate of a panel's date, and what the date was used for."""

    date: str
    period: str
    churn_rate: float | None
    rows: int | None


class ModelVersion(BaseModel):
    """A model version: its figures by their names in docs/indicators.md."""

    version: str
    is_damaged: bool
    features: int
    rows: int | None
    churners: int | None
    first: str | None
    last: str | None
    figures: dict[str, ModelFigure]
    parts: list[FigurePart]
    rates: list[RateOfDate]
    link: str | None


class ModelMove(BaseModel):
    """How the champion changed; `failed`: the gate's rules that did not hold."""

    at: str
    move: str
    version: str
    forced: bool
    failed: list[str]


class StoredFeed(BaseModel):
    """A feed in the lake, and how many of its rows all imports put into quarantine."""

    feed: str
    rows: int
    clock: str
    quarantined: int


class OneImport(BaseModel):
    """An import: rows read, taken in, and refused."""

    at: str
    accepted: bool
    feeds: int
    read: int
    new: int
    bad: int


class KeptNight(BaseModel):
    """A night whose scores are kept; `answers`: the service reads it."""

    as_of: str
    written_at: str
    customers: int
    answers: bool


class MovedWords(BaseModel):
    """What moved, how far, and what to do."""

    what: str
    text: str
    do: str


class MovedData(BaseModel):
    """What the last night's data differ in from the reference: a feed, a feature or the scores.

    `places`: the only cities where it moved; `psi` its population stability index, of a feed that
    is late the days over the limit; `since` the first night from which on it has moved; `said` by
    language.
    """

    about: str
    kind: str
    name: str
    places: list[str]
    psi: float
    since: str
    owner: str
    said: dict[str, MovedWords]


class WatchedNight(BaseModel):
    """The last night against the reference; `problem`: why they are not compared, else null."""

    problem: str | None
    as_of: str | None
    reference: str | None
    moved: list[MovedData]


class ModelsAnswer(BaseModel):
    """Models and data as they are now; `challenger` is the newest version behind the champion."""

    champion: str | None
    challenger: str | None
    moves: list[ModelMove]
    versions: list[ModelVersion]
    tracking: str | None
    feeds: list[StoredFeed]
    imports: list[OneImport]
    nights: list[KeptNight]
    watch: WatchedNight


MODELS: dict[str, Any] = {
    "champion": "3",
    "challenger": "4",
    "moves": [
        {"at": "2026-03-02T06:00:00", "move": "promote", "version": "3", "forced": False,
         "failed": []}
    ],
    "versions": [
        {
            "version": "3", "is_damaged": False, "features": 187, "rows": 155726, "churners": 1862,
            "first": "2025-10-06", "last": "2025-11-24",
            "figures": {AUC.name: {"value": 0.768, "low": 0.759, "high": 0.779}},
            "parts": [
                {"by": "city", "name": "Suzhou", "rows": 17480, AUC.name: 0.771,
                 CALIBRATION_SLOPE.name: 1.07, LEVEL.name: 0.87, "low": 0.75,
                 "high": 1.01}
            ],
            "rates": [{"date": "2025-10-06", "period": "test", "churn_rate": 0.035, "rows": 19400}],
            "link": None,
        }
    ],
    "tracking": None,
    "feeds": [{"feed": "bills", "rows": 480000, "clock": "recorded", "quarantined": 12}],
    "imports": [
        {"at": "2026-03-02T06:00:00", "accepted": True, "feeds": 11, "read": 60100, "new": 60088,
         "bad": 12}
    ],
    "nights": [
        {"as_of": "2026-03-02", "written_at": "2026-03-02T06:20:00", "customers": 24280,
         "answers": True}
    ],
    "watch": {
        "problem": None, "as_of": "2026-03-02", "reference": "2026-02-02",
        "moved": [
            {"about": "feature", "kind": "levels", "name": "plan", "places": [], "psi": 0.34,
             "since": "2026-02-27", "owner": "data engineering",
             "said": {
                 "en": {"what": "plan",
                        "text": "plan: P7 is new: 3.1% of the customers; P3 has gone: it had 3.0%.",
                        "do": "This looks like a rename."}
             }}
        ],
    },
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {"models": (None, MODELS)}
