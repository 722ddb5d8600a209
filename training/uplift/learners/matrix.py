"""The covariates of a test as LightGBM reads them: numbers, and categories as they are.

Effects are small beside the noise, so a category is not replaced by its mean outcome, as a table's
is: LightGBM groups the levels itself, and rare ones are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.errors import TableRefused
from training.encoding import PRECISION, Maps, Matrix, encode, learn_maps, listed

MAX_LEVELS = 60  # LightGBM's bins of one category; further levels are missing
MIN_LEVEL_ROWS = 20
A_DAY = pd.Timedelta(days=1)
EPOCH = pd.Timestamp(2000, 1, 1)


@dataclass(frozen=True)
class Reader:
    """How covariates become a matrix: the columns in order, and the codes of each category."""

    columns: tuple[str, ...]
    maps: Maps

    def matrix(self, covariates: pd.DataFrame) -> Matrix:
        """(n, columns) in 32 bits, missing and unknown as NaN; without columns (n, 1) zeros.

        Raises FingerprintMismatch where a column is absent, TableRefused where a number is not.
        """
        if not self.columns:
            return np.zeros((len(covariates), 1), dtype=PRECISION)
        return encode(_plain(covariates, self.maps), self.columns, self.maps)

    @property
    def categorical(self) -> list[int]:
        """The places of the categories."""
        return [place for place, name in enumerate(self.columns) if name in self.maps]


def learn_reader(covariates: pd.DataFrame) -> Reader:
    """The reader of these covariates: whatever is not numbers, truths or dates is a category.

    Raises TableRefused where two columns have one name.
    """
    columns = tuple(str(name) for name in covariates.columns)
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise TableRefused(f"two covariates have one name: {listed(twice)}. Rename one of them.")
    named = covariates.set_axis(list(columns), axis=1)
    words = [name for name in columns if _is_words(named[name])]
    maps = learn_maps(named[words], words)
    counted = {name: named[name].astype("string").value_counts() for name in words}
    kept: Maps = {
        name: {
            level: code
            for level, code in codes.items()
            if code < MAX_LEVELS and counted[name][level] >= MIN_LEVEL_ROWS
        }
        for name, codes in maps.items()
    }
    return Reader(columns, kept)


def _is_words(values: pd.Series) -> bool:
    kind: Any = values.dtype
    is_date = pd.api.types.is_datetime64_any_dtype(kind)
    return not (is_date or pd.api.types.is_numeric_dtype(kind))


def _plain(covariates: pd.DataFrame, maps: Maps) -> pd.DataFrame:
    """Dates as days, categories as text; the rest as it is."""
    plain = covariates.set_axis([str(name) for name in covariates.columns], axis=1)
    changed = {}
    for name in plain.columns:
        values = plain[name]
        if name in maps:
            changed[name] = values.astype("string")
        elif pd.api.types.is_datetime64_any_dtype(values.dtype):
            changed[name] = (values.dt.tz_localize(None) - EPOCH) / A_DAY
    return plain.assign(**changed)
