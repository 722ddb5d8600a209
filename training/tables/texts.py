"""What single values say: a text to compare by, a number, a date.

A value may come from CSV (always text), from Parquet (typed) or from JSON; the same value gives
the same text, number or date on every way.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.metrics import Floats

Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]

MISSING = ""  # the text of a missing value
NO_NUMBERS = {"nan", "null", "none", "na", "n/a"}  # missing where numbers or dates are expected
GROUPS = " '\u00a0\u202f"  # between thousands; comma or point too, whichever is not decimal


def _written(decimal: str, groups: str) -> re.Pattern[str]:
    """Numbers with this decimal sign, plain or with one of `groups` between thousands."""
    plain = rf"[+-]?(?:\d+{decimal}?\d*|{decimal}\d+)(?:[eE][+-]?\d+)?"
    grouped = rf"[+-]?\d{{1,3}}(?:[{groups}]\d{{3}})+(?:{decimal}\d*)?"
    return re.compile(f"{plain}|{grouped}" if groups else plain)


# How numbers are written, in the order in which it is found out: 1234.5 · 1,234.5 · 1 234,5
STYLES = {
    "point": _written(r"\.", ""),
    "grouped": _written(r"\.", GROUPS + ","),
    "comma": _written(",", GROUPS + "."),
}
REMOVED = {
    "point": str.maketrans({}),
    "grouped": str.maketrans(dict.fromkeys(GROUPS + ",", "")),
    "comma": str.maketrans(dict.fromkeys(GROUPS + ".", "") | {",": "."}),
}

TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日",
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
)  # fmt: skip
ISO = "ISO8601"
FORMATS = (*(day + time for day in DAYS for time in TIMES), ISO)
LIKE_A_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}.*", re.S)
A_DAY = pd.Timedelta(days=1)
EPOCH = dt.date(1970, 1, 1)

LARGEST = float(np.finfo(np.float32).max)


def text_of(value: Any) -> str:
    """The text that a value is compared by; missing and blank ones are `MISSING`.

    >>> text_of(" Yes "), text_of(1.0), text_of(1), text_of(True), text_of(None)
    ('Yes', '1', '1', 'true', '')
    """
    match value:
        case str():
            return value.strip()
        case bool() | np.bool_():
            return "true" if value else "false"
        case int() | np.integer():
            return str(int(value))
        case float() | np.floating() | Decimal():
            number = float(value)
            if math.isnan(number):
                return MISSING
            return str(int(number)) if number.is_integer() else repr(number)
        case dt.date():
            return MISSING if value is pd.NaT else value.isoformat()
        case None:
            return MISSING
        case _:
            return MISSING if value is pd.NA else str(value)


def texts(values: pd.Series) -> Texts:
    """`text_of` of each value, shape (n,)."""
    found = np.empty(len(values), dtype=object)
    known: dict[Any, str] = {}
    for place, value in enumerate(values.array):
        key = (type(value), value)  # 1, 1.0 and True are one key without their types
        if key not in known:
            known[key] = text_of(value)
        found[place] = known[key]
    return found


def numbers(values: pd.Series, style: str, missing: tuple[str, ...] = ()) -> tuple[Floats, Flags]:
    """The values as numbers, missing as NaN, and which of them are none; both of shape (n,).

    `style`: how texts write them (`STYLES`); typed numbers are taken as they are. `missing`:
    texts that stand for a missing value in this column.
    """
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        found = values.to_numpy(dtype=float, na_value=np.nan)
        return found, np.abs(found) > LARGEST
    return _each(values, lambda value: _number(value, style, missing))


def _number(value: Any, style: str, missing: tuple[str, ...]) -> float | None:
    """None where the value is no number."""
    if isinstance(value, int | float | Decimal | np.number) and not isinstance(value, bool):
        # A whole number may have more digits than a float can hold.
        return None if isinstance(value, int) and abs(value) > LARGEST else float(value)
    text = text_of(value)
    if text == MISSING or text in missing or text.lower() in NO_NUMBERS:
        return math.nan
    if isinstance(value, bool) or not STYLES[style].fullmatch(text):
        return None
    return float(text.translate(REMOVED[style]))


def dates(
    values: pd.Series, form: str, origin: pd.Timestamp, missing: tuple[str, ...] = ()
) -> tuple[Floats, Flags]:
    """Days since `origin`, missing as NaN, and which values are no dates; both of shape (n,).

    `form` is one of `FORMATS`; typed dates are taken as they are, those with a zone in UTC. Any
    year from 1 to 9999 counts, since an end that is open is often written 9999-12-31.
    """
    start = _plain(origin)

    def days(value: Any) -> float | None:
        if isinstance(value, str):
            text = value.strip()
            if text == MISSING or text in missing or text.lower() in NO_NUMBERS:
                return math.nan
            read = pd.to_datetime(text, format=form, errors="coerce", utc=form == ISO)
            return None if pd.isna(read) else (_plain(read) - start) / A_DAY
        if text_of(value) == MISSING:
            return math.nan
        if not isinstance(value, dt.date):
            return None
        return float((_plain(pd.Timestamp(value)) - start) / A_DAY)

    return _each(values, days)


def earliest(values: pd.Series, form: str, missing: tuple[str, ...] = ()) -> pd.Timestamp:
    """The day of the earliest of the dates."""
    since, _ = dates(values, form, pd.Timestamp(EPOCH), missing)
    return pd.Timestamp(EPOCH + dt.timedelta(days=int(np.nanmin(np.floor(since)))))


def _plain(moment: pd.Timestamp) -> pd.Timestamp:
    """Without a zone, to the microsecond: nanoseconds would reach from 1677 to 2262 only."""
    local = moment.as_unit("us")
    return local.tz_convert("UTC").tz_localize(None) if local.tzinfo else local


def _each(values: pd.Series, read: Any) -> tuple[Floats, Flags]:
    """`read` of each value, where None says that it is not what was expected."""
    found, bad = np.full(len(values), np.nan), np.zeros(len(values), dtype=bool)
    known: dict[Any, float | None] = {}
    for place, value in enumerate(values.array):
        key = (type(value), value)
        if key not in known:
            known[key] = read(value)
        number = known[key]
        if number is None or abs(number) > LARGEST:
            bad[place] = True
        else:
            found[place] = number
    return found, bad
