"""Whether a column numbers or names the rows: it identifies them, and says nothing about them.

Prices, too, may all differ; so whole numbers must also look like a numbering, either close
together or all of one length. The index that a program wrote beside a frame numbers rows even where
numbers repeat, as after two frames were joined: by its name, by steps of one from row to row, or
because each number from the first to the last stands there about as often.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from training.statistics.metrics import Floats

FEW_ROWS = 20  # below this a column without repetition may be chance
NEARLY_ALL = 0.95  # of the texts; a customer may stand in a table twice, or without its number
DENSE = 20  # whole numbers within so many times their count are close together
LONG = 6  # digits, as account numbers have
INDEX = re.compile(
    r"__index_level_\d+__|unnamed: \d+(?:\.\d+)*|unnamed_1|index|"
    r"level_\d+|row_?(?:number|num|no|nr|id)?|#|序号|行号",
    re.IGNORECASE,
)
MAX_FRAMES = 3  # joined into one, each with its numbers from 0
CODE = re.compile(r"[A-Za-z0-9]{6,}")


def names_rows(counts: Counter[str]) -> str:
    """Why texts that occur so often are an identifier, else ""."""
    total = counts.total()
    if total < FEW_ROWS or len(counts) < NEARLY_ALL * total:
        return ""
    return f"is a key: {len(counts):,} different texts in {total:,} rows"


def numbers_rows(values: Floats, different: int) -> str:
    """Why numbers (a row each, missing NaN) are an identifier, else "".

    `different`: as many of them are written differently. Floats cannot show it: those of the
    19 or 20 digits of a SIM card are the same for its neighbours.

    >>> numbers_rows(np.arange(100.0), 100)
    'is a key: 100 rows, each with its own whole number'
    >>> numbers_rows(np.arange(100.0) / 7, 100)
    ''
    """
    there = values[np.isfinite(values)]
    count = len(there)
    if count < FEW_ROWS or different < count or count < NEARLY_ALL * len(values):
        return ""
    if (there != np.floor(there)).any():
        return ""
    lengths = {len(f"{abs(number):.0f}") for number in (there.min(), there.max())}
    close = np.ptp(there) < DENSE * count
    if not close and (len(lengths) > 1 or min(lengths) < LONG):
        return ""
    return f"is a key: {count:,} rows, each with its own whole number"


def names_codes(counts: Counter[str]) -> str:
    """Why texts are codes of the rows, such as 11010519491231002X among plain numbers, else "".

    These would look like numbers with a unit.
    """
    letters = any(not text.isdecimal() for text in counts)
    if not letters or any(not CODE.fullmatch(text) for text in counts):
        return ""
    return names_rows(counts) if all(sum(map(str.isdecimal, one)) > 4 for one in counts) else ""


def is_index(name: str, values: Floats) -> str:
    """Why whole numbers, in the order of the rows, number these, else "".

    >>> is_index("x", np.tile(np.arange(50.0), 2))
    'numbers the rows: most are one more than in the row before'
    >>> is_index("x", np.repeat(np.arange(50.0), 2))
    'numbers the rows: each from 0 to 49 stands there about as often'
    """
    there = values[np.isfinite(values)]
    if len(there) < max(FEW_ROWS, NEARLY_ALL * len(values)) or (there != np.floor(there)).any():
        return ""
    different, rows = np.unique(there, return_counts=True)
    if INDEX.fullmatch(name) and len(different) > FEW_ROWS:
        return "numbers the rows: an index that was written beside them, by its name"
    steps = np.diff(there)
    steady = (np.abs(steps) == 1).mean() > NEARLY_ALL and rows.max() <= MAX_FRAMES
    if steady and len(different) > FEW_ROWS:
        return "numbers the rows: most are one more than in the row before"
    if _counts_frames(different, rows):
        return (
            f"numbers the rows: each from {different[0]:.0f} to {different[-1]:.0f} stands there "
            f"about as often"
        )
    return ""


def _counts_frames(different: Floats, rows: np.ndarray) -> bool:
    """Whether these are the numbers from 0 or 1 of several frames: the higher the fewer."""
    return bool(
        len(different) > FEW_ROWS
        and different[0] in (0, 1)
        and np.ptp(different) == len(different) - 1
        and rows[0] <= MAX_FRAMES
        and (np.diff(rows) <= 0).all()
    )
