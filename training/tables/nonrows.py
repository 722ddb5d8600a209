"""Lines of a file that are not rows of the table: a header again, an empty line, totals.

Each is counted by its reason, and is neither fitted on nor scored.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.words import say, words
from training.forms.numerals import numeral_of
from training.forms.texts import MISSING, Flags, text_of, texts

HEADER, BLANK, TOTALS = "repeats the header", "is empty", "is a line of totals"
TOTAL_WORDS = frozenset({
    "total", "totals", "grand total", "subtotal", "sub total", "sum", "overall", "all customers",
    "合计", "总计", "小计", "总和", "共计",
    "summe", "gesamt", "gesamtsumme", "somme", "total général",
    "totale", "suma", "итого", "всего",
})  # fmt: skip
FEW_TOTALS = 0.01  # of the rows; a level of a category may be called Total


def nonrows(rows: pd.DataFrame) -> dict[str, Flags]:
    """By reason which lines are not rows, shape (n,) each; a row has one reason at most.

    A header is repeated where a row holds the columns' own names, at least half of them and
    nothing else. Of totals the first value is such a word and all others are numbers.
    """
    found = {reason: np.zeros(len(rows), dtype=bool) for reason in (HEADER, BLANK, TOTALS)}
    names = [str(name) for name in rows.columns]
    for place in np.flatnonzero(_may_be_none(rows)):
        cells = [text_of(value) for value in rows.iloc[place]]
        for reason, flags in found.items():
            flags[place] = _IS[reason](cells, names)
    if found[TOTALS].sum() > max(1, FEW_TOTALS * len(rows)):
        found[TOTALS][:] = False
    return found


def _may_be_none(rows: pd.DataFrame) -> Flags:
    """Which rows to look at: their first value is a name of a column or a word of totals."""
    found = np.zeros(len(rows), dtype=bool)
    blank = np.ones(len(rows), dtype=bool)
    words = {str(name).strip().casefold() for name in rows.columns} | TOTAL_WORDS
    for name in rows.columns:
        first = texts(rows[name].iloc[np.flatnonzero(blank)])
        places = np.flatnonzero(blank)
        found[places] |= np.array([_word(text) in words for text in first], dtype=bool)
        blank[places] = first == MISSING
        if not blank.any():
            break
    return found | blank


def _word(text: str) -> str:
    return text.rstrip(":：").strip().casefold()


def _is_header(cells: list[str], names: list[str]) -> bool:
    own = sum(
        cell.casefold() == name.strip().casefold() for cell, name in zip(cells, names, strict=True)
    )
    return own >= 2 and 2 * own >= len(cells) and own == sum(cell != MISSING for cell in cells)


def _is_blank(cells: list[str], _: list[str]) -> bool:
    return not any(cells)


def _is_totals(cells: list[str], _: list[str]) -> bool:
    there = [cell for cell in cells if cell != MISSING]
    return (
        len(there) > 1
        and _word(there[0]) in TOTAL_WORDS
        and all(numeral_of(text) is not None for text in there[1:])
    )


_IS = {HEADER: _is_header, BLANK: _is_blank, TOTALS: _is_totals}


def is_nonrow(found: dict[str, Flags]) -> Flags:
    """Which rows have any of the reasons."""
    return np.asarray(np.any(list(found.values()), axis=0), dtype=bool)


def counted_nonrows(found: dict[str, Flags]) -> dict[str, int]:
    """The reasons that some row has, each with its rows."""
    return {reason: int(flags.sum()) for reason, flags in found.items() if flags.any()}


def nonrow_words(counts: dict[str, int], language: str = "en") -> str:
    """The reasons with their rows, in words.

    >>> nonrow_words({HEADER: 1, BLANK: 2})
    '1 that repeats the header, 2 that are empty'
    """
    keys = {HEADER: "header", BLANK: "blank", TOTALS: "totals"}
    found = [
        say("card", f"{'one' if rows == 1 else 'several'}_{keys[reason]}", language, rows=rows)
        for reason, rows in counts.items()
    ]
    return words(language, "card")["between"].join(found)
