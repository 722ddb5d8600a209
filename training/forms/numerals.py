"""How numbers are written: signs, currencies and units, groups of thousands, the decimal sign.

A text is taken apart into its unit and its core (digits with their signs in between); the core is
read by one of three styles, which a column has for all its values. Where two styles fit every
value and give different numbers, as `3.249` beside `360`, the column is doubtful.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from training.forms.clocks import CLOCK, clock_of
from training.forms.texts import LARGEST, MISSING, Flags, ascii_digits, each, text_of
from training.forms.words import truth_of
from training.statistics.metrics import Floats

POINT, GROUPED, COMMA = "point", "grouped", "comma"
CHOICES = {"decimal-point": (POINT, GROUPED), "decimal-comma": (COMMA,)}
WORDS = {
    POINT: "",
    GROUPED: "written 1,234.5",
    COMMA: "written 1.234,5",
    CLOCK: "a time or duration, in seconds",
}

MAX_LENGTH = 200  # no number is longer; long texts would take long to be looked at
_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
_GROUPS = r"[1-9][0-9]{{0,2}}(?P<{name}>[{signs}])[0-9]{{3}}(?:(?P={name})[0-9]{{3}})*"
_INDIAN = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
STYLES = {
    POINT: re.compile(rf"(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}"),
    GROUPED: re.compile(
        rf"(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}"
        rf"|(?:{_GROUPS.format(name='g', signs=chr(32) + ',' + chr(39))}|{_INDIAN})(?:\.[0-9]*)?"
    ),
    COMMA: re.compile(
        rf"(?:[0-9]+,?[0-9]*|,[0-9]+){_EXPONENT}"
        rf"|{_GROUPS.format(name='g', signs=chr(32) + '.' + chr(39))}(?:,[0-9]*)?"
    ),
}
_REMOVED = {
    POINT: str.maketrans({}),
    GROUPED: str.maketrans(dict.fromkeys(" ',", "")),
    COMMA: str.maketrans(dict.fromkeys(" '.", "") | {",": "."}),
}
SIMPLE = re.compile(rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}")

_CODES = (
    "CNY|RMB|USD|EUR|GBP|JPY|HKD|TWD|MOP|SGD|INR|KRW|CHF|AUD|CAD|NZD|RUB|BRL|MXN|ZAR|NGN|TRY|PLN|"
    "SEK|NOK|DKK|CZK|HUF|THB|VND|IDR|MYR|PHP|AED|SAR|ILS|ARS|CLP|COP|PEN|EGP|KES|GHS|UAH"
)
_SYMBOL = r"(?:US|A|C|HK|NT|S|NZ|R)?[$¢£¤¥\u20a0-\u20c0]"
_CURRENCY = rf"(?:{_SYMBOL}|(?:{_CODES}|Rs\.?|kr\.?|zł|Fr\.?|人民币)(?![^\W\d_]))"
_UNIT = r"[^\W\d_][^\d()+,;:|]{0,14}|[%‰°℃/][^\d()+,;:|]{0,14}"
_WRITTEN = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[+-])? ?(?P<before>{_CURRENCY})? ?(?P<inner>[+-])? ?"
    rf"(?P<core>[.,]?[0-9](?:[0-9.,' ]*[0-9.,])?{_EXPONENT}) ?"
    rf"(?P<after>{_CURRENCY}|{_UNIT})?? ?(?P<minus>-)? ?(?P<close>\))?",
    re.IGNORECASE,
)
_ALIASES = {
    "元": "¥", "圆": "¥", "圓": "¥", "cny": "¥", "rmb": "¥", "人民币": "¥", "yuan": "¥",
    "usd": "$", "us$": "$", "eur": "€", "gbp": "£", "inr": "₹", "rs": "₹",
}  # fmt: skip


@dataclass(frozen=True)
class Numeral:
    """A number as it is written: the core's digits and signs, whether negative, its unit."""

    core: str
    negative: bool
    unit: str


