"""How numbers are written: signs, currencies and units, groups of thousands, the decimal sign.

A text is taken apart into its unit and its core (digits with their signs in between); the core is
read by one of three styles, which a column has for all its values. Where two styles fit every
value and give different numbers, as `3.249` beside `360`, the column is doubtful.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from training.metrics import Floats
from training.tables.texts import LARGEST, MISSING, Flags, each, text_of
from training.tables.words import truth_of

POINT, GROUPED, COMMA, CLOCK = "point", "grouped", "comma", "clock"
CHOICES = {"decimal-point": (POINT, GROUPED), "decimal-comma": (COMMA,)}
WORDS = {
    POINT: "",
    GROUPED: "written 1,234.5",
    COMMA: "written 1.234,5",
    CLOCK: "a time or duration, in seconds",
}

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
_CLOCK = re.compile(
    r"(?P<minus>-)?(?:(?P<days>[0-9]+) days?,? )?(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9])"
    r"(?::(?P<seconds>[0-5][0-9](?:\.[0-9]+)?))?"
)

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
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_ASCII = str.maketrans(
    _WIDE
    | dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t", " ")
    | dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63", "-")
    | dict.fromkeys("\u2019\u02bc\u00b4`", "'")
    | {"￥": "¥", "￡": "£", "￠": "¢", "￦": "₩", "٫": ".", "٬": ","}
)


@dataclass(frozen=True)
class Numeral:
    """A number as it is written: the core's digits and signs, whether negative, its unit."""

    core: str
    negative: bool
    unit: str


def ascii_digits(text: str) -> str:
    """The text with plain digits, spaces, minus and apostrophes: １２ is 12."""
    if text.isascii():
        return text
    return re.sub(r"\d", lambda one: str(unicodedata.decimal(one[0])), text.translate(_ASCII))


@lru_cache(maxsize=100_000)
def numeral_of(text: str) -> Numeral | None:
    """A text taken apart; null where it is not a number, whatever the style.

    >>> numeral_of("-¥1,234.50"), numeral_of("1.234,50-").negative
    (Numeral(core='1,234.50', negative=True, unit='¥'), True)
    >>> numeral_of("(12 MB)"), numeral_of("C0001")
    (Numeral(core='12', negative=True, unit='mb'), None)
    """
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


def clock_of(value: Any) -> float | None:
    """Seconds of a time of day or a duration, as text or typed; null where it is neither.

    >>> clock_of("10:30"), clock_of("1 days 00:00:05"), clock_of("16.9")
    (37800.0, 86405.0, None)
    """
    if isinstance(value, dt.timedelta | np.timedelta64):
        return pd.Timedelta(value).total_seconds()
    found = _CLOCK.fullmatch(ascii_digits(text_of(value)))
    if found is None:
        return None
    parts = (found["days"], found["hours"], found["minutes"], found["seconds"])
    seconds = sum(
        float(part or 0) * size for part, size in zip(parts, (86400, 3600, 60, 1), strict=True)
    )
    return -seconds if found["minus"] else seconds


@dataclass(frozen=True)
class Written:
    """How the numbers of a column are written, as `styles_of` finds it.

    `styles` fit every numeral; more than one where they give the same numbers, or `doubt` names a
    text that they read differently. `others` are texts that are not numbers of the best style.
    """

    styles: tuple[str, ...]
    units: Counter[str]
    others: tuple[str, ...]
    doubt: str = ""


def styles_of(counts: Counter[str], allowed: Sequence[str] = tuple(STYLES)) -> Written:
    """How texts, each in so many rows, write numbers."""
    numerals = {text: found for text in counts if (found := numeral_of(text)) is not None}
    fits = {
        style: {text for text, one in numerals.items() if STYLES[style].fullmatch(one.core)}
        for style in allowed
    }
    rows = {style: sum(counts[text] for text in own) for style, own in fits.items()}
    best = max(rows.values(), default=0)
    styles = tuple(style for style in fits if rows[style] == best)
    own = fits[styles[0]]
    units = Counter[str]()
    for text in own:
        units[numerals[text].unit] += counts[text]
    others = tuple(sorted(text for text in counts if text not in own))
    return Written(styles, units, others, _doubt({text: numerals[text] for text in own}, styles))


def _doubt(numerals: dict[str, Numeral], styles: Sequence[str]) -> str:
    """A text that the styles read as different numbers, else ""."""
    if len(styles) < 2:
        return ""
    for text, one in numerals.items():
        if len({value_of(one, style) for style in styles} - {None}) > 1:
            return text
    return ""


def is_whole(texts: Iterable[str], style: str) -> bool:
    """Whether points group the thousands of these numbers, none of which has a decimal.

    Then a program that took the points for decimals (3.249) is not believed.
    """
    cores = [one.core for text in texts if (one := numeral_of(text)) is not None]
    return (
        style == COMMA and any("." in core for core in cores) and not any("," in c for c in cores)
    )


def numbers(
    values: pd.Series,
    style: str,
    missing: tuple[str, ...] = (),
    unit: str = "",
    *,
    whole: bool = False,
    truths: bool = False,
) -> tuple[Floats, Flags]:
    """The values as numbers, missing as NaN, and which of them are none; both of shape (n,).

    `style`: how texts write them (`STYLES` or clock); typed numbers are taken as they are.
    `missing`: texts that stand for a missing value in this column. `unit`: which one a text may
    have. With `whole` fractions are refused; with `truths` yes and no are 1 and 0.
    """
    dtype = values.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        found = values.to_numpy(dtype=float, na_value=np.nan)
        return found, (np.abs(found) > LARGEST) | (
            whole & (found != np.floor(found)) & (found == found)
        )
    return each(values, lambda value: _number(value, style, missing, unit, whole, truths))


def _number(
    value: Any, style: str, missing: tuple[str, ...], unit: str, whole: bool, truths: bool
) -> float | None:
    """Null where the value is not a number of this column."""
    if isinstance(value, int | float | Decimal | np.number) and not isinstance(value, bool):
        # A whole number may have more digits than a float can hold.
        number = None if isinstance(value, int) and abs(value) > LARGEST else float(value)
        return None if number is not None and whole and number % 1 > 0 else number
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
