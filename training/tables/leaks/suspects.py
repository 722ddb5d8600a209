"""The first degree: columns that hold the outcome by themselves, or nothing of customers.

A unique key or a row number says nothing of customers, and the order of rows may betray the label.
A column that alone ranks almost perfectly, or that is filled in for one class only, was most likely
written down after the outcome. Only keys and row numbers are excluded; a leak is for people who
know the table to judge (`--drop`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from training.columns import IDENTIFIER, ROW_NUMBER, TableColumn
from training.forms.texts import MISSING
from training.statistics.metrics import Floats
from training.tables.fit.folds import Places
from training.tables.leaks.alone import auc_alone

FIRST, SECOND = 1, 2
WHY = {IDENTIFIER: "unique_key", ROW_NUMBER: "row_number"}
ROW_ORDER = "(order of rows)"
ALONE = 0.99
BY_CHANCE = 1e-6
SORTED = 0.9  # AUC of a row's place alone: the table is written class by class


@dataclass(frozen=True)
class Suspect:
    """`why` is unique_key, row_number, row_order, one_class or alone, in the first degree.

    In the second it is stands_out or model_loses (`outstanding`). `evidence` says it in words, all
    that there is, one after `; `; `why` is of the first. The column of row_order is `ROW_ORDER`,
    which is not the name of any column.
    """

    column: str
    why: str
    evidence: str
    degree: int = FIRST


def suspects(
    rows: pd.DataFrame,
    churned: Floats,
    columns: Sequence[TableColumn],
    fold: Places,
    order: float = 0.5,
) -> tuple[Suspect, ...]:
    """The suspects among `columns`, each once; `rows` as `prepare` gives them, `fold` (n,).

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
    return once(found)


def once(found: Iterable[Suspect]) -> tuple[Suspect, ...]:
    """Each column once, with all its evidence and the degree of the first."""
    by_column: dict[str, Suspect] = {}
    for one in found:
        there = by_column.get(one.column)
        if there is not None:
            one = replace(there, evidence=f"{there.evidence}; {one.evidence}")
        by_column[one.column] = one
    return tuple(by_column.values())


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
