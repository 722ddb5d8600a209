"""What notebooks ask of models: the steps of a training, each in one call, on pandas frames."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.catalogue import features as declared
from features.frames import moment_of
from features.histories import open_histories
from features.languages import check_language
from features.settings import home_settings
from training import churn
from training.bundle import Bundle, read_bundle
from training.draft import drafted
from training.panels import training_panel
from training.promotion import read_champion
from training.settings import TrainingSettings

if TYPE_CHECKING:
    import shap


def panel(home: Path | str, as_of: datetime | str) -> pd.DataFrame:
    """The point-in-time training set of a moment: features as known at each date, and outcomes.

    One row a customer and weekly date: customer_id, as_of, the features, `outcome` (left, stayed,
    left_early or competing) and `period` (fit, calibration, test). Nothing learned after `as_of`
    is in it. Raises LakeError, NotEnoughData, SettingsError.
    """
    settings = home_settings(Path(home), "training", TrainingSettings)
    return training_panel(open_histories(Path(home)), moment_of(as_of), settings)


def fit_churn(home: Path | str, rows: pd.DataFrame) -> Bundle:
    """A calibrated model fitted on the panel's fit period; its test period is left alone.

    `.score(rows)` gives churn risks, `explain` the reasons. It is registered nowhere; `liuke
    train` does that. Raises LakeError, SettingsError.
    """
    settings = home_settings(Path(home), "training", TrainingSettings)
    histories = open_histories(Path(home))
    model = churn.fit_churn(rows, histories.features, settings.fit)
    return drafted(histories, rows, model, settings)


def champion(home: Path | str) -> Bundle:
    """The model that answers today; `.evaluation` holds the figures of its test period.

    Raises NoChampion, BundleError.
    """
    return read_bundle(Path(home) / "models" / read_champion(Path(home)).version)


def explain(model: Bundle, rows: pd.DataFrame, language: str = "en") -> shap.Explanation:
    """Exact SHAP values of the rows' raw scores in log-odds, ready for the plots of `shap`.

    Features go by their words in `language` (en or zh), their values are those of `rows`, and
    of categories the codes. Raises SettingsError for another language, FingerprintMismatch for
    rows of other features.
    """
    check_language(language)
    words = {feature.name: getattr(feature, language) for feature in declared(model.currency)}
    told = model.explainer.explanation(model.encode(rows))
    told.feature_names = [words.get(name, name) for name in model.features]
    return told
