"""Whether a column numbers or names the rows: it tells them apart, and nothing about them.

Prices, too, may all differ; so whole numbers must also look like a numbering, either close
together or all of one length.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from training.metrics import Floats

FEW_ROWS = 20  # below this a column without repetition may be chance
NEARLY_ALL = 0.95  # of the texts; a customer may stand in a table twice
DENSE = 20  # whole numbers within so many times their count are close together
LONG = 6  # digits, as account numbers have


def names_rows(counts: Counter[str]) -> str:
    """Why texts that occur so often are an identifier, else ""."""
    total = counts.total()
    if total < FEW_ROWS or len(counts) < NEARLY_ALL * total:
        return ""
    return f"is a key: {len(counts):,} different texts in {total:,} rows"


def numbers_rows(values: Floats) -> str:
    """Why numbers (a row each, missing NaN) are an identifier, else "".

    >>> numbers_rows(np.arange(100.0))
    'is a key: 100 rows, each with its own whole number'
    >>> numbers_rows(np.arange(100.0) / 7)
    ''
    """
    count = len(values)
    if count < FEW_ROWS or len(np.unique(values)) < count or not np.isfinite(values).all():
        return ""
    if (values != np.floor(values)).any():
        return ""
    lengths = {len(f"{abs(number):.0f}") for number in (values.min(), values.max())}
    close = np.ptp(values) < DENSE * count
    if not close and (len(lengths) > 1 or min(lengths) < LONG):
        return ""
    return f"is a key: {count:,} rows, each with its own whole number"
