"""A feature's value as a sentence that staff may say, in English and Chinese.

The sentences stand in `sentences.toml`, one for each sign that a value may have, so that none can
contradict its number: a rise below zero is a fall, a count of zero is "no ...". What has no
sentence (a missing value, a sign that is not there, a raw ratio) is not said, and that nothing
happened (`calm`) is never a sign for leaving.

    >>> saying = saying_of("bill_rise", "latest", 13, "bills", ("rise of the bill", "账单涨幅"))
    >>> saying.sentence(-7.8, "CNY", "en")
    'The latest bill was 7.8 CNY lower than the one before'

A family without sentences of its own has plain ones, from the words of its declared line.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from features import windows
from features.catalogue.aggregates import ALWAYS, CHANGE
from features.words import LANGUAGES

GONE = -100.0  # percent: a change to nothing
MANY_DAYS, MANY_MONTHS_DAYS = 100, 730  # from which on people count in months, and in years
MONTH_DAYS = round(windows.MONTH_DAYS, 2)
MB_A_GB = 1024
SIGNS = ("less", "none", "calm", "some", "gone")
UNITS: Mapping[str, tuple[str, str]] = {
    "d": ("day", "天"),
    "a": ("year", "年"),
    "min": ("minute", "分钟"),
    "month": ("month", "个月"),
}
CURRENCIES = {"CNY": "元"}  # others go by their code
LATELY = {"en": ("in the last {window}", "so far"), "zh": ("近{window}", "至今")}


@dataclass(frozen=True)
class Saying:
    """What is said of a feature: the fact that it is about, and a template a language and sign.

    `forms[language]` maps each of `SIGNS` that is said to its template. Values nearer to zero
    than `least` are not said; it is above zero wherever both directions are said and zero is not.
    """

    fact: str
    forms: Mapping[str, Mapping[str, str]] = field(hash=False)
    least: float = 0.0

    def says(self, sign: str) -> bool:
        """Whether a value of this sign (see `SIGNS`) is said."""
        return sign in self.forms["en"]

    def sentence(self, value: float | None, unit: str, language: str) -> str | None:
        """The value as a sentence without a full stop; None where it is not said."""
        if value is None or not math.isfinite(value) or abs(value) < self.least:
            return None
        form = self.forms[language].get(self._sign(value, unit))
        if form is None:
            return None
        number = quantity(abs(value), unit, language)
        if value > GONE and self.says("gone") and _rounded(-value, unit) == -GONE:
            number = {"en": "more than 99 %", "zh": "99%以上"}[language]  # not all of it
        is_one = number[:1] == "1" and (len(number) == 1 or number[1] not in "0123456789.,")
        text = _numbered(form, is_one).replace("{n}", number)
        return text[:1].upper() + text[1:]

    def _sign(self, value: float, unit: str) -> str:
        if value <= GONE and self.says("gone"):
            return "gone"
        # Where both directions are said, what rounds to nothing points in neither.
        both = self.says("less") and self.says("none")
        nothing = _rounded(abs(value), unit) == 0 if both else value == 0
        zero = "calm" if self.says("calm") else "none"
        return zero if nothing else "less" if value < 0 else "some"


def quantity(value: float, unit: str, language: str) -> str:
    """A value of at least zero with its unit, as people say it.

    >>> quantity(38.2, "%", "en"), quantity(487.0, "MB", "zh"), quantity(1.0, "d", "en")
    ('38 %', '487MB', '1 day')
    >>> quantity(1123.0, "d", "en"), quantity(1123.0, "d", "zh"), quantity(0.01, "min", "en")
    ('about 3 years', '约3年', 'less than 0.1 minutes')
    """
    about, value, unit = _coarser(value, unit)
    number, few = _rounded(value, unit), ""
    if number == 0 < value:
        number = 1 if unit in ("%", CHANGE, "d") else 0.1
        few = {"en": "less than ", "zh": "不到"}[language]
    digits = f"{number:,.{0 if number == round(number) else 1}f}"
    approximately = {"en": "about ", "zh": "约"}[language] if about and not few else ""
    return f"{few}{approximately}{_with_unit(digits, unit, language)}"


def _coarser(value: float, unit: str) -> tuple[bool, float, str]:
    """Whether the value is rounded to a larger unit, and then the value and unit."""
    if unit == "d" and value >= MANY_MONTHS_DAYS:
        return True, float(round(value / windows.YEAR_DAYS)), "a"
    if unit == "d" and value >= MANY_DAYS:
        return True, float(round(value / MONTH_DAYS)), "month"
    if unit == "MB" and value >= MB_A_GB:
        return False, value / MB_A_GB, "GB"
    return False, value, unit


def _rounded(value: float, unit: str) -> float:
    """To one digit behind the point, large values to none; amounts of money keep it longer."""
    whole = unit in ("%", CHANGE) or value >= (10 if unit in ("d", "min", "MB") else 100)
    return round(value, 0 if whole else 1)


def _with_unit(digits: str, unit: str, language: str) -> str:
    if unit in UNITS:
        english, chinese = UNITS[unit]
        plural = "" if digits == "1" else "s"
        return f"{digits} {english}{plural}" if language == "en" else f"{digits}{chinese}"
    if language == "zh":
        return f"{digits}{'%' if unit == CHANGE else CURRENCIES.get(unit, unit)}"
    return f"{digits} {'%' if unit == CHANGE else unit}".strip()


@cache
def _numbered(form: str, is_one: bool) -> str:
    """The template for one or for several: `[one|several]` as the number needs it."""
    return re.sub(r"\[(.*?)\|(.*?)\]", r"\1" if is_one else r"\2", form)


@cache
def saying_of(
    measure: str, ending: str, weeks: int, stream: str, name: tuple[str, str]
) -> Saying | None:
    """What is said of a feature of this measure (without currency) and aggregate's ending.

    None where nothing is said. `name` is what the declared line calls it, in English and Chinese:
    the plain sentences of what `sentences.toml` does not name are written with it.
    """
    own = _entry(measure, ending)
    if own.get("silent"):
        return None
    places = {
        "{subject}": own.get("subject", name),
        "{name}": name,
        "{lately}": [always if weeks == ALWAYS else lately for lately, always in LATELY.values()],
        "{window}": [window_words(language, weeks, stream) for language in LANGUAGES],
        "{before}": [window_words(language, 4 * weeks, "weeks") for language in LANGUAGES],
    }
    forms: dict[str, dict[str, str]] = {
        language: {sign: _filled(own[sign], place, places) for sign in SIGNS if sign in own}
        for place, language in enumerate(LANGUAGES)
    }
    return Saying(own["fact"], forms, own.get("least", 0.0))


def _entry(measure: str, ending: str) -> dict[str, Any]:
    """The sentences' templates by sign, with `fact`, `least` and `subject`; or `silent`."""
    entries = _entries()
    family = entries.get(measure, {})
    own = entries.get(f"{measure}.{ending}" if ending else measure, {})
    if ending in entries["of"] and "subject" in family:
        base = {name: family[name] for name in ("fact", "subject")}
        own = base | entries["of"][ending] | own
    if "fact" in own or own.get("silent"):
        return own
    plain = (one for one in entries["plain"].values() if ending in one["endings"])
    return {"fact": family.get("fact", measure)} | next(plain, {"silent": True})


