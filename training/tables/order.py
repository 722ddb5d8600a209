"""How far the order of rows predicts the label, and the columns that follow it.

A table is often written class by class. Then a column that only counts or dates the rows as they
were written says which class a row is of, whatever its name, and will not in another file.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from training.columns import ROW_NUMBER, TableColumn
from training.statistics.metrics import Floats
from training.tables.fit.folds import Places
from training.tables.leaks.alone import auc_alone
from training.tables.leaks.suspects import SORTED

INFORMATIVE = 0.6  # above it, the order predicts the label
FOLLOWS = 0.95  # correlation of ranks with the place of rows
EVEN = 0.999  # correlation of the values themselves: as far from row to row
FEW = 20  # different values


def order_auc(churned: Floats, fold: Places) -> float:
    """AUC of a row's place in the file, fitted on the other folds."""
    found = auc_alone(pd.Series(np.arange(len(churned), dtype=float)), churned, fold)
    return 0.5 if found is None else found


def without_followers(
    rows: pd.DataFrame, columns: Sequence[TableColumn], alone: float, kept: Collection[str]
) -> tuple[TableColumn, ...]:
    """The columns, of which those that follow the order of the rows are excluded.

    `rows` as `prepare` gives them, `alone` the AUC of the order.
    """
    if alone < INFORMATIVE:
        return tuple(columns)
    return tuple(
        replace(one, kind=ROW_NUMBER, dropped=why)
        if one.is_read and one.name not in kept and (why := _why_follows(rows[one.name], alone))
        else one
        for one in columns
    )


def _why_follows(values: pd.Series, alone: float) -> str:
    """Why a column counts the rows as they are written, else ""."""
    if not pd.api.types.is_float_dtype(values.dtype):
        return _why_in_blocks(values, alone)
    numbers = values.to_numpy(dtype=float)
    there = ~np.isnan(numbers)
    different = len(np.unique(numbers[there]))
    if there.mean() < FOLLOWS or different <= FEW:
        return ""
    place = np.flatnonzero(there).astype(float)
    ranks = pd.Series(numbers[there]).rank().to_numpy(dtype=float)
    follows = abs(float(np.corrcoef(ranks, place)[0, 1]))
    even = abs(float(np.corrcoef(numbers[there], place)[0, 1]))
    is_numbering = even > EVEN and 2 * different > len(place)
    if follows > FOLLOWS and (alone > SORTED or is_numbering):
        return (
            f"follows the order of the rows (correlation {follows:.3f}), and their order alone "
            f"gives an AUC of {alone:.3f}"
        )
    return ""


def _why_in_blocks(values: pd.Series, alone: float) -> str:
    """Why levels were given to the rows in turn, such as file_1, file_2; else ""."""
    level, names = pd.factorize(values)
    in_turn = bool((np.diff(level) >= 0).all())  # levels are counted as they first appear
    if alone <= SORTED or len(names) <= 2 or not in_turn:
        return ""
    return (
        f"follows the order of the rows (each of {len(names):,} levels in one block), and their "
        f"order alone gives an AUC of {alone:.3f}"
    )
