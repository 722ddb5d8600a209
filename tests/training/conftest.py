"""A few facts written by hand, a panel with a known truth, and a bundle trained on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

import features
import training
from features import catalogue
from features.catalogue.families import Feature
from features.engine.store import Histories, open_histories
from features.histories import usage
from features.settings import FeatureSettings, HoldoutSettings, TierSettings, read_toml
from tests.made import made_once
from training.churn import churned, fit_churn
from training.churn.calibration import fit_calibration
from training.encoding import encode
from training.evaluation import evaluate
from training.evaluation.figures import Evaluation
from training.fit_settings import FitSettings, LabelSettings, TrainingSettings
from training.labels import label
from training.models.bundle import Bundle, shape_of
from training.panels import modelled, training_panel
from training.statistics.metrics import Floats

AS_OF = datetime(2025, 6, 2)
FEATURES = ("active_days_4w", "bill_cny_13w_mean", "cancel_requests", "city", "payment_mode")
CONTRACT = ibis.schema(
    {
        "customer_id": "string",
        "event": "string",
        "reason": "string",
        "event_time": "timestamp(6)",
        "known_at": "timestamp(6)",
    }
)
USAGE = ibis.schema(
    {
        "customer_id": "string",
        "day": "date",
        "voice_out_s": "int64",
        "sms": "int64",
        "data_kb": "int64",
        "event_time": "timestamp(6)",
        "known_at": "timestamp(6)",
    }
)
TIERS = TierSettings("quantiles", (0.6, 0.85, 0.97), (666, 1500, 3000), (1000, 5000, 20000))
FEATURE_SETTINGS = replace(
    read_toml(Path(features.__file__).with_name("settings.toml"), FeatureSettings),
    holdout=HoldoutSettings(0.0, ""),
    tiers=TIERS,
)


@dataclass
class Operator:
    """An operator of whom only these facts are known; days are counted from `AS_OF`.

    A contract event is known at once and a day's use three hours after midnight, unless said
    otherwise.
    """

    rules: LabelSettings
    connection: Any
    contracts: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    customers: dict[str, None] = field(default_factory=dict)

    def at(self, days: float) -> datetime:
        return AS_OF + timedelta(days=days)

    def contract(
        self,
        customer: str,
        event: str,
        days: float,
        *,
        known: float | None = None,
        reason: str | None = None,
    ) -> None:
        self.customers[customer] = None
        known_at = self.at(days if known is None else known)
        self.contracts.append(
            dict(
                zip(CONTRACT.names, (customer, event, reason, self.at(days), known_at), strict=True)
            )
        )

    def used(
        self, customer: str, *days: int, known: float | None = None, voice_out_s: int = 60
    ) -> None:
        self.customers[customer] = None
        for day in days:
            known_at = self.at(day + 1.125 if known is None else known)
            values = (customer, self.day(day), voice_out_s, 0, 0, self.at(day + 0.999), known_at)
            self.usage.append(dict(zip(USAGE.names, values, strict=True)))

    def day(self, days: int) -> date:
        return self.at(days).date()

    def histories(self) -> Histories:
        feed = ibis.memtable(_frame(self.usage, USAGE.names), schema=USAGE)
        contracts = ibis.memtable(_frame(self.contracts, CONTRACT.names), schema=CONTRACT)
        tables = {"contracts": contracts, "days": usage.daily(feed)}
        return Histories(self.connection, tables, (), FEATURE_SETTINGS)

    def labels(self, mode: str = "postpaid") -> pd.DataFrame:
        """The labels at `AS_OF` of every customer with a fact, by customer."""
        base = pd.DataFrame({"customer_id": list(self.customers), "payment_mode": mode})
        return label(self.histories(), base, AS_OF, self.rules).set_index("customer_id")

    def outcomes(self, mode: str = "postpaid") -> dict[str, tuple[str, str]]:
        """Outcome and kind by customer."""
        labels = self.labels(mode)
        return dict(zip(labels.index, zip(labels["outcome"], labels["kind"], strict=True)))  # noqa: B905


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


@pytest.fixture(scope="session")
def training_settings() -> TrainingSettings:
    """The settings as delivered."""
    return read_toml(Path(training.__file__).with_name("settings.toml"), TrainingSettings)


@pytest.fixture(scope="session")
def connection() -> Any:
    return ibis.duckdb.connect(threads=1)


@pytest.fixture
def operator(training_settings: TrainingSettings, connection: Any) -> Operator:
    return Operator(training_settings.label, connection)


@pytest.fixture(scope="session")
def new_operator(training_settings: TrainingSettings, connection: Any) -> Callable[[], Operator]:
    """Another operator of whom nothing is known yet."""
    return lambda: Operator(training_settings.label, connection)


@pytest.fixture(scope="session")
def small_panel(small_home: Any) -> pd.DataFrame:
    """The panel that the small home's version was trained on; copy before changing it."""

    def make(_: Path) -> pd.DataFrame:
        histories = open_histories(small_home.home)
        return training_panel(histories, small_home.as_of, small_home.training)

    return made_once("panel", make)


