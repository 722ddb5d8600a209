"""What notebooks do with models: the steps of a training, each in one call, on pandas data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.catalogue import features as declared
from features.engine.coverage import check_covered
from features.errors import FingerprintMismatch, SettingsError
from features.home import Home
from features.notebook import When, home_of, moment_of, opened
from features.progress import Progress, shown
from features.settings import home_settings
from features.words import check_language
from training import churn
from training.encoding import check_frame
from training.fit_settings import TrainingSettings
from training.models.bundle import Bundle, read_bundle
from training.models.draft import drafted
from training.models.promotion import read_champion
from training.panels import PERIODS, modelled, training_panel

if TYPE_CHECKING:
    import shap

OUTCOMES = ("outcome", "period", "as_of", "payment_mode")  # that a fit reads beside the features


@dataclass(frozen=True, repr=False, eq=False)
class Panel:
    """A training set: features as they were known at each date, and what happened afterwards.

    `features` holds nothing that was known later than a row's date, so it is safe as a model's
    input. `rows` is everything side by side: customer_id, as_of, the features, and what only the
    future knows (`outcome`, `kind`, `event_at`, `label_known_at`) with the row's `period`.
    """

    rows: pd.DataFrame
    names: tuple[str, ...]

    @property
    def features(self) -> pd.DataFrame:
        """The features alone: numbers as float32, words as categories, missing where unknown."""
        return self.rows[list(self.names)]

    @property
    def outcome(self) -> pd.Series:
        """What each row's customer did: left, stayed, left_early or competing."""
        return self.rows["outcome"]

    @property
    def churned(self) -> pd.Series:
        """1 where the customer left in the window, else 0; of rows that count (`of`) the label."""
        return (self.rows["outcome"] == "left").astype(int).rename("churned")

    @property
    def period(self) -> pd.Series:
        """What each row is for: fit, calibration or test."""
        return self.rows["period"]

    def of(self, period: str) -> Panel:
        """The rows of a period that count for a model: the customer left or stayed.

        Early churners and competing events are excluded. Raises SettingsError for another period.
        """
        if period not in PERIODS:
            raise SettingsError(f"period is {period!r}; expected {', '.join(PERIODS)}")
        own = (self.rows["period"] == period).to_numpy() & modelled(self.rows)
        return Panel(self.rows[own], self.names)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        counts = self.rows["period"].value_counts()
        periods = ", ".join(f"{period} {counts[period]:,}" for period in PERIODS if counts[period])
        return (
            f"Panel of {len(self):,} rows ({periods}) and {len(self.names)} features. "
            f"Parts: features, outcome, churned, period, of(period), rows."
        )


def panel(home: Path | str, as_of: When, progress: Progress | None = None) -> Panel:
    """The point-in-time training set of a moment: features as known at each date, and outcomes.

    One row a customer and weekly date. Nothing learned after `as_of` is in it. `progress` is shown
    unless given. Raises LakeError, NotEnoughData, SettingsError.
    """
    moment, histories = moment_of(as_of), opened(home)
    check_covered(histories, moment)
    settings = home_settings(Path(home), "training", TrainingSettings)
    with shown(progress) as report:
        rows = training_panel(histories, moment, settings, report)
    return Panel(rows, tuple(feature.name for feature in histories.features))


def fit_churn(
    home: Path | str, rows: Panel | pd.DataFrame, progress: Progress | None = None
) -> Bundle:
    """A calibrated model fitted on the panel's fit period; its test period is not read.

    `rows` is a panel or some of its `.rows`. `.score(rows)` predicts churn risks, `explain` gives
    the reasons. The model is not registered; `liuke train` does that. Raises LakeError,
    FingerprintMismatch for rows without the home's features, SettingsError.
    """
    histories = opened(home)
    found = _frame("rows", rows)
    _check_panel(found, tuple(feature.name for feature in histories.features))
    settings = home_settings(Path(home), "training", TrainingSettings)
    with shown(progress) as report:
        model = churn.fit_churn(found, histories.features, settings.fit, report)
    return drafted(histories, found, model, settings)


def champion(home: Path | str) -> Bundle:
    """The model that answers today; `.evaluation` holds the figures of its test period.

    Raises LakeError, NoChampion, BundleError.
    """
    folder = home_of(home)
    return read_bundle(Home(folder).models / read_champion(folder).version)


def explain(
    model: Bundle | Any, rows: Panel | pd.DataFrame, language: str = "en"
) -> shap.Explanation:
    """Exact SHAP values of the rows' raw scores in log-odds, ready for the plots of `shap`.

    `model` is a bundle, or MLflow's model of one. Features go by their words in `language` (en or
    zh), their values are those of `rows`, and of categories the codes. Raises SettingsError for
    another language or another kind of argument, FingerprintMismatch for rows of other features.
    """
    check_language(language)
    bundle = _bundle(model)
    matrix = bundle.encode(_frame("rows", rows))
    words = {feature.name: getattr(feature, language) for feature in declared(bundle.currency)}
    found = bundle.explainer.explanation(matrix)
    found.feature_names = [words.get(name, name) for name in bundle.features]
    return found


def _bundle(model: Any) -> Bundle:
    found = model if isinstance(model, Bundle) else None
    if found is None and hasattr(model, "get_raw_model"):
        found = model.get_raw_model()
    if not isinstance(found, Bundle):
        raise SettingsError(
            f"model is of type {type(model).__name__}; expected what `training.champion`, "
            f"`training.fit_churn` or `mlflow.pyfunc.load_model` of a version returned"
        )
    return found


def _frame(name: str, rows: Any) -> pd.DataFrame:
    if isinstance(rows, Panel):
        return rows.rows
    check_frame(rows, name, ", or a panel")
    found: pd.DataFrame = rows
    return found


def _check_panel(rows: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Raises FingerprintMismatch or SettingsError where no model of the home can be fitted."""
    missing = [name for name in (*OUTCOMES, *names) if name not in rows.columns]
    if missing:
        raise FingerprintMismatch(
            f"the rows lack {len(missing)} columns that a fit reads ({', '.join(missing[:10])}). "
            f"Give what `training.panel` of this home returned, or some of its `.rows`.",
            missing=missing,
        )
    counted = modelled(rows)
    for period in ("fit", "calibration"):
        own = rows["outcome"][counted & (rows["period"] == period).to_numpy()]
        if not len(own) or (period == "fit" and not np.isin(["left", "stayed"], own).all()):
            raise SettingsError(
                f"the {period} period has {len(own):,} rows, {int((own == 'left').sum()):,} of "
                f"churned customers; a fit needs both churned and stayed ones. Give more rows of "
                f"the panel."
            )
