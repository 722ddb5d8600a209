"""What came of each row: an event or an amount, and the money that it brought and cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import NotEnoughData, TableRefused
from training.columns import CATEGORY
from training.columns.found_numbers import number_column
from training.experiments.rows.direction import is_wanted
from training.experiments.trial import Numbers
from training.forms.numerals import numbers
from training.forms.texts import MISSING, seen, texts
from training.forms.words import truth_of
from training.tables.target import comparable

MAX_LISTED = 5


@dataclass(frozen=True)
class Outcome:
    """`values`: (n,) 1 and 0 of an event or an amount, missing as NaN; `positive` is the event's.

    `is_wanted` says whether more is better, `by_name` whether the name alone says so.
    """

    name: str
    values: Numbers
    positive: str | None
    is_wanted: bool
    by_name: bool

    @property
    def is_event(self) -> bool:
        return self.positive is not None

    @property
    def good(self) -> Numbers:
        """(n,) the outcome turned so that more is better."""
        if self.is_wanted:
            return self.values
        return 1 - self.values if self.is_event else -self.values


def read_outcome(
    values: pd.Series, name: str, positive: str | None, wanted: bool | None
) -> Outcome:
    """The outcome of each row.

    Without `positive`, two words that plainly mean yes and no are an event and numbers an amount.
    Raises TableRefused where it is neither, NotEnoughData where all rows have the same.
    """
    label = texts(values)
    counts = Counter(label[label != MISSING].tolist())
    if not counts:
        raise NotEnoughData(f"no row has a value of {name}; a test needs its outcome")
    found = positive
    if found is None:
        found = _plain_yes(counts)
    if found is None:
        amounts_read = amounts(values, name)
        _check_varies(amounts_read, name, counts)
        return Outcome(name, amounts_read, None, _direction(name, None, wanted), wanted is None)
    label, found = comparable(label, name, found)
    there = label != MISSING
    event = np.where(there, (label == found).astype(float), np.nan)
    if not (label[there] == found).any():
        raise TableRefused(
            f"no row has {name} = {positive!r}; its values are: {_shown(counts)}. Say one of them "
            f"with --positive."
        )
    _check_varies(event, name, counts)
    return Outcome(name, event, found, _direction(name, found, wanted), wanted is None)


def amounts(values: pd.Series, name: str) -> Numbers:
    """(n,) a column of numbers, missing as NaN. Raises TableRefused where it is not one."""
    own = seen(values)
    column = number_column(name, own, "") if own.counts else None
    if column is None or column.kind == CATEGORY:
        raise TableRefused(
            f"column {name} is not numbers: it has values such as {_shown(own.counts)}. Name a "
            f"column of numbers; of an outcome in words, say with --positive which one counts."
        )
    found, bad = numbers(
        values,
        column.style,
        column.missing,
        column.unit,
        whole=column.whole,
        comma=column.comma,
    )
    if bad.any():
        raise TableRefused(f"column {name} has {int(bad.sum()):,} values that are not numbers")
    return found


def _plain_yes(counts: Counter[str]) -> str | None:
    """The value that means yes, where all values plainly mean yes or no."""
    truths = {text: truth_of(text) for text in counts}
    if None in truths.values() or len(truths) > 2:
        return None
    return next((text for text, truth in truths.items() if truth), None)


def _direction(name: str, positive: str | None, wanted: bool | None) -> bool:
    return is_wanted(name, positive) if wanted is None else wanted


def _check_varies(values: Numbers, name: str, counts: Counter[str]) -> None:
    there = values[~np.isnan(values)]
    if not len(there) or np.ptp(there) == 0:
        raise NotEnoughData(
            f"every row has the same outcome ({name}: {_shown(counts)}): no arm can have changed "
            f"it. Say another --outcome or --positive."
        )


def _shown(counts: Counter[str]) -> str:
    return ", ".join(f"{value!r} ({count:,})" for value, count in counts.most_common(MAX_LISTED))
