"""Which rows a campaign's contact may have changed: the risk is that of doing nothing.

A row is treated where a contact of a campaign falls into its label's window, before any departure.
Such rows are excluded from fit, calibration and test. That alone would bend the rest: only who was
still there could be contacted, so those excluded are stayers more often than not. The control
customers of the same draws take their place: each counts 1 / (1 - propensity) times, the inverse of
the chance of not being treated (Robins and Finkelstein 2000, Biometrics 56:779), at most
`MAX_WEIGHT` times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import windows
from features.engine.store import Histories
from features.feeds import FEEDS, MILLION
from training.fit_settings import LabelSettings

MAX_WEIGHT = 10.0
DRAWN, WITHDRAWN, CONTROL = "assigned", "withdrawn", "control"
COLUMNS = ("customer_id", "as_of", "contact_id", "event", "arm", "propensity_ppm", "event_time")
Events = Mapping[datetime, pd.DataFrame]


def campaign_events(
    histories: Histories, dates: Sequence[datetime], rules: LabelSettings
) -> Events:
    """By date the events of campaigns within its label's window, as known at the label's time.

    Without the feed `contacts` none.
    """
    facts = histories.tables.get("contacts")
    if facts is None or not dates:
        return {}
    wait = rules.maturity(histories.lag_days, "prepaid")
    if "propensity_ppm" not in facts.columns:
        facts = facts.mutate(propensity_ppm=ibis.null("int64"))
    seen = windows.known_later(facts, FEEDS["contacts"].key, dates, wait)
    seen = seen.filter(seen.happened_after)
    rows: pd.DataFrame = histories.connection.execute(seen.select(*COLUMNS))
    rows["as_of"] = rows["as_of"].astype("datetime64[us]")
    closes = rows["as_of"] + timedelta(days=rules.lead_days + rules.horizon_days)
    rows = rows[rows["event_time"] < closes]
    gone = rows.loc[rows["event"] == WITHDRAWN, ["as_of", "contact_id"]].drop_duplicates()
    rows = rows.merge(gone.assign(gone=True), on=["as_of", "contact_id"], how="left")
    rows = rows[rows["gone"].isna()].drop(columns="gone")
    return {date: rows[rows["as_of"] == pd.Timestamp(date)] for date in dates}


def marks(about: pd.DataFrame, events: pd.DataFrame | None) -> dict[str, NDArray[np.generic]]:
    """Of each row of one date `treated`, and its `weight` where it is not.

    `about`: customer_id and `event_at` of the label, NaT for who stayed.
    """
    count = len(about)
    if not count or events is None or events.empty:
        return {"treated": np.zeros(count, dtype=bool), "weight": np.ones(count)}
    left_at = pd.Series(about["event_at"].to_numpy(), index=about["customer_id"].to_numpy())
    left = events["customer_id"].map(left_at)
    before = events[left.isna() | (events["event_time"] < left)]
    is_control, is_drawn = before["arm"] == CONTROL, before["event"] == DRAWN
    treated = about["customer_id"].isin(before.loc[~is_control & ~is_drawn, "customer_id"])
    controls = before[is_control & is_drawn].drop_duplicates(["customer_id", "contact_id"])
    share = controls["propensity_ppm"].astype("float64").fillna(0.0) / MILLION
    times = 1 / (1 - share).clip(lower=1 / MAX_WEIGHT)
    by_customer = times.groupby(controls["customer_id"]).prod().clip(upper=MAX_WEIGHT)
    weight = about["customer_id"].map(by_customer).fillna(1.0)
    return {
        "treated": treated.to_numpy(dtype=bool),
        "weight": weight.to_numpy(dtype=np.float64),
    }
