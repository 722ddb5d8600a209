"""Dates as days since an origin, and those that stand for no day at all."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from training.forms.date_forms import EPOCHS, parsed
from training.forms.texts import MISSING, Flags, each, text_of, texts
from training.statistics.metrics import Floats

SENTINELS = frozenset({
    "0001-01-01", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01",
    "1901-01-01", "1970-01-01", "2099-12-31", "2199-12-31", "2200-01-01", "2999-01-01",
    "2999-12-31", "3000-01-01", "4712-12-31", "9999-01-01", "9999-12-30", "9999-12-31",
})  # fmt: skip
_FAR_DAYS = 5 * 365  # from any other day
_OFTEN = 10  # times as many rows as any other day has
_UNIX = dt.date(1970, 1, 1)
_A_DAY = pd.Timedelta(days=1)


def sentinels_of(days: Counter[str]) -> Counter[str]:
    """Of days (2022-01-31), each in so many rows, those that stand for no day: with their rows.

    They are of the usual ones, and stand out: years from any other, or far more often.
    """
    doubtful = [day for day in days if day in SENTINELS]
    others = {day: rows for day, rows in days.items() if day not in SENTINELS}
    most = max(others.values(), default=0)
    known = np.array([dt.date.fromisoformat(day).toordinal() for day in others])

    def stands_out(day: str) -> bool:
        own = dt.date.fromisoformat(day).toordinal()
        far = len(known) and int(np.abs(known - own).min()) > _FAR_DAYS
        return bool(far) or (len(known) > 0 and days[day] > _OFTEN * most)

    return Counter({day: days[day] for day in doubtful if stands_out(day)})


def day_counts(values: pd.Series, form: str, missing: tuple[str, ...] = ()) -> Counter[str]:
    """The days of the values (2022-01-31), each with its rows."""
    since, _ = dates(values, form, pd.Timestamp(_UNIX), missing)
    there = np.floor(since[~np.isnan(since)]).astype(int)
    days, rows = np.unique(there, return_counts=True)
    return Counter(
        {
            (_UNIX + dt.timedelta(days=day)).isoformat(): count
            for day, count in zip(days.tolist(), rows.tolist(), strict=True)
        }
    )


def dates(
    values: pd.Series, form: str, origin: pd.Timestamp, missing: tuple[str, ...] = ()
) -> tuple[Floats, Flags]:
    """Days since `origin`, missing as NaN, and which values are not dates; both of shape (n,).

    Typed dates are taken as they are, those with a zone in UTC. `missing` are texts and days
    (2022-01-31) that stand for a missing value. Any year from 1 to 9999 counts.
    """
    start = _plain(origin)
    written = {text for text in texts(values) if text not in ("", *missing)}
    known = _moments(sorted(written), form)

    def days(value: Any) -> float | None:
        text = text_of(value)
        if text == MISSING or text in missing:
            return math.nan
        moment: pd.Timestamp | None
        if isinstance(value, dt.date):
            moment = _plain(pd.Timestamp(value))
        elif isinstance(value, str) or _is_whole(value):
            moment = known.get(text)
        else:
            return None
        if moment is None or pd.isna(moment):
            return None
        if moment.date().isoformat() in missing:
            return math.nan
        return float((moment - start) / _A_DAY)

    return each(values, days)


def _moments(written: Sequence[str], form: str) -> dict[str, pd.Timestamp]:
    if form not in EPOCHS:
        found = parsed(written, form)
    else:
        plain = pd.Series([text if re.fullmatch(r"\d{1,14}", text) else "" for text in written])
        seconds = pd.to_numeric(plain, errors="coerce") / EPOCHS[form]
        found = pd.to_datetime(seconds.to_numpy(), unit="s", errors="coerce").to_series()
        found = found.dt.as_unit("us")
    return dict(zip(written, found, strict=True))


def _is_whole(value: Any) -> bool:
    """Whether a number may be a date: 20220131."""
    is_number = isinstance(value, int | float | Decimal | np.number)
    return is_number and not isinstance(value, bool) and float(value).is_integer()


def _plain(moment: pd.Timestamp) -> pd.Timestamp:
    """Without a zone, to the microsecond: nanoseconds would reach from 1677 to 2262 only."""
    local = moment.as_unit("us")
    return local.tz_convert("UTC").tz_localize(None) if local.tzinfo else local
