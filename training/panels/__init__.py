"""The panel: features and labels at weekly dates, split over time.

Why there is a gap before the test: a label of `as_of` is known only after lead, horizon and feed
lag (and the silence, where there are prepaid customers). A model fitted on the first test date
could not have seen a label known later, so no earlier row may carry one.

    fit ......|... calibration ...| gap |... test ...| gap | as_of of the training

The calibration period is the latest whose labels are known by then: the level of its risks is the
newest there is. The model is fitted on both periods; the calibration uses fits on other customers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import builder
from features.builder.queries import rows_at
from features.engine.store import Histories
from features.errors import NotEnoughData
from features.feeds import PAYMENT_MODES
from features.progress import Progress, silent
from training.encoding import PRECISION, Matrix, numbers
from training.fit_settings import LabelSettings, SplitSettings, TrainingSettings
from training.labels import events_until_known, label
from training.panels.treated import campaign_events, marks

PERIODS = ("fit", "calibration", "test")
ROWS_AT_ONCE = 220_000  # bound the memory; a date more costs less than a query more


@dataclass(frozen=True)
class PanelPart:
    """The rows of one date: `block` the numbers, of shape (features, rows); `about` the rest."""

    block: Matrix
    about: pd.DataFrame

    def marked(self, **columns: Any) -> PanelPart:
        """The part with more columns about its rows."""
        return PanelPart(self.block, self.about.assign(**columns))


@dataclass(frozen=True)
class Split:
    """The dates of each period, oldest first."""

    fit: tuple[datetime, ...]
    calibration: tuple[datetime, ...]
    test: tuple[datetime, ...]

    def dates(self) -> tuple[datetime, ...]:
        return (*self.fit, *self.calibration, *self.test)


def split_dates(
    as_of: datetime,
    first: datetime,
    gap: timedelta,
    test_weeks: int,
    calibration_weeks: int,
    fit_step_weeks: int = 1,
) -> Split:
    """The dates from `first` to `as_of`, with `gap` before the test period and after it.

    They are weekly, those of the fit period `fit_step_weeks` apart. Raises NotEnoughData where
    nothing is left to fit on.

    >>> split = split_dates(datetime(2026, 3, 2), datetime(2025, 2, 10), timedelta(days=76), 6, 8)
    >>> [(len(dates), f"{dates[-1]:%F}") for dates in (split.fit, split.calibration, split.test)]
    [(21, '2025-06-30'), (8, '2025-08-25'), (6, '2025-12-15')]
    """
    gap_weeks = math.ceil(gap / timedelta(weeks=1))
    newest_test = gap_weeks
    newest_calibration = newest_test + test_weeks - 1 + gap_weeks
    newest_fit = newest_calibration + calibration_weeks
    oldest_fit = (as_of - first) // timedelta(weeks=1)
    if oldest_fit < newest_fit:
        needed = timedelta(weeks=newest_fit - oldest_fit)
        raise NotEnoughData(
            f"the history from {first:%F} to {as_of:%F} is {needed.days} days too short: labels "
            f"take {gap.days} days to be known, and there is one such gap before the test period "
            f"and one after it. Import more history, or shorten the periods in "
            f"settings/training.toml [split].",
            missing_days=needed.days,
        )

    def weeks_back(newest: int, oldest: int, step: int = 1) -> tuple[datetime, ...]:
        return tuple(as_of - timedelta(weeks=own) for own in range(newest, oldest + 1, step))[::-1]

    return Split(
        fit=weeks_back(newest_fit, oldest_fit, fit_step_weeks),
        calibration=weeks_back(newest_calibration, newest_fit - 1),
        test=weeks_back(newest_test, newest_test + test_weeks - 1),
    )


def training_panel(
    histories: Histories, as_of: datetime, settings: TrainingSettings, progress: Progress = silent
) -> pd.DataFrame:
    """The panel of a training at `as_of`: eligible rows with features, outcome and `period`.

    One row a customer and date, as `panel` gives it, with `period` (fit, calibration, test).
    Only labels known at `as_of` are in it. Where fit and calibration period have fewer churners
    than `min_train_churners`, the test and calibration periods are halved until they are single
    weeks; too few churners then widen the intervals. Raises NotEnoughData where the history is
    too short or no customer left before the test.
    """
    built: dict[datetime, PanelPart] = {}
    for split in splits(histories, as_of, settings):
        missing = [date for date in split.dates() if date not in built]
        built |= _build(histories, missing, settings.label, progress)
        churners = _churners(built[date] for date in (*split.fit, *split.calibration))
        if churners >= settings.split.min_train_churners:
            break
    if churners == 0:
        raise NotEnoughData(
            f"no customer left in the fit period ({split.fit[0]:%F} to "
            f"{split.calibration[-1]:%F}). "
            f"Import more history or more customers."
        )
    periods = {date: period for period in PERIODS for date in getattr(split, period)}
    parts = [built.pop(date).marked(period=period) for date, period in periods.items()]
    built.clear()
    rows = _joined(parts, histories)
    rows["period"] = pd.Categorical(rows["period"], categories=list(PERIODS))
    for period in PERIODS:
        if not (modelled(rows) & (rows["period"] == period).to_numpy()).any():
            raise NotEnoughData(
                f"no customer's label is known in the {period} period. "
                f"Check that contracts and usage reach up to {as_of:%F}."
            )
    return rows


def panel(
    histories: Histories,
    dates: Sequence[datetime],
    rules: LabelSettings,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Features and outcomes of the eligible customers at each date.

    Columns: those of `features.builder` and of `labels.label`, numbers as float32; `treated` and
    `weight` (`training.panels.treated`). Rows of a date whose label is not yet known count as they
    are known now; pass only dates that are mature.
    """
    return _joined(list(_build(histories, dates, rules, progress).values()), histories)


