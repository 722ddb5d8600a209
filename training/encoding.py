"""Rows of features as the numbers a model reads; categories through stored maps.

A map is learned on the fit period alone and stored in the bundle. A category that is not in
it, and a value that is missing, are NaN: in training, at night and at the counter alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.errors import FingerprintMismatch
from training.metrics import Floats

Maps = dict[str, dict[str, int]]


def learn_maps(rows: pd.DataFrame, categories: Sequence[str]) -> Maps:
    """A number for each category seen in `rows`, the most frequent first."""
    return {
        name: {
            str(category): place
            for place, category in enumerate(
                rows[name]
                .astype("string")
                .value_counts()
                .sort_index(kind="stable")
                .sort_values(ascending=False, kind="stable")
                .index
            )
        }
        for name in categories
    }


def encode(rows: pd.DataFrame, columns: Sequence[str], maps: Maps) -> Floats:
    """The model's input of shape (n, len(columns)): numbers, missing as NaN.

    Raises FingerprintMismatch with the difference where a column is absent.
    """
    absent = [column for column in columns if column not in rows.columns]
    if absent:
        raise FingerprintMismatch(
            f"the rows lack {len(absent)} of the model's {len(columns)} columns: "
            f"{', '.join(absent)}. Build them with the feeds that the model was trained on.",
            missing=absent,
        )
    matrix = np.empty((len(rows), len(columns)))
    for place, column in enumerate(columns):
        values = rows[column]
        if column in maps:
            values = values.astype("object").map(maps[column])
        matrix[:, place] = values.to_numpy(dtype=float, na_value=np.nan)
    return matrix
