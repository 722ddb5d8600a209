"""A training from beginning to end: panel, fit, calibration, evaluation, registered version."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features import lake
from features.catalogue import declared as declared_part
from features.catalogue import fingerprint
from features.catalogue.families import Feature
from features.disk.locks import writing
from features.engine.store import Histories, build_histories, open_histories
from features.errors import LiukeError
from features.home import Home
from features.progress import Progress, silent
from features.settings import home_settings
from training.churn import ChurnModel, churned
from training.evaluation import evaluate
from training.evaluation.backtest import read_backtest
from training.evaluation.leads import outcomes_by_lead
from training.evaluation.rfm import rfm_risk
from training.fit_settings import TrainingSettings
from training.indicators.comparison import CHAMPION_AUC
from training.indicators.evaluation import CHURNERS, ROWS
from training.models.bundle import Bundle, read_bundle
from training.models.card import card
from training.models.draft import fitted, recipe
from training.models.origin import origin_of
from training.models.promotion import read_champion
from training.models.registry.runs import Data, Record
from training.models.registry.tracking import register
from training.panels import PERIODS, modelled
from training.report import figures_of, html
from training.report.evidence import evidence
from training.statistics.metrics import auc
from training.value.valuation import Valuation, valuate, with_tiers


@dataclass(frozen=True)
class TrainingResult:
    """A registered version and its bundle; `bundle.evaluation` has what the test period said."""

    version: str
    bundle: Bundle


def train(home: Path, as_of: datetime, progress: Progress = silent) -> TrainingResult:
    """Train on everything known at `as_of` and register the version; promotion is another step.

    Raises LakeError, NotEnoughData, SettingsError, OutputError, HomeBusy.
    """
    with writing(home, "liuke train"):
        return _train(home, as_of, progress)


def _train(home: Path, as_of: datetime, progress: Progress) -> TrainingResult:
    began = time.time()
    settings, before = home_settings(home, "training", TrainingSettings), read_backtest(home)
    build_histories(home, progress)
    histories = open_histories(home)
    manifest = lake.read_manifest(home)
    rows, model, valuation, draft = unjudged(histories, as_of, settings, progress)
    test = with_tiers(histories, rows[rows["period"] == "test"], valuation.bounds)
    risk, rfm, oracle = draft.score(test), rfm_risk(rows, test), read_oracle(home)
    judged = evaluate(
        test,
        risk,
        settings.fit,
        oracle,
        progress,
        rfm=rfm,
        leads=outcomes_by_lead(histories, test, as_of, settings.label, progress=progress),
        panel=rows,
    )
    more = {
        "periods": periods_of(rows),
        "recipe": recipe(histories.fingerprint, settings),
        "value": valuation.figures,
    }
    figures = judged | _against_champion(home, histories.features, test) | more
    draft = replace(draft, evaluation=figures)
    progress("report", 0, 1)
    seen = evidence(draft, test, risk, rfm, oracle, settings.fit.seed)
    assumed = lake.assumed_clocks(home)
    pictures = figures_of(draft, seen, histories.features)
    bundle = replace(
        draft,
        card=card(draft, home, as_of),
        report=html(
            draft, seen, histories.features, as_of, assumed, pictures=pictures, backtest=before
        ),
    )
    progress("register", 0, 1)
    data = lake.fingerprint(home)
    version = register(
        home,
        bundle,
        parameters={
            **model.parameters,
            **asdict(settings.label),
            **{f"value_{name}": value for name, value in asdict(settings.value).items()},
            "as_of": f"{as_of:%F}",
        },
        tags={
            "data_fingerprint": data,
            "feature_fingerprint": histories.fingerprint,
            "assumed_clocks": ", ".join(assumed) or "none",
        },
        example=test[list(model.columns)],
        pictures=pictures,
        record=Record(
            name=f"churn as of {as_of:%F}",
            summary=_summary(bundle, as_of),
            began=began,
            data=_data(figures["periods"], data),
            trials=model.trials,
            words={feature.name: feature.en for feature in histories.features},
            contributions=seen.contributions,
            origin=origin_of(histories, as_of, settings, manifest, draft),
        ),
    )
    progress("register", 1, 1)
    return TrainingResult(version, bundle)


def unjudged(
    histories: Histories, as_of: datetime, settings: TrainingSettings, progress: Progress
) -> tuple[pd.DataFrame, ChurnModel, Valuation, Bundle]:
    """The panel, the models of churn and value, and the version that they are: all that answers."""
    found = fitted(histories, as_of, settings, progress)
    rows, model = found.rows, found.model
    valuation = valuate(histories, as_of, rows, model, settings, progress)
    draft = replace(found.draft, tier_bounds_fen=valuation.bounds, value=valuation.models)
    return rows, model, valuation, draft


def _summary(bundle: Bundle, as_of: datetime) -> str:
    """What the version predicts and on which rows it was judged, for the registry."""
    label, test = bundle.label, bundle.evaluation["periods"]["test"]
    return (
        f"Predicts the probability that a customer leaves in the {label['horizon_days']} days that "
        f"begin {label['lead_days']} days after a date. Trained on what was known on {as_of:%F}; "
        f"judged out of time on {test[ROWS.name]:,} rows from {test['first']} to {test['last']}, "
        f"{test[CHURNERS.name]:,} churned customers among them."
    )


def _data(periods: dict[str, dict[str, object]], fingerprint: str) -> tuple[Data, ...]:
    """The panel's periods as the datasets of a run."""
    contexts = dict(zip(PERIODS, ("training", "validation", "test"), strict=True))
    return tuple(
        Data(
            f"panel, {period} period",
            contexts[period],
            fingerprint,
            {"num_rows": about[ROWS.name], **about},
        )
        for period, about in periods.items()
    )


def read_oracle(home: Path) -> pd.DataFrame | None:
    """The simulation's true probabilities (customer_id, as_of, probability_*), if there are."""
    path = Home(home).truth / "oracle.parquet"
    return pd.read_parquet(path) if path.exists() else None


def _against_champion(
    home: Path, features: Sequence[Feature], test: pd.DataFrame
) -> dict[str, Any]:
    """The champion's AUC on the challenger's test rows, null where it cannot be compared."""
    try:
        version = read_champion(home).version
        champion = read_bundle(Home(home).models / version)
    except LiukeError as none:
        return {"champion": None, CHAMPION_AUC.name: None, "champion_note": none.code}
    declared = {feature.name: feature for feature in features}
    own = [declared[name] for name in champion.features if name in declared]
    if fingerprint(own) != declared_part(champion.fingerprint):
        return {"champion": version, CHAMPION_AUC.name: None, "champion_note": "other features"}
    rows = test[modelled(test)]
    found = auc(churned(rows), champion.score(rows), np.ones(len(rows)))
    return {"champion": version, CHAMPION_AUC.name: found, "champion_note": "same rows"}


def periods_of(rows: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Of each period the first and last date, the rows and the churners."""
    periods: dict[str, dict[str, object]] = {}
    for period in PERIODS:
        own = rows[rows["period"] == period]
        churners = own.loc[own["outcome"] == "left", "customer_id"]
        periods[period] = {
            "first": f"{own['as_of'].min():%F}",
            "last": f"{own['as_of'].max():%F}",
            ROWS.name: len(own),
            CHURNERS.name: int(churners.nunique()),
        }
    return periods
