"""The value that customers had afterwards: the three next bills of those who stayed, as labels.

The label of a date is the mean of the three bills issued from it on, given that the customer
stays through the months they are for. It is known when the third is known, some 17 weeks later,
so these rows have earlier dates than those of the churn model:

    fit . . . . . .|  maturity  |. test .|  maturity  | as_of of the training
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import windows
from features.engine.store import Histories
from features.errors import NotEnoughData
from features.feeds import FEEDS
from features.histories.bills.tiers import BILLS, SUMS, recent_bills
from features.progress import Progress, silent
from training.fit_settings import TrainingSettings, ValueSettings
from training.labels import LEAVING, contract_events
from training.panels import feature_rows, first_date

ENDING = (*LEAVING, "transferred")
KEY = ["customer_id", "as_of"]
NEXT = ("next_revenue_fen", "next_margin_fen")


@dataclass(frozen=True)
class ValueDates:
    """The dates of each period, oldest first."""

    fit: tuple[datetime, ...]
    test: tuple[datetime, ...]


def value_dates(as_of: datetime, first: datetime, settings: ValueSettings) -> ValueDates:
    """The dates from `first` on whose labels are known: at `as_of`, and before the tests' dates.

    Raises NotEnoughData where none is left to fit on.

    >>> settings = ValueSettings(119, 2, 2, 100, 60, 0.08)
    >>> dates = value_dates(datetime(2026, 3, 2), datetime(2025, 3, 10), settings)
    >>> [f"{dates.fit[0]:%F}", f"{dates.fit[-1]:%F}", *(f"{date:%F}" for date in dates.test)]
    ['2025-03-17', '2025-06-23', '2025-10-20', '2025-11-03']
    """
    gap = math.ceil(timedelta(days=settings.maturity_days) / timedelta(weeks=1))
    tests = [gap + place * settings.step_weeks for place in range(settings.test_dates)]
    oldest = (as_of - first) // timedelta(weeks=1)
    fits = list(range(tests[-1] + gap, oldest + 1, settings.step_weeks))
    if not fits:
        missing = timedelta(weeks=tests[-1] + gap - oldest)
        raise NotEnoughData(
            f"the history from {first:%F} to {as_of:%F} is {missing.days} days too short for a "
            f"model of value: three bills take {settings.maturity_days} days to be known, once "
            f"after the fit and once after the test.",
            missing_days=missing.days,
        )

    def weeks_back(weeks: list[int]) -> tuple[datetime, ...]:
        return tuple(as_of - timedelta(weeks=back) for back in reversed(weeks))

    return ValueDates(weeks_back(fits), weeks_back(tests))


def value_panel(
    histories: Histories,
    as_of: datetime,
    settings: TrainingSettings,
    known: pd.DataFrame,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Eligible customers who stayed through three more bills: features, sums, labels, `period`.

    Columns: customer_id, as_of, the features; `bills`, `revenue_fen`, `margin_fen`, `change_fen` as
    `features.histories.bills.tiers.recent_bills` gives them; `next_revenue_fen` and
    `next_margin_fen`, the sums of the three bills issued from `as_of` on; `period` (fit, test).
    Dates that the churn panel `known` holds are taken from it. Raises NotEnoughData where bills,
    history or customers are too few.
    """
    if "bills" not in histories.tables:
        raise NotEnoughData("no bills are delivered, so no customer's value can be predicted.")
    first = first_date(histories, as_of, settings.split)
    dates = value_dates(as_of, first, settings.value)
    moments = (*dates.fit, *dates.test)
    rows = _features(histories, moments, known, progress)
    sums = recent_sums(histories, moments)
    bills = next_bills(histories, moments, settings.value.maturity_days)
    rows = rows.merge(sums, on=KEY).merge(bills, on=KEY)
    stayed = _stayed(histories, moments, rows, settings)
    rows = rows.drop(columns="ends")[stayed].reset_index(drop=True)
    rows["period"] = np.where(rows["as_of"] <= max(dates.fit), "fit", "test")
    found = rows.loc[rows["period"] == "fit", "customer_id"].nunique()
    if found < settings.value.min_customers:
        raise NotEnoughData(
            f"three bills before and after a date are known of {found} customers; a model of "
            f"value needs {settings.value.min_customers}."
        )
    if not (rows["period"] == "test").any():
        raise NotEnoughData("no customer's next three bills are known at the test dates.")
    return rows


def recent_sums(histories: Histories, as_of: Sequence[datetime]) -> pd.DataFrame:
    """`recent_bills` of every customer at these moments, sums and change alone."""
    found = recent_bills(histories.tables["bills"], as_of)
    chosen = found.select("customer_id", "as_of", *SUMS, "change_fen")
    frame: pd.DataFrame = histories.connection.execute(chosen)
    frame["as_of"] = frame["as_of"].astype("datetime64[us]")
    return frame


