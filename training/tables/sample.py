"""The labelled rows of a table, ready to fit on, or the reason why they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import NotEnoughData, SettingsError, TableRefused
from training.columns import CHOICES, TableColumn
from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.forms.texts import MISSING, texts
from training.statistics.metrics import Floats
from training.tables.fit.folds import Keys, Places, folds, row_keys
from training.tables.nonrows import counted_nonrows, is_nonrow, nonrows
from training.tables.order import order_auc, without_followers
from training.tables.table_settings import TableSettings
from training.tables.target import labels

MAX_FOLDS = 50


@dataclass(frozen=True)
class TableRequest:
    """What to predict from a table, and how to judge it.

    `dropped` columns are excluded, `kept` ones read though they look like identifiers or row
    numbers; `read` has of columns in doubt how they are written (`columns.CHOICES`). Judged by
    `fold_count` folds, or by the values of `fold_column`.
    """

    name: str
    target: str
    positive: str
    dropped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    fold_count: int | None = None
    fold_column: str | None = None
    prior: float | None = None
    read: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sample:
    """The labelled rows: as the columns read them, their labels, keys and folds.

    `positive` is the target's own word for it; `others` are its values that count as not positive,
    each with its rows, the most frequent first; `missing_marks` the words that stand for a missing
    label; `nonrows` the lines that are not rows, by reason. `order` is the AUC of a row's place
    alone.
    """

    columns: tuple[TableColumn, ...]
    rows: pd.DataFrame
    places: Places
    churned: Floats
    keys: Keys
    fold: Places
    fold_names: Sequence[int | str]
    without_label: int
    positive: str
    others: tuple[tuple[str, int], ...]
    missing_marks: dict[str, int]
    nonrows: dict[str, int]
    order: float


def labelled_sample(rows: pd.DataFrame, request: TableRequest, settings: TableSettings) -> Sample:
    """The rows to fit on, of those that `read_table` gives.

    Raises TableRefused, NotEnoughData, SettingsError.
    """
    _check_request(rows, request)
    none = nonrows(rows)
    there = np.flatnonzero(~is_nonrow(none))
    label = labels(rows[request.target].iloc[there], request.target, request.positive)
    places = there[label.labelled]
    own = rows.iloc[places].reset_index(drop=True)
    others = [name for name in rows.columns if name not in (request.target, request.fold_column)]
    columns = infer_columns(own[others], request.dropped, request.kept, dict(request.read))
    prepared = _prepared(own, columns)
    fold, _ = _folds(own, prepared, label.churned, request, settings)
    order = order_auc(label.churned, fold)
    columns = without_followers(prepared, columns, order, request.kept)
    prepared = _kept(prepared, columns)
    fold, names = _folds(own, prepared, label.churned, request, settings)
    return Sample(
        columns=columns,
        rows=prepared,
        places=places,
        churned=label.churned,
        keys=row_keys(prepared),
        fold=fold,
        fold_names=names,
        without_label=len(there) - len(places),
        positive=label.positive,
        others=tuple(one for one in label.counts.most_common() if one[0] != label.positive),
        missing_marks=dict(label.marks.most_common()),
        nonrows=counted_nonrows(none),
        order=order,
    )


def _prepared(rows: pd.DataFrame, columns: tuple[TableColumn, ...]) -> pd.DataFrame:
    """The rows as the columns read them. Raises TableRefused where no column is read."""
    if not any(column.is_read for column in columns):
        why = "; ".join(f"{column.name} {column.dropped}" for column in columns)
        raise TableRefused(f"no column is left to train on ({why})")
    return prepare(rows, columns)


def _kept(prepared: pd.DataFrame, columns: tuple[TableColumn, ...]) -> pd.DataFrame:
    """The prepared rows without columns that are not read after all."""
    if not any(column.is_read for column in columns):
        return _prepared(prepared, columns)
    return prepared[[column.name for column in columns if column.is_read]]


def _folds(
    own: pd.DataFrame,
    prepared: pd.DataFrame,
    churned: Floats,
    request: TableRequest,
    settings: TableSettings,
) -> tuple[Places, Sequence[int | str]]:
    """The fold of each row, and the folds' names."""
    if request.fold_column is not None:
        return _column_folds(own[request.fold_column], request.fold_column, churned)
    count = request.fold_count or settings.folds
    return folds(row_keys(prepared), churned, count, settings.seed), range(count)


def _check_request(rows: pd.DataFrame, request: TableRequest) -> None:
    """Raises TableRefused where a named column is not there, SettingsError for values."""
    named = [request.target, *request.dropped, *request.kept, *dict(request.read)]
    named += [request.fold_column] if request.fold_column else []
    absent = [name for name in named if name not in rows.columns]
    if absent:
        raise TableRefused(
            f"no column {', '.join(absent)}; there are: {', '.join(map(str, rows.columns))}",
            missing=absent,
        )
    if request.target in (*request.dropped, request.fold_column):
        raise SettingsError(
            f"{request.target} is the target; it cannot be dropped or hold the folds"
        )
    if request.fold_count is not None and not 2 <= request.fold_count <= MAX_FOLDS:
        raise SettingsError(f"--folds is {request.fold_count}; expected 2 to {MAX_FOLDS}")
    if request.fold_count is not None and request.fold_column is not None:
        raise SettingsError("--folds and --fold-column exclude each other; say one of them")
    for name, choice in request.read:
        if choice not in CHOICES:
            raise SettingsError(f"--read {name}={choice}: expected one of {', '.join(CHOICES)}")
    if request.prior is not None and not 0 < request.prior < 1:
        raise SettingsError(f"--prior is {request.prior:g}; expected a share between 0 and 1")


def _column_folds(values: pd.Series, name: str, churned: Floats) -> tuple[Places, list[str]]:
    own = texts(values)
    if (own == MISSING).any():
        raise TableRefused(f"column {name} holds the folds and is empty in some rows")
    fold, names = pd.factorize(own, sort=True)
    if not 2 <= len(names) <= MAX_FOLDS:
        raise TableRefused(
            f"column {name} holds the folds and has {len(names):,} values; expected 2 to "
            f"{MAX_FOLDS}"
        )
    for place, own_name in enumerate(names):
        if len(np.unique(churned[fold != place])) < 2:
            raise NotEnoughData(
                f"without the rows whose {name} is {own_name!r} one class is left; every fold "
                f"needs both classes outside it"
            )
    return fold, [str(one) for one in names]