@dataclass(frozen=True)
class Sample:
    """Rows as `training_panel` gives them, drawn from a logistic truth, and their features."""

    rows: pd.DataFrame
    features: tuple[Feature, ...]
    truth: Floats


def draw_panel(customers: int, seed: int, intercept: float = -2.0) -> Sample:
    """`customers` customers at two dates a period: fewer days of use, more departures."""
    random = np.random.default_rng(seed)
    dates = pd.date_range("2025-03-03", periods=6, freq="7D").as_unit("us")
    n = customers * len(dates)
    rows = pd.DataFrame(
        {
            "customer_id": np.tile([f"C{number:07d}" for number in range(customers)], len(dates)),
            "as_of": np.repeat(dates, customers),
            "active_days_4w": random.integers(0, 29, n).astype(float),
            "bill_cny_13w_mean": np.where(random.random(n) < 0.1, np.nan, random.gamma(4, 15, n)),
            "cancel_requests": (random.random(n) < 0.05).astype(float),
            "city": pd.Categorical(random.choice(["Anlan", "Beiling", "Chuan"], n)),
            "payment_mode": pd.Categorical(random.choice(["postpaid", "prepaid"], n)),
        }
    )
    score = (
        intercept
        + 0.12 * (14 - rows["active_days_4w"])
        + 2.0 * rows["cancel_requests"]
        + 0.5 * (rows["payment_mode"] == "prepaid")
    ).to_numpy(dtype=float)
    truth = 1 / (1 + np.exp(-score))
    outcome = np.where(random.random(n) < truth, "left", "stayed").astype(object)
    outcome[random.random(n) < 0.02] = "left_early"
    outcome[random.random(n) < 0.02] = "competing"
    rows["outcome"] = outcome
    rows["kind"] = np.where(outcome == "left", "ported", "")
    periods = np.repeat(["fit", "fit", "calibration", "calibration", "test", "test"], customers)
    rows["period"] = pd.Categorical(periods, categories=["fit", "calibration", "test"])
    by_name = {feature.name: feature for feature in catalogue.features("CNY")}
    return Sample(rows, tuple(by_name[name] for name in FEATURES), truth)


@pytest.fixture(scope="session")
def sample() -> Sample:
    return draw_panel(600, seed=3)


@pytest.fixture(scope="session")
def draw() -> Callable[..., Sample]:
    return draw_panel


@pytest.fixture(scope="session")
def quick() -> FitSettings:
    return FitSettings(trials=2, max_trees=25, max_depth=4, bootstrap=20, seed=7)


@pytest.fixture(scope="session")
def bundle(sample: Sample, quick: FitSettings, training_settings: TrainingSettings) -> Bundle:
    """A whole bundle, judged on the sample's test period."""
    model = fit_churn(sample.rows, sample.features, quick)
    later = sample.rows[(sample.rows["period"] == "calibration").to_numpy() & modelled(sample.rows)]
    raw = np.asarray(
        model.booster.predict(encode(later, model.columns, model.maps), raw_score=True)
    )
    calibration = fit_calibration(raw, churned(later), later["payment_mode"].to_numpy(dtype=object))
    draft = Bundle(
        features=model.columns,
        fingerprint=catalogue.fingerprint(sample.features),
        currency="CNY",
        maps=model.maps,
        label={"lead_days": training_settings.label.lead_days, "horizon_days": 30},
        shape=shape_of(model.booster),
        booster=model.booster,
        calibration=calibration,
        evaluation=Evaluation(),
        card="# a card, 留客\n",
    )
    test = sample.rows[sample.rows["period"] == "test"]
    return replace(draft, evaluation=evaluate(test, draft.score(test), quick))
