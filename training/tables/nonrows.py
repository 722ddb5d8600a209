"""Lines of a file that are not rows of the table: a header again, an empty line, totals.

Each is counted by its reason, and neither learned from nor scored.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.tables.numerals import numeral_of
from training.tables.texts import MISSING, Flags, Texts, texts

HEADER, BLANK, TOTALS = "repeats the header", "is empty", "is a line of totals"
TOTAL_WORDS = frozenset({
    "total", "totals", "grand total", "subtotal", "sub total", "sum", "overall", "all customers",
    "合计", "总计", "小计", "总和", "共计",
    "summe", "gesamt", "gesamtsumme", "somme", "total général",
    "totale", "suma", "итого", "всего",
})  # fmt: skip
FEW_TOTALS = 0.01  # of the rows; a level of a category may be called Total


def nonrows(rows: pd.DataFrame) -> dict[str, Flags]:
    """By reason which rows are none, shape (n,) each; a row has one reason at most.

    A header is repeated where a row holds the columns' own names, at least half of them and
    nothing else. Of totals the first value is such a word and all others are numbers.
    """
    cells = {name: texts(rows[name]) for name in rows.columns}
    there = np.array([own != MISSING for own in cells.values()])
    own_name = np.array([_is_name(own, str(name)) for name, own in cells.items()])
    named = own_name.sum(axis=0)
    header = (own_name | ~there).all(axis=0) & (named >= 2) & (2 * named >= len(cells))
    return {HEADER: header, BLANK: ~there.any(axis=0), TOTALS: _totals(list(cells.values()), there)}


def is_nonrow(found: dict[str, Flags]) -> Flags:
    """Which rows have any of the reasons."""
    return np.asarray(np.any(list(found.values()), axis=0), dtype=bool)


def counted_nonrows(found: dict[str, Flags]) -> dict[str, int]:
    """The reasons that some row has, each with its rows."""
    return {reason: int(flags.sum()) for reason, flags in found.items() if flags.any()}


def _is_name(own: Texts, name: str) -> Flags:
    wanted = name.strip().casefold()
    return np.array([text.casefold() == wanted for text in own], dtype=bool)


def _totals(cells: list[Texts], there: Flags) -> Flags:
    first = np.where(there.any(axis=0), there.argmax(axis=0), 0)
    found = np.zeros(there.shape[1], dtype=bool)
    for place, column in enumerate(first):
        if cells[column][place].rstrip(":：").strip().casefold() in TOTAL_WORDS:
            rest = [own[place] for own in cells[column + 1 :] if own[place] != MISSING]
            found[place] = bool(rest) and all(numeral_of(text) is not None for text in rest)
    return found if found.sum() <= max(1, FEW_TOTALS * len(found)) else np.zeros_like(found)


def nonrow_words(counts: dict[str, int]) -> str:
    """The reasons with their rows, in words.

    >>> nonrow_words({HEADER: 1, BLANK: 2})
    '1 that repeats the header, 2 that are empty'
    """
    several = {HEADER: "repeat the header", BLANK: "are empty", TOTALS: "are lines of totals"}
    return ", ".join(
        f"{rows:,} that {reason if rows == 1 else several[reason]}"
        for reason, rows in counts.items()
    )
