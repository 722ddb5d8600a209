"""The recipe of the churn model: panel, fit, and the bundle with its calibration.

What `liuke train` ships at a date and what a backtest judges at it come out of one function,
`fitted`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

import pandas as pd

from features.engine.coverage import check_covered
from features.engine.store import Histories
from features.progress import Progress, silent
from training.churn import ChurnModel, churned, fit_churn
from training.churn.calibration import Calibration, fit_calibration
from training.evaluation.figures import Evaluation
from training.fit_settings import TrainingSettings
from training.models.bundle import Bundle, shape_of
from training.panels import modelled, training_panel, weights

METHOD = 1  # another one wherever panel, fit or calibration give other models of the same inputs


@dataclass(frozen=True)
class Fitted:
    """The panel of a date, the model fitted on it, and its bundle, as `drafted` has it."""

    rows: pd.DataFrame
    model: ChurnModel
    draft: Bundle


def fitted(
    histories: Histories, as_of: datetime, settings: TrainingSettings, progress: Progress = silent
) -> Fitted:
    """The recipe with what was known at `as_of` alone.

    Raises NotEnoughData, and LakeError where the data do not reach up to `as_of`.
    """
    check_covered(histories, as_of)
    rows = training_panel(histories, as_of, settings, progress)
    model = fit_churn(rows, histories.features, settings.fit, progress)
    return Fitted(rows, model, drafted(histories, rows, model, settings))


def recipe(features: str, settings: TrainingSettings) -> str:
    """A hash of what makes a model of data: the features' fingerprint, settings and `METHOD`."""
    parts = [asdict(part) for part in (settings.label, settings.split, settings.fit)]
    text = json.dumps([METHOD, features, *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def drafted(
    histories: Histories, rows: pd.DataFrame, model: ChurnModel, settings: TrainingSettings
) -> Bundle:
    """The model as a bundle, calibrated on the calibration period of the panel `rows` that it was
    fitted on: on what fits without a customer said of them.

    Not yet judged (`evaluation` is empty), and without models of value.
    """
    return Bundle(
        features=model.columns,
        fingerprint=histories.fingerprint,
        definitions=histories.definitions,
        currency=histories.settings.currency,
        maps=model.maps,
        label=asdict(settings.label),
        shape=shape_of(model.booster),
        booster=model.booster,
        calibration=_calibration(rows, model),
        evaluation=Evaluation(),
        card="",
    )


def _calibration(rows: pd.DataFrame, model: ChurnModel) -> Calibration:
    later = (rows["period"] == "calibration").to_numpy() & modelled(rows)
    modes = rows["payment_mode"][later].to_numpy(dtype=object)
    return fit_calibration(model.held_out, churned(rows)[later], modes, weights(rows)[later])
