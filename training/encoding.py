"""Rows of features as the numbers a model reads; categories through stored maps.

A map is learned on the fit period alone and stored in the bundle. A category that is not in
it, and a value that is missing, are NaN: in training, at night and at the counter alike.

Numbers are float32 everywhere (`PRECISION`): in half the memory, and a threshold that training
cut between two values then parts the same two at the counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import FingerprintMismatch, SettingsError, TableRefused

Maps = dict[str, dict[str, int] | dict[str, float]]
PRECISION = np.float32
Matrix = NDArray[np.float32]
MAX_LISTED_COLUMNS = 10  # of a difference, in a message


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

    Numbers of any width, booleans and numbers as text are read alike; further columns are ignored.
    `where` (shape (len(rows),)) picks rows without a copy of the others. Raises
    FingerprintMismatch with the difference where a column is absent, TableRefused where a column
    of numbers holds a word, or one of words numbers.
    """
    _check_columns(rows, columns)
    count = len(rows) if where is None else int(where.sum())
    matrix = np.empty((count, len(columns)), dtype=PRECISION)
    for place, column in enumerate(columns):
        values = rows[column] if where is None else rows[column][where]
        matrix[:, place] = _category(values, maps[column]) if column in maps else _number(values)
    return matrix


def check_frame(rows: object, name: str = "rows", other: str = "") -> None:
    """Raises SettingsError where `rows`, which the caller calls `name`, is not a frame.

    `other` is what could have been given instead.
    """
    if not isinstance(rows, pd.DataFrame):
        raise SettingsError(
            f"{name} is of type {type(rows).__name__}; expected a pandas frame with the features "
            f"as columns{other}"
        )


def _check_columns(rows: pd.DataFrame, columns: Sequence[str]) -> None:
    there = set(rows.columns)
    missing = [column for column in columns if column not in there]
    if not missing:
        return
    known = set(columns)
    unknown = [str(column) for column in rows.columns if column not in known]
    beside = f"; not the model's: {listed(unknown)}" if unknown else ""
    raise FingerprintMismatch(
        f"the rows lack {len(missing)} of the model's {len(columns)} columns "
        f"(missing: {listed(missing)}{beside}). Build them with the feeds that the model was "
        f"trained on; a value may be missing, a column may not.",
        missing=missing,
        unknown=unknown,
    )


def listed(names: Sequence[str]) -> str:
    """The names, the first `MAX_LISTED_COLUMNS` of them, for a message."""
    more = len(names) - MAX_LISTED_COLUMNS
    return ", ".join(names[:MAX_LISTED_COLUMNS]) + (f" and {more} more" if more > 0 else "")


def _number(values: pd.Series) -> Matrix:
    try:
        if values.dtype.kind in "mMc":  # NumPy would take a date for a number of nanoseconds
            raise TypeError(values.dtype)
        return numbers(values)
    except (ValueError, TypeError) as error:
        raise TableRefused(
            f"column {values.name}: {str(_first_word(values))!r} is not a number. Give numbers, "
            f"and nothing (NaN or null) where a value is missing.",
            column=values.name,
        ) from error


def _category(values: pd.Series, codes: Mapping[str, float]) -> Matrix:
    """The codes of words, missing for a word that the map does not have."""
    kind = values.dtype
    if pd.api.types.is_numeric_dtype(kind) and values.notna().any():
        raise TableRefused(
            f"column {values.name}: the values are numbers ({values.dropna().iloc[0]!r}); expected "
            f"words such as {', '.join(list(codes)[:2])}. Read the column as text.",
            column=values.name,
        )
    return numbers(values.astype("object").map(codes))


def _first_word(values: pd.Series) -> object:
    """The first value that no number can be read from."""
    for value in values.dropna():
        try:
            float(value)
        except (ValueError, TypeError):
            return value
    return values.iloc[0]


def numbers(values: pd.Series) -> Matrix:
    """A column of numbers as the model reads them, missing as NaN."""
    found: Matrix = values.to_numpy(dtype=PRECISION, na_value=np.nan)
    return found
