"""Exact SHAP values of a churn model: how much each feature pushed a customer's raw score.

Path-dependent TreeSHAP (Lundberg et al. 2020) as LightGBM computes it. The values of a row,
the expected value last, sum to its raw score, in log-odds before calibration.
"""

from __future__ import annotations

import lightgbm as lgb
import numpy as np

from training.encoding import Matrix
from training.metrics import Floats


def shap_values(booster: lgb.Booster, matrix: Matrix) -> Floats:
    """Contributions of shape (n, features + 1) for an encoded matrix of shape (n, features)."""
    if len(matrix) == 0:
        return np.empty((0, booster.num_feature() + 1))
    values: Floats = np.asarray(booster.predict(matrix, pred_contrib=True))
    return values
