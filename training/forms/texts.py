"""What single values are: a text to compare by, and what a column's values were given as.

A value may come from CSV (always text), from Parquet or a spreadsheet (typed) or from JSON; the
same value has the same text on every way.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.forms.words import is_mark
from training.statistics.metrics import Floats

Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]

MISSING = ""  # the text of a missing value
LARGEST = float(np.finfo(np.float32).max)
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_ASCII = str.maketrans(
    _WIDE
    | dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t", " ")
    | dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63", "-")
    | dict.fromkeys("\u2019\u02bc\u00b4`", "'")
    | {"￥": "¥", "￡": "£", "￠": "¢", "￦": "₩", "٫": ".", "٬": ","}
)
_NO_WIDTH = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u200e\u200f"))
FORMULA = re.compile(r'="([^"]*)"')  # as programs write texts for spreadsheets
TEXT, NUMBER, TRUTH, MOMENT, CLOCK, OTHER = "text", "number", "truth", "moment", "clock", "other"


def ascii_digits(text: str) -> str:
    """The text with plain digits, spaces, minus and apostrophes: １２ is 12."""
    if text.isascii():
        return text
    return re.sub(r"\d", lambda one: str(unicodedata.decimal(one[0])), text.translate(_ASCII))


def plain(text: str) -> str:
    """The text without blanks around it, signs of no width, and ="..." of spreadsheets.

    One letter is written in one way: o with a combining diaeresis is ö.

    >>> plain("\\ufeffKo\\u0308ln\\t"), plain('="00123"')
    ('Köln', '00123')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_NO_WIDTH))
    text = text.strip()
    quoted = FORMULA.fullmatch(text) if text.startswith("=") else None
    return quoted[1].strip() if quoted else text


def text_of(value: Any) -> str:
    """The text that a value is compared by; missing and blank ones, and `MARKS`, are `MISSING`.

    >>> text_of(" Yes "), text_of(1.0), text_of(1), text_of(True), text_of(None), text_of("NA")
    ('Yes', '1', '1', 'true', '', '')
    """
    match value:
        case str():
            text = plain(value)
            return MISSING if is_mark(text) else text
        case bool() | np.bool_():
            return "true" if value else "false"
        case int() | np.integer():
            return str(int(value))
        case float() | np.floating() | Decimal():
            number = float(value)
            if math.isnan(number):
                return MISSING
            return str(int(number)) if number.is_integer() else repr(number)
        case dt.date() | dt.time():
            return MISSING if value is pd.NaT else value.isoformat()
        case None:
            return MISSING
        case _:
            return MISSING if value is pd.NA or value is pd.NaT else str(value)


def texts(values: pd.Series) -> Texts:
    """`text_of` of each value, shape (n,)."""
    found = np.empty(len(values), dtype=object)
    known: dict[Any, str] = {}
    for place, value in enumerate(values.astype(object).to_numpy()):
        key = _key(value)
        if key not in known:
            known[key] = text_of(value)
        found[place] = known[key]
    return found


@dataclass
class Seen:
    """The values of a column by what they were given as: kind, then text, then rows.

    `marks` are the words that stand for a missing value, `absent` counts them, blanks and nulls.
    """

    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    marks: Counter[str] = field(default_factory=Counter)
    absent: int = 0

    @property
    def total(self) -> int:
        """The rows that have a value."""
        return sum(own.total() for own in self.kinds.values())

    @property
    def counts(self) -> Counter[str]:
        """Rows by text, of all kinds together."""
        return sum(self.kinds.values(), Counter[str]())

    def of(self, kind: str) -> Counter[str]:
        return self.kinds.get(kind, Counter())

    def only(self, *kinds: str) -> bool:
        """Whether all values are of these kinds."""
        return set(self.kinds) <= set(kinds)


def seen(values: pd.Series) -> Seen:
    """What the values of one column are given as."""
    found = Seen()
    for value, rows in _counted(values):
        kind, text = _kind(value), text_of(value)
        if kind == OTHER:
            found.kinds.setdefault(OTHER, Counter())[_holds(value)] += rows
        elif text != MISSING:
            found.kinds.setdefault(kind, Counter())[text] += rows
        else:
            found.absent += rows
            if isinstance(value, str) and plain(value):
                found.marks[plain(value)] += rows
    return found


def _counted(values: pd.Series) -> list[tuple[Any, int]]:
    counts: dict[Any, list[Any]] = {}
    for value in values.astype(object).to_numpy():
        counts.setdefault(_key(value), [value, 0])[1] += 1
    return [(value, rows) for value, rows in counts.values()]


def _key(value: Any) -> Any:
    """Equal where values are the same: 1, 1.0 and True are one without their types."""
    kind = type(value)
    if kind is str:
        return value
    return kind, value if isinstance(value, Hashable) else repr(value)


def _kind(value: Any) -> str:
    match value:
        case bool() | np.bool_():
            return TRUTH
        case dt.time() | dt.timedelta() | np.timedelta64():
            return CLOCK
        case int() | float() | Decimal() | np.number():
            return NUMBER
        case dt.date():
            return MOMENT
        case bytes() | bytearray() | list() | tuple() | set() | dict() | np.ndarray():
            return OTHER
        case _:
            return TEXT


def no_texts(values: pd.Series) -> Flags:
    """Which values have no text to be compared by: lists, records, bytes."""
    if values.dtype != object:
        return np.zeros(len(values), dtype=bool)
    return np.array([_kind(value) == OTHER for value in values], dtype=bool)


def _holds(value: Any) -> str:
    """What a value is that is neither text, number, date, time nor yes/no."""
    return (
        "bytes that are not UTF-8" if isinstance(value, bytes | bytearray) else "lists or records"
    )


def each(values: pd.Series, read: Callable[[Any], float | None]) -> tuple[Floats, Flags]:
    """`read` of each value, where null means that it is not what was expected."""
    found, bad = np.full(len(values), np.nan), np.zeros(len(values), dtype=bool)
    known: dict[Any, float | None] = {}
    for place, value in enumerate(values.astype(object).to_numpy()):
        key = _key(value)
        if key not in known:
            known[key] = read(value)
        number = known[key]
        if number is None or abs(number) > LARGEST:
            bad[place] = True
        else:
            found[place] = number
    return found, bad
