"""Whether a lake is enough for a model: customers, churners and months, before one is trained.

Measured without building the histories, so a training may count a little otherwise: who left is
decided by the labels' own rules (`training.labels.departures`), but a correction of usage counts
as one more row, and who left in a period is not held against who was eligible at each of its dates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pandas as pd

from features import lake, windows
from features.builder import eligible
from features.builder.queries import rows_at
from features.doctor import Finding, Health
from features.engine.store import Histories, connect, open_histories
from features.engine.streams import ACTIVE_DAYS
from features.errors import LakeError, NotEnoughData
from features.feeds import FEEDS
from features.histories import people, usage
from features.progress import Progress, silent
from features.settings import home_settings
from training.fit_settings import LabelSettings, TrainingSettings
from training.labels.departures import KINDS, departures
from training.models.registry.tracking import Gate, registry_settings
from training.panels import Split, first_and_gap, first_use, split_dates, splits
from training.value.margins import value_dates

MODEL = "model"
MONTH = timedelta(days=windows.MONTH_DAYS)


@dataclass(frozen=True)
class Sufficiency:
    """What there is for a model at `as_of`.

    `customers` ever known and `eligible` ones at `as_of`. `departures` by way of leaving (KINDS) in
    [since, until), as far as they are known and as use reaches; `a_month` of them, null where that
    stretch is empty. `split`: the periods that a training would take, null where the history is
    `too_short` for any; `fit_churners` and `test_churners`, about so many customers leave in them.
    `gate_weeks`: how many weeks of test dates hold the churners that the gate requires (null where
    no customer leaves), and `gate_missing_days`: so much more history they take. `value_too_short`:
    why there would be no model of value, null where there would be one or no bills are delivered.
    """

    as_of: datetime
    first_use: datetime
    customers: int
    eligible: int
    since: datetime
    until: datetime
    departures: dict[str, int]
    a_month: float | None
    split: Split | None
    fit_churners: int
    test_churners: int
    gate_weeks: int | None
    gate_missing_days: int
    too_short: NotEnoughData | None
    value_too_short: NotEnoughData | None

    @property
    def use_months(self) -> float:
        """How long use is known of."""
        return (self.as_of - self.first_use) / MONTH


def sufficiency(home: Path, health: Health, progress: Progress = silent) -> Sufficiency | None:
    """What there is for a model at `health.as_of`; null where a required feed has no rows."""
    for feed in FEEDS.values():
        if feed.required and (feed.name not in health.feeds or not health.feeds[feed.name].rows):
            return None
    settings = home_settings(home, "training", TrainingSettings)
    histories, as_of = _histories(home, health), health.as_of
    progress("customers and churners", 0, 2)
    without_features = replace(histories, features=())
    eligible_now = rows_at(without_features, [as_of], eligible).num_rows
    progress("customers and churners", 1, 2)
    everyone = histories.connection.execute(
        people.profile(histories.tables["customers"], [as_of])[["customer_id", "payment_mode"]]
    )
    first = first_use(histories, as_of)
    since = first + timedelta(days=ACTIVE_DAYS)
    until = max(since, _known_until(histories, everyone, as_of, settings.label))
    gone = _gone(histories, everyone, since, until, as_of, settings.label)
    progress("customers and churners", 2, 2)
    split, too_short = _split(histories, as_of, settings, gone)
    a_month = len(gone) / ((until - since) / MONTH) if until > since else None
    least = registry_settings(home).gate.min_churners_test
    weeks = weeks_for(least, a_month, settings.label.horizon_days)
    counts = gone["kind"].value_counts()
    return Sufficiency(
        as_of=as_of,
        first_use=first,
        customers=len(everyone),
        eligible=eligible_now,
        since=since,
        until=until,
        departures={kind: int(counts.get(kind, 0)) for kind in KINDS},
        a_month=a_month,
        split=split,
        fit_churners=_churners(gone, split.fit, settings.label) if split else 0,
        test_churners=_churners(gone, split.test, settings.label) if split else 0,
        gate_weeks=weeks,
        gate_missing_days=_missing_days(histories, as_of, settings, weeks),
        too_short=too_short,
        value_too_short=_value(histories, as_of, settings) if "bills" in health.feeds else None,
    )


def findings(found: Sufficiency, settings: TrainingSettings, gate: Gate) -> Iterator[Finding]:
    """What of it should be reported; the subject is `MODEL`."""
    values = {"found": found, "settings": settings, "gate": gate}
    if found.too_short is not None:
        yield Finding("history_short", MODEL, "fault", values | {"refusal": found.too_short})
    if found.eligible == 0:
        yield Finding("none_eligible", MODEL, "fault", values)
    if found.a_month == 0:
        yield Finding("none_churned", MODEL, "fault", values)
    if found.split is not None and found.fit_churners < settings.split.min_train_churners:
        yield Finding("few_to_learn", MODEL, "warning", values)
    if found.split is not None and found.test_churners < gate.min_churners_test:
        yield Finding("few_to_judge", MODEL, "warning", values)
    elif found.split is not None:
        yield Finding("enough", MODEL, "ok", values)
    if found.value_too_short is not None:
        yield Finding("value_short", MODEL, "note", {"refusal": found.value_too_short})


def model_findings(home: Path, found: Sufficiency) -> list[Finding]:
    """As `findings`, by the settings of this home."""
    settings = home_settings(home, "training", TrainingSettings)
    return list(findings(found, settings, registry_settings(home).gate))


def weeks_for(churners: int, a_month: float | None, horizon_days: int) -> int | None:
    """How many weekly test dates hold so many churners; null where no customer leaves.

    >>> weeks_for(200, 100.0, horizon_days=30)
    6
    """
    if not a_month:
        return None
    needed = churners / a_month * MONTH - timedelta(days=horizon_days)
    return max(1, math.ceil(needed / timedelta(weeks=1)) + 1)


def _histories(home: Path, health: Health) -> Histories:
    """What labels and eligibility read: the histories if they are current, else the feeds."""
    try:
        return replace(open_histories(home), features=())
    except LakeError:
        connection = connect(home)
        feeds = lake.open_feeds(connection, home)
        # To look for later versions of each day takes minutes, and hardly changes who left.
        days = usage.daily(windows.never_superseded(feeds["usage"]))
        return Histories(connection, feeds | {"days": days}, (), health.settings)


def _known_until(
    histories: Histories, everyone: pd.DataFrame, as_of: datetime, rules: LabelSettings
) -> datetime:
    """The midnight before which every departure is known at `as_of`."""
    wait = replace(rules, lead_days=0, horizon_days=1)
    modes = everyone["payment_mode"].unique()
    waits = [wait.maturity(histories.lag_days, str(mode)) for mode in modes]
    earliest = as_of - max(waits, default=timedelta()) + timedelta(days=1)
    return datetime.combine(earliest.date(), time())


def _gone(
    histories: Histories,
    everyone: pd.DataFrame,
    since: datetime,
    until: datetime,
    as_of: datetime,
    rules: LabelSettings,
) -> pd.DataFrame:
    if until <= since:
        return pd.DataFrame({"customer_id": [], "event_at": [], "kind": []})
    return departures(histories, everyone, since, until, as_of, rules)


def _split(
    histories: Histories, as_of: datetime, settings: TrainingSettings, gone: pd.DataFrame
) -> tuple[Split | None, NotEnoughData | None]:
    """The periods that `panel.training_panel` would take; or why there are none."""
    try:
        for split in splits(histories, as_of, settings):
            if _churners(gone, split.fit, settings.label) >= settings.split.min_train_churners:
                break
    except NotEnoughData as too_short:
        return None, too_short
    return split, None


def _churners(gone: pd.DataFrame, dates: tuple[datetime, ...], rules: LabelSettings) -> int:
    """How many customers leave in the windows of these dates."""
    opens = dates[0] + timedelta(days=rules.lead_days)
    closes = dates[-1] + timedelta(days=rules.lead_days + rules.horizon_days)
    there = (gone["event_at"] >= opens) & (gone["event_at"] < closes)
    return int(gone.loc[there, "customer_id"].nunique())


def _value(
    histories: Histories, as_of: datetime, settings: TrainingSettings
) -> NotEnoughData | None:
    try:
        value_dates(as_of, first_and_gap(histories, as_of, settings)[0], settings.value)
    except NotEnoughData as too_short:
        return too_short
    return None


def _missing_days(
    histories: Histories, as_of: datetime, settings: TrainingSettings, test_weeks: int | None
) -> int:
    """How much more history a test period of so many weeks takes."""
    first, gap = first_and_gap(histories, as_of, settings)
    try:
        split_dates(as_of, first, gap, test_weeks or 1, settings.split.calibration_weeks)
    except NotEnoughData as too_short:
        return int(too_short.details["missing_days"])
    return 0
