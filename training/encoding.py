"""Rows of features as the numbers a model reads; categories through stored maps.

A map is learned on the fit period alone and stored in the bundle. A category that is not in
it, and a value that is missing, are NaN: in training, at night and at the counter alike.

Numbers are float32 everywhere (`PRECISION`): in half the memory, and a threshold that training
cut between two values then parts the same two at the counter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import FingerprintMismatch

Maps = dict[str, dict[str, int] | dict[str, float]]
PRECISION = np.float32
Matrix = NDArray[np.float32]


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


def encode(
    rows: pd.DataFrame,
    columns: Sequence[str],
    maps: Maps,
    where: NDArray[np.bool_] | None = None,
) -> Matrix:
    """The model's input of shape (n, len(columns)): numbers, missing as NaN.

    `where` (shape (len(rows),)) picks rows without a copy of the others. Raises
    FingerprintMismatch with the difference where a column is absent.
    """
    absent = [column for column in columns if column not in rows.columns]
    if absent:
        raise FingerprintMismatch(
            f"the rows lack {len(absent)} of the model's {len(columns)} columns: "
            f"{', '.join(absent)}. Build them with the feeds that the model was trained on.",
            missing=absent,
        )
    count = len(rows) if where is None else int(where.sum())
    matrix = np.empty((count, len(columns)), dtype=PRECISION)
    for place, column in enumerate(columns):
        values = rows[column] if where is None else rows[column][where]
        if column in maps:
            values = values.astype("object").map(maps[column])
        matrix[:, place] = numbers(values)
    return matrix


def numbers(values: pd.Series) -> Matrix:
    """A column of numbers as the model reads them, missing as NaN."""
    found: Matrix = values.to_numpy(dtype=PRECISION, na_value=np.nan)
    return found
