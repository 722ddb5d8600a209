"""The second degree: columns that stand out from the rest of their table.

What is strong depends on the table: where every column separates the classes well, none is
suspected. A column stands out alone where the classes lie at least 1.8 standard deviations apart
by it (a whole curve of that separation has an AUC of 0.90), and 0.6 further than by the next column
below; both are bounds by 95 %. Several may stand out together, a quarter of the columns at most. It
stands out in the model where the AUC is above 0.9 and the separation falls by 0.9 or more without
it, twice as far as without the third column.

The bounds were set by a survey of 48 public tables and of leaks planted in them
(docs/decisions/0019). Known limits: a leak beside an honest column that is about as strong, or that
marks fewer than 45 % of the rarer class, is not found; an honest driver that is stronger than any
other column by as much is named.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from training.columns import TableColumn
from training.statistics.metrics import Floats, auc
from training.tables.fit.folds import Places
from training.tables.leaks.alone import Alone, alone, separation
from training.tables.leaks.losses import losses
from training.tables.leaks.suspects import SECOND, Suspect, once

FEWEST = 3  # columns that a table must have for one to stand out
APART = 1.8
FURTHER = 0.6
TOGETHER = 4  # one of so many columns may stand out
MAX_TOGETHER = 3
STRONG = 0.9  # AUC of a model of which the losses are looked at
LOST, LOST_AUC = 0.9, 0.05
TIMES = 2.0


def outstanding(
    rows: pd.DataFrame,
    churned: Floats,
    columns: Sequence[TableColumn],
    fold: Places,
    risk: Floats,
    first: Sequence[Suspect],
    seed: int,
) -> tuple[Suspect, ...]:
    """`first` and the second degree, each column once; `risk` out of fold, all of shape (n,)."""
    named = {one.column for one in first}
    left = [one for one in columns if one.is_read and one.name not in named]
    if len(left) < FEWEST:
        return tuple(first)
    found = [*first, *_alone(rows, churned, left, fold)]
    if (auc(churned, risk, np.ones(len(churned))) or 0.0) > STRONG:
        found += _in_the_model(rows, churned, left, fold, seed)
    return once(found)


def _alone(
    rows: pd.DataFrame, churned: Floats, columns: list[TableColumn], fold: Places
) -> list[Suspect]:
    by_column = {one.name: alone(rows[one.name], churned, fold) for one in columns}
    order = sorted(by_column, key=lambda name: -by_column[name].separation)
    most = min(MAX_TOGETHER, max(1, len(order) // TOGETHER))
    apart = [by_column[name].separation for name in order]
    sizes = [
        size
        for size in range(1, most + 1)
        if apart[size - 1] >= APART and apart[size - 1] - apart[size] >= FURTHER
    ]
    count = max(sizes, default=0)
    best = max((by_column[name].auc for name in order[count:]), default=0.5)
    return [
        Suspect(name, "stands_out", _words(by_column[name], best), SECOND) for name in order[:count]
    ]


def _words(own: Alone, next_best: float) -> str:
    words = f"alone it gives an AUC of {own.auc:.3f}, the best of the other columns {next_best:.3f}"
    if own.found is None or separation(own.auc) >= own.separation:
        return words
    shares = f"{own.found:.0%} of one class and {own.among:.1%} of the other"
    return f"{words}; at one cut it marks {shares}"


def _in_the_model(
    rows: pd.DataFrame, churned: Floats, columns: list[TableColumn], fold: Places, seed: int
) -> list[Suspect]:
    found = losses(rows, churned, columns, fold, seed)
    if found.auc <= STRONG:
        return []
    lost = {name: separation(found.auc) - separation(rest) for name, rest in found.without.items()}
    third = sorted(lost.values())[0]
    return [
        Suspect(
            name,
            "model_loses",
            f"with it the model's AUC is {found.auc:.3f}, without it {rest:.3f}",
            SECOND,
        )
        for name, rest in found.without.items()
        if lost[name] >= LOST and found.auc - rest >= LOST_AUC and lost[name] >= TIMES * third
    ]
