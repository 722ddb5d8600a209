"""The dates of a backtest: which are requested, and which of them can be judged.

A date needs a history behind it, which the recipe itself refuses without, and outcomes after it:
its labels must be known by the end of the data.

    ...... history ......| date | week | week | week | next date
                           `-- the model answers --'     outcomes known `gap` after each
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from features.engine.moments import midnight_after
from features.engine.store import Histories
from features.errors import NotEnoughData, SettingsError

WEEKS = re.compile(r"([1-9]\d{0,2})w")


def weeks_of(every: str) -> int:
    """The weeks of `--every`. Raises SettingsError unless it is as 4w.

    >>> weeks_of("4w")
    4
    >>> weeks_of("0w")
    Traceback (most recent call last):
    features.errors.SettingsError: --every is '0w'; expected weeks, such as 4w
    """
    found = WEEKS.fullmatch(every)
    if found is None:
        raise SettingsError(f"--every is {every!r}; expected weeks, such as 4w")
    return int(found[1])


def dates_between(since: datetime, until: datetime, every_weeks: int) -> tuple[datetime, ...]:
    """The dates from `since` to `until`, both included. Raises SettingsError where there are none.

    >>> [f"{date:%F}" for date in dates_between(datetime(2026, 1, 5), datetime(2026, 2, 9), 4)]
    ['2026-01-05', '2026-02-02']
    """
    if since > until:
        raise SettingsError(f"--from is {since:%F}, which is after --to, {until:%F}")
    count = (until - since) // timedelta(weeks=every_weeks) + 1
    return tuple(since + timedelta(weeks=every_weeks * place) for place in range(count))


def end_of_use(histories: Histories) -> datetime:
    """The first midnight after all use was known; labels that need more are not known.

    Raises NotEnoughData without any use.
    """
    last = histories.connection.execute(histories.tables["days"].known_at.max())
    if pd.isna(last):
        raise NotEnoughData("no use is known. Import usage first.")
    return midnight_after(last)


def check_within(histories: Histories, dates: Sequence[datetime], end: datetime) -> None:
    """Raises SettingsError where a date lies before the first use or after `end`."""
    first = pd.Timestamp(histories.connection.execute(histories.tables["days"].day.min()))
    if dates[0] <= first or dates[-1] > end:
        name, date = ("--from", dates[0]) if dates[0] <= first else ("--to", dates[-1])
        raise SettingsError(
            f"{name} leads to {date:%F}, which lies beyond the data: use is known from {first:%F} "
            f"to {end:%F}. Name dates between these."
        )


def followed(
    date: datetime, every_weeks: int, gap: timedelta, end: datetime
) -> tuple[datetime, ...]:
    """The weekly dates at which the model of `date` would have answered, with known outcomes.

    From `date` on, up to the next one. Raises NotEnoughData where none is known by `end`.
    """
    weekly = [date + timedelta(weeks=place) for place in range(every_weeks)]
    known = tuple(one for one in weekly if one + gap <= end)
    if not known:
        raise NotEnoughData(
            f"what followed {date:%F} is known on {date + gap:%F}; the data end before {end:%F}."
        )
    return known
