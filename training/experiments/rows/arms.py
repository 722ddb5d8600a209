"""Which arm each row of a table was drawn into, and which arms there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import NotEnoughData, SettingsError, TableRefused
from training.experiments.trial import Numbers
from training.forms.texts import MISSING, Texts, plain, text_of, texts
from training.forms.words import truth_of
from training.tables.target import comparable

MAX_ARMS = 20
MAX_LISTED = 8
UNKNOWN = -1


@dataclass(frozen=True)
class Arms:
    """`names`: the control first; `arm`: (n,) index into them, UNKNOWN where the cell is empty."""

    names: tuple[str, ...]
    arm: NDArray[np.intp]

    @property
    def counts(self) -> Numbers:
        """(arms,) the rows of each."""
        return np.bincount(self.arm[self.arm != UNKNOWN], minlength=len(self.names)).astype(float)


def read_arms(values: pd.Series, column: str, control: str) -> Arms:
    """The arms of a table's rows.

    Raises TableRefused where no row has the control's value or the values are not those of arms,
    NotEnoughData where there is one arm only.
    """
    label, own = _labels(values, column, control)
    counts = Counter(label[label != MISSING].tolist())
    shown = ", ".join(f"{arm!r} ({count:,})" for arm, count in counts.most_common(MAX_LISTED))
    if own not in counts:
        raise TableRefused(
            f"no row has {column} = {control!r}; its values are: {shown or 'all empty'}. Say the "
            f"control's value with --control."
        )
    if len(counts) == 1:
        raise NotEnoughData(
            f"every row has {column} = {own!r}: there are no two arms to compare. A test needs "
            f"rows of the control and of another arm."
        )
    if len(counts) > MAX_ARMS:
        raise TableRefused(
            f"{column} has {len(counts):,} values ({shown}, ...); expected the arms of a test, at "
            f"most {MAX_ARMS}. Say the column of arms with --treatment."
        )
    names = (own, *sorted(name for name in counts if name != own))
    place = {name: index for index, name in enumerate(names)} | {MISSING: UNKNOWN}
    return Arms(names, np.array([place[one] for one in label], dtype=np.intp))


def received_arms(
    values: pd.Series, column: str, arms: Arms, drawn: NDArray[np.intp]
) -> NDArray[np.intp]:
    """(n,) the arm that each row got, the control's where the cell is empty.

    `values` name arms, or plainly say yes and no: then yes is the arm `drawn` (n,), and of the
    control the first other one. Raises TableRefused for anything else.
    """
    label = texts(values)
    by_text = {name.casefold(): place for place, name in enumerate(arms.names)} | {MISSING: 0}
    others = sorted({one for one in label if one.casefold() not in by_text})
    if not others:
        return np.array([by_text[one.casefold()] for one in label], dtype=np.intp)
    truths = {one: False if one == MISSING else truth_of(one) for one in label}
    if None not in truths.values():
        got = np.array([truths[one] for one in label], dtype=bool)
        return np.where(got, np.maximum(drawn, 1), 0)
    raise TableRefused(
        f"{column} has values that are not arms: {', '.join(map(repr, others[:MAX_LISTED]))}; "
        f"expected {', '.join(map(repr, arms.names))}, or yes and no"
    )


def planned_shares(planned: Sequence[tuple[str, float]], arms: Arms) -> Numbers | None:
    """(arms,) the shares of the draw that were planned, adding up to 1; null where none are given.

    Raises SettingsError where they are not those of the arms.
    """
    if not planned:
        return None
    given = {name.casefold(): weight for name, weight in planned}
    known = {name.casefold() for name in arms.names}
    if set(given) != known or any(not 0 < weight < float("inf") for weight in given.values()):
        raise SettingsError(
            f"--planned names {', '.join(name for name, _ in planned)}; expected a number above 0 "
            f"for each arm: {', '.join(arms.names)}"
        )
    weights = np.array([given[name.casefold()] for name in arms.names])
    return np.asarray(weights / weights.sum(), dtype=float)


def _labels(values: pd.Series, column: str, control: str) -> tuple[Texts, str]:
    """The arms as texts, equal where they are the same; a word such as none may be the control."""
    wanted = plain(control)
    label = texts(values)
    if text_of(wanted) == MISSING and wanted:
        same = np.array([_is_word(value, wanted) for value in values], dtype=bool)
        return np.where(same, wanted, label), wanted
    return comparable(label, column, wanted)


def _is_word(value: Any, word: str) -> bool:
    return isinstance(value, str) and plain(value).casefold() == word.casefold()
