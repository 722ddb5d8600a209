"""Columns that may hold the outcome: named with the evidence, before a figure is trusted.

A unique key or a row number says nothing of customers, and the order of rows may betray the label.
A column that alone ranks almost perfectly, or that is filled in for one class only, was most likely
written down after the outcome. Only keys and row numbers are excluded; a leak is for people who
know the table to judge (`--drop`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.columns import IDENTIFIER, ROW_NUMBER, TableColumn
from training.forms.texts import MISSING
from training.statistics.metrics import Floats, auc
from training.tables.fit.folds import Places

WHY = {IDENTIFIER: "unique_key", ROW_NUMBER: "row_number"}
ROW_ORDER = "(order of rows)"
ALONE = 0.99
BY_CHANCE = 1e-6
MAX_BINS = 64
SORTED = 0.9  # AUC of a row's place alone: the table is written class by class
SHRINK = 10.0  # rows of the overall rate that each bin's own is mixed with


@dataclass(frozen=True)
class Suspect:
    """`why` is unique_key, row_number, row_order, alone or one_class; `evidence` says it in words.

    The column of row_order is `ROW_ORDER`, which is not the name of any column.
    """

    column: str
    why: str
    evidence: str


def suspects(
    rows: pd.DataFrame,
    churned: Floats,
    columns: Sequence[TableColumn],
    fold: Places,
    order: float = 0.5,
) -> tuple[Suspect, ...]:
    """The suspects among `columns`; `rows` as `prepare` gives them, `fold` of shape (n,).

    `order` is the AUC of a row's place alone.
    """
    found = []
    if order > SORTED:
        found.append(Suspect(ROW_ORDER, "row_order", _sorted_words(order)))
    for column in columns:
        if column.kind in WHY:
            found.append(Suspect(column.name, WHY[column.kind], column.dropped))
        if not column.is_read:
            continue
        values = rows[column.name]
        one = _one_class(values, churned)
        if one:
            found.append(Suspect(column.name, "one_class", one))
        alone = auc_alone(values, churned, fold)
        if alone is not None and alone > ALONE:
            found.append(Suspect(column.name, "alone", f"alone it gives an AUC of {alone:.3f}"))
    return tuple(found)


def auc_alone(values: pd.Series, churned: Floats, fold: Places) -> float | None:
    """AUC of the rate of the column's own bins or levels, fitted on the other folds."""
    bins = _bins(values)
    rate = np.full(len(values), np.nan)
    for own in np.unique(fold):
        other = fold != own
        mean = churned[other].mean()
        sums = np.bincount(bins[other], churned[other], minlength=bins.max() + 1)
        sizes = np.bincount(bins[other], minlength=bins.max() + 1)
        # Against the mean of the very rows it was fitted on, or folds would differ by it.
        lift = (sums + SHRINK * mean) / (sizes + SHRINK) - mean
        rate[~other] = lift[bins[~other]]
    return auc(churned, rate, np.ones(len(churned)))


def _bins(values: pd.Series) -> Places:
    """A bin a row: levels of a category, quantiles of a number; missing is one of its own."""
    if not pd.api.types.is_float_dtype(values.dtype):
        return pd.factorize(values)[0]
    numbers = values.to_numpy(dtype=float)
    there = ~np.isnan(numbers)
    distinct = np.unique(numbers[there])
    if len(distinct) > MAX_BINS:
        distinct = np.unique(np.quantile(numbers[there], np.linspace(0, 1, MAX_BINS + 1)[1:-1]))
    return np.where(there, np.searchsorted(distinct, numbers, side="right"), len(distinct) + 1)


def _one_class(values: pd.Series, churned: Floats) -> str:
    """What there is to say where values stand for one class only, by more than chance."""
    is_number = pd.api.types.is_float_dtype(values.dtype)
    there = (values.notna() if is_number else values != MISSING).to_numpy()
    count = int(there.sum())
    if not 0 < count < len(values):
        return ""
    rate, own = churned.mean(), churned[there].mean()
    if own not in (0.0, 1.0) or (rate if own else 1 - rate) ** count > BY_CHANCE:
        return ""
    return f"filled in {count:,} rows, {'all' if own else 'none'} of them positive"


def _sorted_words(order: float) -> str:
    return (
        f"the rows are written class by class: a row's place alone gives an AUC of {order:.3f}. "
        f"The model does not read it; columns that follow it are excluded"
    )
