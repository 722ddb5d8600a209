"""The labels of a table: which rows have one, and which are positive."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import NotEnoughData, TableRefused
from training.forms.numerals import SIMPLE
from training.forms.texts import MISSING, Flags, Texts, seen, text_of, texts
from training.forms.words import is_mark, truth_of
from training.statistics.metrics import Floats

MIN_ROWS = 20  # of each class: with fewer, no figure out of fold means anything
MAX_LISTED = 5


@dataclass(frozen=True)
class Labels:
    """Which rows are labelled, shape (n,), and of those which are positive.

    `counts` are the values of the labelled rows, `marks` the words that stand for a missing label,
    each with its rows.
    """

    labelled: Flags
    churned: Floats
    positive: str
    counts: Counter[str]
    marks: Counter[str]


def labels(values: pd.Series, target: str, positive: str) -> Labels:
    """The labels of the rows. Raises TableRefused, NotEnoughData."""
    label, found = comparable(texts(values), target, positive)
    labelled = label != MISSING
    counts = Counter(label[labelled].tolist())
    churned = _churned(label[labelled] == found, counts, found, target, positive)
    return Labels(labelled, churned, found, counts, seen(values).marks)


def comparable(label: Texts, target: str, positive: str) -> tuple[Texts, str]:
    """The labels and the positive value, written so that equal ones are equal texts.

    Among numbers 1 is 1.0. Of words, Yes is found by yes, and by true, 1 or 是; a target that holds
    two of them is refused.
    """
    own = set(label) - {MISSING}
    if own and all(SIMPLE.fullmatch(text) for text in (*own, positive)):
        plain = {text: text_of(float(text)) for text in (*own, positive)}
        read = [plain.get(text, MISSING) for text in label]
        return np.array(read, dtype=object), plain[positive]
    truth = truth_of(positive)
    alike = sorted(
        text
        for text in own
        if text.casefold() == positive.casefold() or (truth is not None and truth_of(text) == truth)
    )
    if len(alike) > 1:
        raise TableRefused(
            f"{target} is written {' and '.join(map(repr, alike))}; write it in one way, or "
            f"one of them would count as the opposite"
        )
    return label, alike[0] if alike else positive


def _churned(
    is_positive: Flags, counts: Counter[str], found: str, target: str, positive: str
) -> Floats:
    """1.0 where the label is the positive value. Raises where a class is absent or too small."""
    values = ", ".join(f"{value!r} ({count:,})" for value, count in counts.most_common(MAX_LISTED))
    if not counts:
        raise NotEnoughData(f"no row has a value of {target}")
    if found not in counts:
        missing = f"; {positive!r} counts as a missing label" if is_mark(positive.strip()) else ""
        raise TableRefused(
            f"no row has {target} = {positive!r}; its values are: {values}{missing}. "
            f"Say one of them with --positive."
        )
    if len(counts) == 1:
        raise NotEnoughData(
            f"every row has {target} = {positive!r}: there are no two classes to separate. "
            f"A table needs rows with and without it."
        )
    churned = np.asarray(is_positive, dtype=float)
    least = int(min(churned.sum(), len(churned) - churned.sum()))
    if least < MIN_ROWS:
        raise NotEnoughData(
            f"{len(churned):,} rows, of which {int(churned.sum()):,} have {target} = "
            f"{positive!r}; expected at least {MIN_ROWS} with it and {MIN_ROWS} without"
        )
    return churned
