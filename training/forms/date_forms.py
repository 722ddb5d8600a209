"""How dates are written: the forms, and which of them fit the values of a column.

A form is a `strptime` pattern, ISO8601, or seconds or milliseconds since 1970.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import numpy as np
import pandas as pd

from training.forms.date_words import in_plain_words

ISO, COMPACT = "ISO8601", "%Y%m%d"
EPOCHS = {"epoch seconds": 1, "epoch milliseconds": 1000}
_NAMED = ("%d-%b-%Y", "%d %b %Y", "%d/%b/%Y", "%d.%b.%Y", "%d%b%Y",
          "%b %d, %Y", "%b %d %Y", "%Y-%b-%d",
          "%d-%b-%y", "%d %b %y",
          "%a, %d %b %Y", "%a %d %b %Y")  # fmt: skip
DAY_FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y",
    "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
    "%y/%m/%d", *_NAMED,
)  # fmt: skip
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    "T%H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    " %I:%M:%S.%f %p",
)
_MONTHS = ("%Y-%m", "%Y/%m", "%Y年%m月", "%m/%Y", "%b-%y", "%b-%Y", "%b %Y")
FORMS = (*(day + time for day in DAY_FORMS for time in _TIMES), *_MONTHS, ISO)
CHOICES = {"day-first": "dm", "month-first": "md", "year-first": "ym"}

_MONTH = r"[^\W\d_]{3,9}\.?"
_TIME = r"(?:[T ]+\d{1,2}:\d{2}.*)?"
LIKE_A_DATE = re.compile(
    r"(?:[^\W\d_]{3,9},? )?"
    r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}|\d{1,2}/\d{1,2}/\d{2}"
    r"|\d{2}([-.])\d{2}\3\d{2}|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    rf"|\d{{1,2}}[-/. ]?{_MONTH}[-/., ]+\d{{2,4}}|\d{{1,2}}{_MONTH}\d{{4}}"
    rf"|{_MONTH} \d{{1,2}},? \d{{4}}"
    rf"|\d{{4}}-{_MONTH}-\d{{1,2}}|(?:19|20)\d{{2}}[-/]\d{{2}}|\d{{2}}/(?:19|20)\d{{2}}"
    rf"|{_MONTH}[- ](?:\d{{2}}|\d{{4}})){_TIME}",
    re.S,
)
_NONE = re.compile(
    r"0{1,4}[-/.年月]?0{1,2}[-/.年月]?0{1,4}日?(?:[T ][0:.]+)?|9{1,4}[-/.]9{1,2}[-/.]9{1,4}|9{8}"
)
_EPOCH_DAYS = (7305, 25567)  # 1990 to 2039
_SAMPLE = 20


def is_like_a_date(text: str) -> bool:
    """Whether a text looks like a date of some form, possible or not."""
    return LIKE_A_DATE.fullmatch(in_plain_words(text)) is not None


def is_not_a_day(text: str) -> bool:
    """Whether a text is written as a date that no calendar has: 0000-00-00, 99/99/9999."""
    return _NONE.fullmatch(text) is not None


def parsed(written: Sequence[str], form: str) -> pd.Series:
    """Moments without a zone (those with one in UTC), NaT where a text is not of this form."""
    # Models of earlier versions have forms with the long names of English months.
    plain = [in_plain_words(text, "%B" not in form) for text in written]
    series = pd.Series(plain, dtype=object)
    found = pd.to_datetime(series, format=form, errors="coerce", utc=True)
    return found.dt.as_unit("us").dt.tz_localize(None)


def forms_of(written: Sequence[str], choice: str = "") -> list[str]:
    """The forms that fit every text, each order of day, month and year once; ISO8601 at last.

    `choice` of `CHOICES` keeps those that write day, month and year in this order.
    """
    fit: dict[str, str] = {}
    some = list(islice(written, _SAMPLE))
    for form in FORMS:
        if form == ISO and fit:
            break
        order = _order(form)
        if choice and not order.startswith(CHOICES[choice]):
            continue
        if not all(_pattern(form).fullmatch(in_plain_words(text)) for text in some):
            continue
        if parsed(some, form).notna().all() and parsed(written, form).notna().all():
            fit.setdefault(order, form)
    return list(fit.values())


def tallies_of(counts: Counter[str]) -> list[tuple[str, int, str]]:
    """Of texts in several forms each form that takes some: its name, its rows, an example.

    The first takes most; each text counts once.
    """
    left, found = list(counts), []
    while left:
        fit = {form: parsed(left, form).notna().to_numpy() for form in _likely(left)}
        rows = np.array([counts[text] for text in left])
        best = max(fit, key=lambda form: int(rows[fit[form]].sum()), default="")
        if not best or not fit[best].any():
            break
        found.append((best, int(rows[fit[best]].sum()), left[int(fit[best].argmax())]))
        left = [text for text, own in zip(left, fit[best], strict=True) if not own]
    return found


def _likely(written: Sequence[str]) -> list[str]:
    some = list(islice(written, _SAMPLE))
    return [
        form for form in FORMS if any(_pattern(form).fullmatch(in_plain_words(t)) for t in some)
    ]


@lru_cache
def _pattern(form: str) -> re.Pattern[str]:
    """A quick look at what a form can be, before dates are parsed."""
    parts = {
        "a": r"[^\W\d_]+",
        "Y": r"\d{4}",
        "b": r"[^\W\d_]+",
        "B": r"[^\W\d_]+",
        "p": r"[AaPp][Mm]",
        "f": r"\d+",
    }
    plain = re.sub(r"%(.)", lambda one: parts.get(one[1], r"\d{1,2}"), form.replace(".", r"\."))
    return re.compile(".*" if form == ISO else plain, re.S)


def fits(text: str, form: str) -> bool:
    """Whether a text is a date of this form."""
    return bool(parsed([text], form).notna().iloc[0])


def _order(form: str) -> str:
    """In which order day, month and year stand: dmy."""
    if form == ISO:
        return "ymd"
    letters = re.findall(r"%([dmbByY])", form)
    return "".join(letters).lower().replace("b", "m")


def choices_of(forms: Sequence[str]) -> list[str]:
    """The choices of --read between which these forms differ: those of their orders."""
    return [name for form in forms for name, own in CHOICES.items() if _order(form).startswith(own)]


def compact_form(counts: Counter[str]) -> str:
    """The form of whole numbers that are dates: 20220131, or seconds since 1970; else ""."""
    real = [text for text in counts if not is_not_a_day(text)]
    if len(real) < 2:
        return ""
    if all(re.fullmatch(r"(?:19|20|9999)\d{4,6}", text) and len(text) == 8 for text in real):
        return COMPACT if parsed(real, COMPACT).notna().all() else ""
    for form, per_second in EPOCHS.items():
        if all(re.fullmatch(r"\d{9,13}", text) for text in real):
            days = np.array([int(text) for text in real]) / per_second / 86400
            close = np.ptp(days) * 86400 * per_second < 20 * len(days)
            if days.min() >= _EPOCH_DAYS[0] and days.max() <= _EPOCH_DAYS[1] and not close:
                return form
    return ""


def shape_of(form: str) -> str:
    """A form in letters that people read.

    >>> shape_of("%d/%m/%Y %H:%M"), shape_of("ISO8601")
    ('DD/MM/YYYY hh:mm', 'YYYY-MM-DD')
    """
    if form in EPOCHS:
        return form.removeprefix("epoch ") + " since 1970"
    words = {
        "a": "Day", "Y": "YYYY", "m": "MM", "d": "DD", "y": "YY", "b": "MON", "B": "MONTH",
        "H": "hh", "I": "hh", "M": "mm", "S": "ss", "f": "fff", "p": "AM",
    }  # fmt: skip
    return "YYYY-MM-DD" if form == ISO else re.sub(r"%(.)", lambda one: words[one[1]], form)