@lru_cache(maxsize=100_000)
def numeral_of(text: str) -> Numeral | None:
    """A text taken apart; null where it is not a number, whatever the style.

    >>> numeral_of("-¥1,234.50"), numeral_of("1.234,50-").negative
    (Numeral(core='1,234.50', negative=True, unit='¥'), True)
    >>> numeral_of("(12 MB)"), numeral_of("C0001")
    (Numeral(core='12', negative=True, unit='mb'), None)
    """
    if len(text) > MAX_LENGTH:
        return None
    if SIMPLE.fullmatch(text):
        return Numeral(text.lstrip("+-"), text.startswith("-"), "")
    found = _WRITTEN.fullmatch(" ".join(ascii_digits(text).split()))
    if found is None or (found["open"] is None) != (found["close"] is None):
        return None
    signs = [sign for sign in (found["sign"], found["inner"], found["minus"]) if sign]
    if len(signs) + bool(found["open"]) > 1:
        return None
    unit = " ".join(filter(None, map(_unit, (found["before"], found["after"]))))
    return Numeral(found["core"], bool(found["open"]) or "-" in signs, unit)


def _unit(written: str | None) -> str:
    """A unit without capitals, full stop and plural: MB and mb are one, and days and day."""
    unit = (written or "").strip().rstrip(".").casefold()
    unit = unit[:-1] if len(unit) > 2 and unit.endswith("s") and not unit.endswith("ss") else unit
    return _ALIASES.get(unit, unit)


def value_of(numeral: Numeral, style: str) -> float | None:
    """The number by this style; null where the core is not written so."""
    if not STYLES[style].fullmatch(numeral.core):
        return None
    number = float(numeral.core.translate(_REMOVED[style]))
    return -number if numeral.negative else number


def numbers(
    values: pd.Series,
    style: str,
    missing: tuple[str, ...] = (),
    unit: str = "",
    *,
    whole: bool = False,
    comma: bool = False,
    truths: bool = False,
) -> tuple[Floats, Flags]:
    """The values as numbers, missing as NaN, and which of them are none; both of shape (n,).

    `style`: how texts write them (`STYLES` or clock); typed numbers are taken as they are.
    `missing`: texts that stand for a missing value in this column. `unit`: which one a text may
    have. With `whole` typed fractions are refused, with `comma` those that a program may have read
    from thousands (3.249); with `truths` yes and no are 1 and 0.
    """
    dtype = values.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        found = values.to_numpy(dtype=float, na_value=np.nan)
        doubtful = (whole & (found != np.floor(found)) & (found == found)) | (
            comma & _like_thousands(found)
        )
        return found, (np.abs(found) > LARGEST) | doubtful
    return each(values, lambda value: _number(value, style, missing, unit, whole, comma, truths))


def _like_thousands(found: Floats) -> Flags:
    """Which numbers have three decimals and at most three digits before them, as 3249 read so."""
    size = np.minimum(np.abs(np.nan_to_num(found)), 1000)
    close = np.abs(size - np.round(size, 3)) < 1e-6 * size
    longer = np.abs(size - np.round(size, 2)) > 1e-4
    return np.asarray((size >= 1) & (size < 1000) & close & longer, dtype=bool)


def _number(
    value: Any,
    style: str,
    missing: tuple[str, ...],
    unit: str,
    whole: bool,
    comma: bool,
    truths: bool,
) -> float | None:
    """Null where the value is not a number of this column."""
    if isinstance(value, int | float | Decimal | np.number) and not isinstance(value, bool):
        # A whole number may have more digits than a float can hold.
        number = None if isinstance(value, int) and abs(value) > LARGEST else float(value)
        if number is None or (whole and number % 1 > 0):
            return None
        return None if comma and _like_thousands(np.array([number]))[0] else number
    text = text_of(value)
    if text == MISSING or text in missing:
        return math.nan
    if truths and (truth := truth_of(text)) is not None:
        return float(truth)
    if style == CLOCK:
        return clock_of(value)
    numeral = None if isinstance(value, bool | np.bool_) else numeral_of(text)
    if numeral is None or numeral.unit not in ("", unit):
        return None
    return value_of(numeral, style)
