"""The baseline that every operator can have: recency, frequency and monetary value.

A standardised logistic regression on a handful of columns, fitted on the fit period alone. A
model that does not beat it clearly does not justify its upkeep.
"""

from __future__ import annotations

import re

import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from training.churn import churned
from training.panels import modelled
from training.statistics.logistic import Floats

COLUMNS = {
    "recency": ("days_since_use", "days_since_payment"),
    "frequency": ("active_days_4w", "payments_12w"),
    "monetary": (r"bill_[a-z]+_13w_mean",),  # the currency stands in the name
}


def rfm_columns(rows: pd.DataFrame) -> list[str]:
    """The columns of `rows` that measure recency, frequency or monetary value, in that order.

    >>> rfm_columns(pd.DataFrame(columns=["tenure_days", "bill_eur_13w_mean", "days_since_use"]))
    ['days_since_use', 'bill_eur_13w_mean']
    """
    patterns = [pattern for kind in COLUMNS.values() for pattern in kind]
    return [name for pattern in patterns for name in rows.columns if re.fullmatch(pattern, name)]


def rfm_risk(rows: pd.DataFrame, test: pd.DataFrame) -> Floats | None:
    """The baseline's risks of the test rows, shape (len(test),).

    Both as `training_panel` gives them; of `rows` the fit period is read. A missing value is
    that period's median, and that it was missing a column of its own. Null where no column
    measures RFM, or where in the fit period no customer left or none stayed.
    """
    there = (rows["period"] == "fit").to_numpy() & modelled(rows)
    fit = rows.loc[there, [*rfm_columns(rows), "outcome"]]
    columns = [name for name in rfm_columns(fit) if fit[name].notna().any()]
    label = churned(fit)
    if not columns or not 0 < label.sum() < len(label):
        return None
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(solver="newton-cholesky"),
    )
    model.fit(fit[columns].to_numpy(dtype=float), label)
    risk: Floats = model.predict_proba(test[columns].to_numpy(dtype=float))[:, 1]
    return risk