def _filled(forms: Sequence[str], place: int, places: Mapping[str, Sequence[str]]) -> str:
    """The template of a language with all but the number."""
    form = forms[place]
    for name, words in places.items():
        form = form.replace(name, words[place])
    return form


def window_words(language: str, weeks: int, stream: str) -> str:
    """The length of a window as it stands behind `in the last` and 近.

    >>> window_words("en", 1, "weeks"), window_words("en", 1, "days")
    ('week', '7 days')
    """
    if stream == "days":
        return {"en": f"{7 * weeks} days", "zh": f"{7 * weeks}天"}[language]
    return {"en": "week" if weeks == 1 else f"{weeks} weeks", "zh": f"{weeks}周"}[language]


@cache
def _entries() -> dict[str, dict[str, Any]]:
    """The entries by `measure` or `measure.ending`; under "of" and "plain" those of endings."""
    read = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text("utf-8"))
    entries: dict[str, dict[str, Any]] = {name: read.pop(name) for name in ("of", "plain")}
    for measure, own in read.items():
        fields = {name: value for name, value in own.items() if not isinstance(value, dict)}
        endings = {name: value for name, value in own.items() if isinstance(value, dict)}
        entries |= {f"{measure}.{ending}": value for ending, value in endings.items()}
        if fields:
            entries[measure] = fields
    return entries
