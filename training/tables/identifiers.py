"""Whether a column numbers or names the rows: it tells them apart, and nothing about them.

Prices, too, may all differ; so whole numbers must also look like a numbering, either close
together or all of one length.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from training.metrics import Floats

FEW_ROWS = 20  # below this a column without repetition may be chance
NEARLY_ALL = 0.95  # of the texts; a customer may stand in a table twice, or without its number
DENSE = 20  # whole numbers within so many times their count are close together
LONG = 6  # digits, as account numbers have


def names_rows(counts: Counter[str]) -> str:
    """Why texts that occur so often are an identifier, else ""."""
    total = counts.total()
    if total < FEW_ROWS or len(counts) < NEARLY_ALL * total:
        return ""
    return f"is a key: {len(counts):,} different texts in {total:,} rows"


def numbers_rows(values: Floats, different: int) -> str:
    """Why numbers (a row each, missing NaN) are an identifier, else "".

    `different`: as many of them are written differently. Floats cannot tell: those of the 19 or 20
    digits of a SIM card are the same for its neighbours.

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
