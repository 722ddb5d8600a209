"""The whole recipe retrained at earlier dates, each time judged on what followed.

At each date the panel, the fit and the calibration are those that `liuke train` would have shipped
then, from what was known then alone (`training.models.draft.fitted`). The model is judged on the
base at the weekly dates from there to the next one, at which it would have answered, with labels as
they were known once they were settled. Only the outcomes come from after the date. Known limit:
which feeds and columns there are, and so which features, is as of now.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pandas as pd

from features import lake
from features.disk.atomic import replace_json
from features.disk.locks import writing
from features.engine.coverage import check_covered
from features.engine.store import Histories, build_histories, open_histories
from features.errors import LakeError, NotEnoughData
from features.home import Home
from features.progress import Progress, silent
from features.settings import home_settings
from training.backtest.dates import check_within, dates_between, end_of_use, followed
from training.backtest.kept import Kept
from training.evaluation import evaluate
from training.evaluation.backtest import Backtest, JudgedDate, PassedOver
from training.fit_settings import TrainingSettings
from training.models.bundle import Bundle
from training.models.draft import fitted, recipe
from training.models.registry.tracking import log_backtest
from training.panels import first_and_gap, modelled, panel
from training.pictures.over_time import save_figure
from training.pipeline import periods_of, read_oracle

COMMAND = "liuke backtest"
# Without tier, city and requests to cancel: their parts are the report's, not the backtest's.
JUDGED_BY = ("customer_id", "as_of", "outcome", "treated", "kind", "payment_mode")


def backtest(
    home: Path,
    since: datetime,
    until: datetime,
    every_weeks: int,
    progress: Progress = silent,
    language: str = "en",
) -> Backtest:
    """Retrain and judge at every date from `since` to `until`; the result stands in the home.

    Its picture, in `language`, beside it, and both in MLflow.

    Dates with too little history before or without known outcomes after are passed over with the
    reason. Dates that were judged before on the same data by the same recipe are not again.
    Raises SettingsError for dates that make no sense, NotEnoughData where no date can be judged,
    LakeError, OutputError, HomeBusy.
    """
    began, dates = time.time(), dates_between(since, until, every_weeks)
    with writing(home, COMMAND):
        settings = home_settings(home, "training", TrainingSettings)
        build_histories(home, progress)
        histories = open_histories(home)
        check_within(histories, dates, end_of_use(histories))
        data, own = lake.fingerprint(home), recipe(histories.fingerprint, settings)
        kept = Kept(home, data, own, every_weeks)
        kept.forget_other_data()
        judged, passed_over = _walk(histories, dates, settings, kept, progress)
        found = Backtest(
            f"{since:%F}", f"{until:%F}", every_weeks, own, data, tuple(judged), tuple(passed_over)
        )
        if not judged:
            raise NotEnoughData(
                "\n  ".join(
                    [
                        f"no date from {since:%F} to {until:%F} can be judged:",
                        *(f"{one.as_of}: {one.reason}" for one in passed_over),
                    ]
                )
            )
        replace_json(Home(home).backtest, found.to_json())
        picture = found.plot(language)
        save_figure(Home(home).backtest_picture, picture)
        progress("register", 0, 1)
        log_backtest(home, found, picture, began)
        progress("register", 1, 1)
    return found


def _walk(
    histories: Histories,
    dates: Sequence[datetime],
    settings: TrainingSettings,
    kept: Kept,
    progress: Progress,
) -> tuple[list[JudgedDate], list[PassedOver]]:
    """Each date judged, or passed over with the reason; what is judged is kept at once."""
    judged: list[JudgedDate] = []
    passed_over: list[PassedOver] = []
    oracle = read_oracle(kept.home)
    for place, date in enumerate(dates):
        progress("backtest", place, len(dates))
        found = kept.find(date)
        try:
            if found is None:
                found = _judge(histories, date, settings, kept.every_weeks, oracle, progress)
                kept.keep(date, found)
        except (NotEnoughData, LakeError) as refusal:
            passed_over.append(PassedOver(f"{date:%F}", refusal.code, refusal.message))
        else:
            judged.append(found)
    progress("backtest", len(dates), len(dates))
    return judged, passed_over


def _judge(
    histories: Histories,
    date: datetime,
    settings: TrainingSettings,
    every_weeks: int,
    oracle: pd.DataFrame | None,
    progress: Progress,
) -> JudgedDate:
    """The model of the date, and its figures on what followed.

    Raises NotEnoughData and LakeError where the date cannot be judged.
    """

    def shown(step: str, done: int, total: int) -> None:
        progress(f"{step} {date:%F}", done, total)

    _, gap = first_and_gap(histories, date, settings)
    nights = followed(date, every_weeks, gap, end_of_use(histories))
    check_covered(histories, nights[-1] + gap)
    draft, periods = _model(histories, date, settings, shown)
    rows = panel(histories, nights, settings.label, shown)
    if not modelled(rows).any():
        raise NotEnoughData(f"no customer of {date:%F} has a label that counts.")
    risk = draft.score(rows)
    rows = rows[[name for name in JUDGED_BY if name in rows.columns]]
    evaluation = evaluate(rows, risk, settings.fit, oracle, shown)
    return JudgedDate(f"{date:%F}", _hash(draft), draft.shape["trees"], periods, evaluation)


def _model(
    histories: Histories, date: datetime, settings: TrainingSettings, progress: Progress
) -> tuple[Bundle, dict[str, dict[str, object]]]:
    """The bundle of the date and its periods, without the rows, which are let go."""
    found = fitted(histories, date, settings, progress)
    return found.draft, periods_of(found.rows)


def _hash(draft: Bundle) -> str:
    """Of the trees and the calibration: equal models, equal hashes."""
    text = draft.booster.model_to_string() + json.dumps(asdict(draft.calibration), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
