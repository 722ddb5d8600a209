"""A fitted model made ready to answer: with its calibration and what its input must be."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from features.engine.store import Histories
from training.churn import ChurnModel, churned
from training.churn.calibration import Calibration, fit_calibration
from training.evaluation.figures import Evaluation
from training.fit_settings import TrainingSettings
from training.models.bundle import Bundle, shape_of
from training.panels import modelled, weights


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