def next_bills(histories: Histories, as_of: Sequence[datetime], maturity_days: int) -> pd.DataFrame:
    """The sums of the three first bills issued from each moment on, of who has three.

    As known `maturity_days` after it; a bill of which a version was known at the moment is none
    of them, even if it is issued again. Columns: customer_id, as_of, `NEXT`, and `ends`, the end
    of the third one's month.
    """
    maturity = timedelta(days=maturity_days)
    facts = histories.tables["bills"]
    seen = windows.known_later(facts, FEEDS["bills"].key, as_of, maturity)
    seen = seen.filter(seen.happened_after, seen.learned_after)
    cost_fen = seen.cost_fen.fill_null(0) if "cost_fen" in seen.columns else 0
    oldest = ibis.window(group_by=list(KEY), order_by="period")
    seen = seen.mutate(place=ibis.row_number().over(oldest), margin_fen=seen.revenue_fen - cost_fen)
    seen = seen.filter(seen.place < BILLS)
    sums = seen.group_by(KEY).agg(
        count=seen.count(),
        next_revenue_fen=seen.revenue_fen.sum().cast("int64"),
        next_margin_fen=seen.margin_fen.sum().cast("int64"),
        last=seen.period.max(),
    )
    found: pd.DataFrame = histories.connection.execute(sums.filter(sums["count"] == BILLS))
    found["as_of"] = found["as_of"].astype("datetime64[us]")
    last = pd.to_datetime(found["last"]).astype("datetime64[us]")
    return found.drop(columns=["count", "last"]).assign(ends=last + pd.DateOffset(months=1))


def _stayed(
    histories: Histories,
    dates: Sequence[datetime],
    rows: pd.DataFrame,
    settings: TrainingSettings,
) -> NDArray[np.bool_]:
    """Who stayed until `ends`, as known at maturity: neither left before it nor fell silent.

    The prepaid are silent without chargeable use in the `silent_days` before that end.
    """
    maturity = timedelta(days=settings.value.maturity_days)
    stayed = np.zeros(len(rows), dtype=bool)
    left = _left(histories, dates, maturity)
    for date in dates:
        own = rows[rows["as_of"] == date]
        moment = date + maturity
        left_at = left[left["as_of"] == date].set_index("customer_id")["event_at"]
        left_at = left_at.reindex(own["customer_id"])
        # A customer who never left has no time of leaving, and NaT is before nothing.
        stays = ~(left_at.to_numpy(dtype="datetime64[us]") < own["ends"].to_numpy())
        prepaid = own["payment_mode"].astype(str) == "prepaid"
        for end in own["ends"].unique():
            theirs = prepaid & (own["ends"] == end)
            used = _in_use(histories, end, moment, settings.label.silent_days)
            stays &= (~theirs | own["customer_id"].isin(used)).to_numpy()
        stayed[own.index.to_numpy()] = stays
    return stayed


def _left(histories: Histories, dates: Sequence[datetime], maturity: timedelta) -> pd.DataFrame:
    """When a contract first ended, or a customer requested its end: customer_id, as_of, event_at.

    As far as the date did not know it yet: a closure may be recorded with an earlier date.
    """
    events = contract_events(histories, dates, maturity, ENDING)
    return events.groupby(KEY)["event_at"].min().reset_index()


def _in_use(histories: Histories, end: datetime, moment: datetime, silent_days: int) -> pd.Series:
    """Who made chargeable use in the `silent_days` before `end`, as known at `moment`."""
    since = end - timedelta(days=silent_days)
    days = histories.tables["days"]
    days = days.filter(days.day >= since.date(), days.day < end.date(), days.active == 1)
    used = windows.known(days, [moment]).select("customer_id").distinct()
    found: pd.Series = histories.connection.execute(used)["customer_id"]
    return found


def _features(
    histories: Histories, dates: Sequence[datetime], known: pd.DataFrame, progress: Progress
) -> pd.DataFrame:
    """The feature rows of the dates; those that the panel `known` holds are not built again."""
    columns = ["customer_id", "as_of", *(feature.name for feature in histories.features)]
    held = set(known["as_of"].unique())
    missing = [date for date in dates if pd.Timestamp(date) not in held]
    parts = [known.loc[known["as_of"].isin(list(dates)), columns]]
    if missing:
        parts.append(feature_rows(histories, missing, progress)[columns])
    rows = pd.concat(parts, ignore_index=True)
    rows["as_of"] = rows["as_of"].astype("datetime64[us]")
    return rows