def feature_rows(
    histories: Histories, dates: Sequence[datetime], progress: Progress = silent
) -> pd.DataFrame:
    """Features of the eligible customers at each date, as `panel` gives them, without outcomes."""
    return _joined([part for _, part in eligible(histories, dates, progress)], histories)


def modelled(rows: pd.DataFrame) -> np.ndarray:
    """Which rows enter fit and headline metrics.

    All but competing events, early churners, and those that a campaign's contact may have changed.
    """
    found = rows["outcome"].isin(["left", "stayed"]).to_numpy()
    return found & ~rows["treated"].to_numpy() if "treated" in rows.columns else found


def weights(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How often each row counts in fit and calibration, (n,); 1 for rows without campaigns."""
    if "weight" not in rows.columns:
        return np.ones(len(rows))
    return rows["weight"].to_numpy(dtype=np.float64)


def _build(
    histories: Histories, dates: Sequence[datetime], rules: LabelSettings, progress: Progress
) -> dict[datetime, PanelPart]:
    """The eligible rows of each date, a few dates at a time to bound the memory."""
    if not dates:
        return {}
    built: dict[datetime, PanelPart] = {}
    known = events_until_known(histories, dates, rules)
    campaigns = campaign_events(histories, dates, rules)
    for date, part in eligible(histories, dates, progress):
        outcomes = label(histories, part.about, date, rules, known)
        marked = marks(outcomes, campaigns.get(date))
        built[date] = part.marked(**outcomes.drop(columns=["customer_id", "as_of"]), **marked)
    return built


def eligible(
    histories: Histories, dates: Sequence[datetime], progress: Progress = silent
) -> Iterator[tuple[datetime, PanelPart]]:
    """Each date with its eligible customers' rows, ordered by customer."""
    customers = histories.tables["customers"].customer_id.nunique()
    at_once = max(1, ROWS_AT_ONCE // max(1, int(histories.connection.execute(customers))))
    for start in range(0, len(dates), at_once):
        progress("panel", start, len(dates))
        some = dates[start : start + at_once]
        frame = rows_at(histories, some, builder.eligible).to_pandas()
        for date in some:
            rows = frame[frame["as_of"] == date].sort_values("customer_id", ignore_index=True)
            yield date, _part(rows, histories)
    progress("panel", len(dates), len(dates))


def _part(rows: pd.DataFrame, histories: Histories) -> PanelPart:
    names = [feature.name for feature in histories.features if not feature.is_category]
    block = np.empty((len(names), len(rows)), dtype=PRECISION)
    for place, name in enumerate(names):
        block[place] = numbers(rows[name])
    return PanelPart(block, rows.drop(columns=names))


def _joined(parts: list[PanelPart], histories: Histories) -> pd.DataFrame:
    """The parts as one frame, emptying the list on the way: the numbers lie in memory once."""
    names = [feature.name for feature in histories.features if not feature.is_category]
    about = pd.concat([part.about for part in parts], ignore_index=True)
    block = np.empty((len(names), len(about)), dtype=PRECISION)
    end = len(about)
    while parts:
        part = parts.pop()
        block[:, end - part.block.shape[1] : end] = part.block
        end -= part.block.shape[1]
    for feature in histories.features:
        if feature.is_category:
            about[feature.name] = about[feature.name].astype("category")
    return pd.concat([about, pd.DataFrame(block.T, columns=names, copy=False)], axis=1)


def _churners(parts: Iterable[PanelPart]) -> int:
    """How many customers left in these parts."""
    found: set[str] = set()
    for part in parts:
        found.update(part.about.loc[part.about["outcome"] == "left", "customer_id"])
    return len(found)


def _gap(histories: Histories, as_of: datetime, rules: LabelSettings) -> timedelta:
    customers = histories.tables["customers"]
    found = customers.filter(customers.known_at < as_of).select("payment_mode").distinct()
    modes = set(histories.connection.execute(found)["payment_mode"])
    waits = (rules.maturity(histories.lag_days, mode) for mode in PAYMENT_MODES if mode in modes)
    return max(waits, default=timedelta())


def first_and_gap(
    histories: Histories, as_of: datetime, settings: TrainingSettings
) -> tuple[datetime, timedelta]:
    """What `split_dates` needs to know: the first date, and how long a label takes to be known."""
    first = first_date(histories, as_of, settings.split)
    return first, _gap(histories, as_of, settings.label)


def first_date(histories: Histories, as_of: datetime, settings: SplitSettings) -> datetime:
    """The earliest moment that a model may be fitted on: the warm-up after the first use.

    Nor earlier than the topics were fitted: they were found in texts not yet known before.
    """
    first = first_use(histories, as_of) + timedelta(weeks=settings.warmup_weeks)
    return max(first, histories.topics_fitted_at or first)


def first_use(histories: Histories, as_of: datetime) -> datetime:
    """The first day of use known at `as_of`. Raises NotEnoughData without any."""
    days = histories.tables["days"]
    first = histories.connection.execute(days.filter(days.known_at < as_of).day.min())
    if pd.isna(first):
        raise NotEnoughData(f"no use was known before {as_of:%F}. Import usage first.")
    return datetime(first.year, first.month, first.day)


def splits(histories: Histories, as_of: datetime, settings: TrainingSettings) -> Iterator[Split]:
    """The splits to try: periods as set, then halved again and again down to single weeks.

    Those for which the history is too short are passed over; raises NotEnoughData where it is
    too short for single weeks.
    """
    first, gap = first_and_gap(histories, as_of, settings)
    test_weeks, calibration_weeks = settings.split.test_weeks, settings.split.calibration_weeks
    while True:
        shortest = (test_weeks, calibration_weeks) == (1, 1)
        try:
            yield split_dates(
                as_of, first, gap, test_weeks, calibration_weeks, settings.split.fit_step_weeks
            )
        except NotEnoughData:
            if shortest:
                raise
        if shortest:
            return
        test_weeks, calibration_weeks = max(1, test_weeks // 2), max(1, calibration_weeks // 2)
