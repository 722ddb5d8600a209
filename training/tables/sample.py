"""The labelled rows of a table, ready to be learned from, or what stands in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.errors import NotEnoughData, SettingsError, TableRefused
from training.metrics import Floats
from training.tables.columns import Column, infer_columns
from training.tables.folds import Keys, Places, folds, row_keys
from training.tables.settings import TableSettings
from training.tables.texts import MISSING, NO_NUMBERS, STYLES, Texts, text_of, texts
from training.tables.values import prepare

LEAST_ROWS = 20  # of each class: with fewer, no figure out of fold means anything
MOST_FOLDS = 50
SHOWN = 5


@dataclass(frozen=True)
class Asked:
    """What to learn from a table, and how to judge it.

    `dropped` columns are left out, `kept` ones read though they look like identifiers. Judged by
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


@dataclass(frozen=True)
class Sample:
    """The labelled rows: as the columns read them, their labels, keys and folds.

    `others` are the values of the target that count as not positive, each with its rows, the most
    frequent first.
    """

    columns: tuple[Column, ...]
    rows: pd.DataFrame
    places: Places
    churned: Floats
    keys: Keys
    fold: Places
    fold_names: Sequence[int | str]
    without_label: int
    others: tuple[tuple[str, int], ...]


def labelled_sample(rows: pd.DataFrame, asked: Asked, settings: TableSettings) -> Sample:
    """What is learned from, of the rows as `read_table` gives them.

    Raises TableRefused, NotEnoughData, SettingsError.
    """
    _check_asked(rows, asked)
    label, positive = _comparable(texts(rows[asked.target]), asked)
    labelled = label != MISSING
    counts = Counter(label[labelled].tolist())
    churned = _churned(label[labelled] == positive, counts, positive, asked)
    own = rows[labelled].reset_index(drop=True)
    others = [name for name in rows.columns if name not in (asked.target, asked.fold_column)]
    columns = infer_columns(own[others], asked.dropped, asked.kept)
    if not any(column.is_read for column in columns):
        told = "; ".join(f"{column.name} {column.dropped}" for column in columns)
        raise TableRefused(f"no column is left to learn from ({told})")
    prepared = prepare(own, columns)
    keys = row_keys(prepared)
    names: Sequence[int | str]
    if asked.fold_column is None:
        names = range(asked.fold_count or settings.folds)
        fold = folds(keys, churned, len(names), settings.seed)
    else:
        fold, names = _told_folds(own[asked.fold_column], asked.fold_column, churned)
    places = np.flatnonzero(labelled)
    without = int((~labelled).sum())
    rest = tuple((value, count) for value, count in counts.most_common() if value != positive)
    return Sample(columns, prepared, places, churned, keys, fold, names, without, rest)


def _check_asked(rows: pd.DataFrame, asked: Asked) -> None:
    """Raises TableRefused where a column that was named is not there, SettingsError for values."""
    named = [asked.target, *asked.dropped, *asked.kept]
    named += [asked.fold_column] if asked.fold_column else []
    absent = [name for name in named if name not in rows.columns]
    if absent:
        raise TableRefused(
            f"no column {', '.join(absent)}; there are: {', '.join(map(str, rows.columns))}",
            missing=absent,
        )
    if asked.target in (*asked.dropped, asked.fold_column):
        raise SettingsError(f"{asked.target} is the target; it cannot be dropped or hold the folds")
    if asked.fold_count is not None and not 2 <= asked.fold_count <= MOST_FOLDS:
        raise SettingsError(f"--folds is {asked.fold_count}; expected 2 to {MOST_FOLDS}")
    if asked.fold_count is not None and asked.fold_column is not None:
        raise SettingsError("--folds and --fold-column exclude each other; say one of them")
    if asked.prior is not None and not 0 < asked.prior < 1:
        raise SettingsError(f"--prior is {asked.prior:g}; expected a share between 0 and 1")


def _comparable(label: Texts, asked: Asked) -> tuple[Texts, str]:
    """The labels and the positive value, written so that equal ones are equal texts.

    Among numbers 1 is 1.0, and NA is missing as in every column of numbers. Of words, Yes is
    found by yes; a target that holds both is refused.
    """
    told = set(label) - {MISSING}
    own = {text for text in told if text.lower() not in NO_NUMBERS}
    if own and all(STYLES["point"].fullmatch(text) for text in (*own, asked.positive)):
        plain = {text: text_of(float(text)) for text in (*own, asked.positive)}
        read = [plain.get(text, MISSING) for text in label]
        return np.array(read, dtype=object), plain[asked.positive]
    alike = sorted(text for text in told if text.casefold() == asked.positive.casefold())
    if len(alike) > 1:
        raise TableRefused(
            f"{asked.target} is written {' and '.join(map(repr, alike))}; write it in one way, or "
            f"one of them would count as the opposite"
        )
    return label, alike[0] if alike else asked.positive


def _churned(is_positive: Any, counts: Counter[str], positive: str, asked: Asked) -> Floats:
    """1.0 where the label is the positive value. Raises where a class is absent or too small."""
    told = ", ".join(f"{value!r} ({count:,})" for value, count in counts.most_common(SHOWN))
    if not counts:
        raise NotEnoughData(f"no row has a value of {asked.target}")
    if positive not in counts:
        raise TableRefused(
            f"no row has {asked.target} = {asked.positive!r}; its values are: {told}. "
            f"Say one of them with --positive."
        )
    if len(counts) == 1:
        raise NotEnoughData(
            f"every row has {asked.target} = {asked.positive!r}: there is nothing to tell apart. "
            f"A table needs rows with and without it."
        )
    churned = np.asarray(is_positive, dtype=float)
    least = int(min(churned.sum(), len(churned) - churned.sum()))
    if least < LEAST_ROWS:
        raise NotEnoughData(
            f"{len(churned):,} rows, of which {int(churned.sum()):,} have {asked.target} = "
            f"{asked.positive!r}; expected at least {LEAST_ROWS} with it and {LEAST_ROWS} without"
        )
    return churned


def _told_folds(values: pd.Series, name: str, churned: Floats) -> tuple[Places, list[str]]:
    own = texts(values)
    if (own == MISSING).any():
        raise TableRefused(f"column {name} holds the folds and is empty in some rows")
    fold, names = pd.factorize(own, sort=True)
    if not 2 <= len(names) <= MOST_FOLDS:
        raise TableRefused(
            f"column {name} holds the folds and has {len(names):,} values; expected 2 to "
            f"{MOST_FOLDS}"
        )
    for place, own_name in enumerate(names):
        if len(np.unique(churned[fold != place])) < 2:
            raise NotEnoughData(
                f"without the rows whose {name} is {own_name!r} one class is left; every fold "
                f"needs both classes outside it"
            )
    return fold, [str(one) for one in names]
