"""Whether a column is dates, in which form, and which of them stand for no day.

Dates in several forms, or in one that leaves two readings, are refused with the question.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd

from features.errors import TableRefused
from training.columns import DATE, EMPTY, TableColumn
from training.forms import date_forms, days
from training.forms.marks import FEW_LEVELS, NEARLY_ALL, marks_of, rows_of, shown
from training.forms.texts import CLOCK as TIMES
from training.forms.texts import MOMENT, TEXT, TRUTH, Seen
from training.forms.texts import NUMBER as NUMBERS

_NAMES_A_YEAR = re.compile(r"\d{4}|[^\W\d_]")  # or a month; 10-20-30 may be a code


def compact_date_column(name: str, own: Seen, values: pd.Series) -> TableColumn | None:
    """Whole numbers that are dates: 20220131, or seconds since 1970."""
    if not own.only(TEXT, NUMBERS):
        return None
    form = date_forms.compact_form(own.counts)
    return _date(name, values, form, own, ()) if form else None


def date_column(name: str, own: Seen, values: pd.Series, choice: str) -> TableColumn | None:
    """Dates, as such or written as text, all in one form."""
    if own.of(NUMBERS) or own.of(TRUTH) or own.of(TIMES):
        return None
    counts = own.of(TEXT)
    none = tuple(text for text in counts if date_forms.is_not_a_day(text))
    real = [text for text in counts if text not in none]
    alike = [text for text in real if date_forms.is_like_a_date(text)]
    others = sorted(set(real) - set(alike))
    if not alike and not own.of(MOMENT):
        return None
    marks = marks_of(name, "dates", own, others)
    if marks is None:
        return None
    if not alike:
        return _date(name, values, date_forms.ISO, own, (*none, *marks))
    forms = date_forms.forms_of(alike, choice)
    if not forms:
        _refuse_several_forms(name, Counter({text: counts[text] for text in alike}), choice)
        return None
    if len(forms) > 1:
        _refuse_two_forms(name, alike, forms)
    return _date(name, values, forms[0], own, (*none, *marks))


def _date(
    name: str, values: pd.Series, form: str, own: Seen, missing: tuple[str, ...]
) -> TableColumn:
    missing += tuple(
        text for text in own.counts if date_forms.is_not_a_day(text) and text not in missing
    )
    counts = days.day_counts(values, form, missing)
    if not counts:
        return TableColumn(name, EMPTY, f"{shown(rows_of(own, missing))} counts as missing",
                      dropped="holds no date")  # fmt: skip
    sentinels = days.sentinels_of(counts)
    origin = min(day for day in counts if day not in sentinels)
    absent = rows_of(own, missing) + sentinels
    parts = [
        f"days since {origin}",
        f"written {date_forms.shape_of(form)}" if not own.only(MOMENT) else "",
        f"{shown(absent)} counts as missing" if absent else "",
    ]
    return TableColumn(
        name,
        DATE,
        ", ".join(part for part in parts[:2] if part) + (f"; {parts[2]}" if parts[2] else ""),
        form=form,
        origin=origin,
        missing=(*missing, *sentinels),
    )


def _refuse_two_forms(name: str, alike: list[str], forms: list[str]) -> None:
    read = {form: date_forms.parsed(alike, form) for form in forms}
    apart = np.flatnonzero(read[forms[0]] != read[forms[1]])
    place = int(apart[0]) if len(apart) else 0
    ways = [
        f"{read[form].iloc[place].date().isoformat()} (--read {name}={choice})"
        for form, choice in zip(forms, date_forms.choices_of(forms), strict=True)
    ]
    raise TableRefused(
        f"column {name}: {alike[place]!r} may be {' or '.join(ways)}, and every value of the "
        f"column fits {'both' if len(forms) == 2 else 'all'}. Say which.",
        column=name,
    )


def _refuse_several_forms(name: str, counts: Counter[str], choice: str) -> None:
    """Raises TableRefused unless the texts only look like dates."""
    found = date_forms.tallies_of(counts)
    fit = sum(rows for _, rows, _ in found)
    are_few = len(counts) <= FEW_LEVELS or not any(_NAMES_A_YEAR.search(text) for text in counts)
    if fit < NEARLY_ALL * counts.total() and are_few and not choice:
        return
    forms = [
        f"{date_forms.shape_of(form)} ({rows:,}, such as {one!r})" for form, rows, one in found[:3]
    ]
    if fit < counts.total():
        none = next(
            text for text in counts if not any(date_forms.fits(text, one[0]) for one in found)
        )
        forms.append(f"no form ({counts.total() - fit:,}, such as {none!r})")
    several = "dates in several forms" if found else "texts that look like dates"
    raise TableRefused(
        f"column {name} has {several}: {', '.join(forms)}. Write all in one form such as "
        f"2022-01-31, exclude the column with --drop {name}, or read it as words with "
        f"--read {name}=category.",
        column=name,
    )
