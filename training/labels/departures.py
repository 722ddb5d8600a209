"""Who left in a period, as it is known now: every departure that counts as one in the labels.

A label says of one customer at one date what comes first. Here all departures of a period count
whose customer was eligible just before: active, and where prepaid, with use in the last
`ACTIVE_DAYS`. What ends a departure that was counted before (the formal cancellation after the
pre-cancellation, or after a silence) is not a second one; a customer who came
back for longer than `rejoin_days` may leave again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import pandas as pd
from ibis.expr.types import Table

from features.engine.store import Histories
from features.engine.streams import ACTIVE_DAYS
from features.histories.contracts import STANDING
from features.windows import FIRST_MONDAY
from training.fit_settings import LabelSettings
from training.labels import (
    ENDING,
    LEAVING,
    active_days,
    contract_events,
    in_order,
    judged,
    silences,
)

KINDS = ("cancelled", "ported", "silent")
DAY = timedelta(days=1)


def departures(
    histories: Histories,
    people: pd.DataFrame,
    since: datetime,
    until: datetime,
    known: datetime,
    rules: LabelSettings,
) -> pd.DataFrame:
    """The departures in [since, until) as known at `known`, in order of customer and time.

    `people`: customer_id and payment_mode of everyone ever known. Columns: customer_id,
    `event_at` (a silence's is the last day of use), `kind` (one of KINDS), `started` (of the
    contract that ended, NaT where not known), `reason` and `rival` (null where not recorded).
    """
    events = contract_events(histories, [FIRST_MONDAY], known - FIRST_MONDAY, tuple(STANDING))
    prepaid = people.loc[people["payment_mode"] == "prepaid", ["customer_id"]]
    later = events[events["event_at"] >= since]
    active = _standing_before(events, later["customer_id"], later["event_at"]) == "active"
    ending = later["event"].isin(ENDING)
    contract = later[(ending & active.to_numpy()) | (later["event"] == "started")]
    use = active_days(histories, since, known)
    use = use.filter(use.day < (until + timedelta(days=rules.silent_days) + DAY).date())
    left = judged(histories, contract, use, since, rules)
    left = left[left["leaves"].astype(bool)]
    use = use.semi_join(ibis.memtable(prepaid, schema={"customer_id": "string"}), "customer_id")
    is_prepaid = left["customer_id"].isin(prepaid["customer_id"])
    left = pd.concat([left[~is_prepaid], _still_used(histories, left[is_prepaid], use)])
    span_days = ACTIVE_DAYS + (until - since).days + rules.silent_days + 1
    silent = silences(histories, use, span_days, later[later["event"].isin(ENDING)], rules)
    silent = silent[silent["customer_id"].isin(prepaid["customer_id"])]
    # A contract that began or ended on the last day of use did so before its end.
    standing = _standing_before(events, silent["customer_id"], silent["event_at"] + DAY)
    silent = silent[(standing == "active").to_numpy()]
    found = in_order(pd.concat([left, silent], ignore_index=True))
    found = found[(found["event_at"] >= since) & (found["event_at"] < until)]
    found = found.drop_duplicates(["customer_id", "event_at"]).drop(columns="leaves")
    return _described(found, events)


def _standing_before(
    events: pd.DataFrame, customers: pd.Series[str], moments: pd.Series[pd.Timestamp]
) -> pd.Series[str]:
    """Each customer's standing just before the moment, in the order given; null before a start."""
    keys = pd.DataFrame({"customer_id": customers.to_numpy(), "event_at": moments.to_numpy()})
    keys = _typed_as(keys, events).reset_index().sort_values("event_at")
    found = pd.merge_asof(
        keys,
        events.sort_values("event_at")[["customer_id", "event_at", "event"]],
        on="event_at",
        by="customer_id",
        allow_exact_matches=False,
    )
    standing: pd.Series[str] = found.set_index("index")["event"].sort_index().map(STANDING)
    return standing


def _still_used(histories: Histories, left: pd.DataFrame, use: Table) -> pd.DataFrame:
    """Those with use in the `ACTIVE_DAYS` before leaving, or on the day."""
    if left.empty:
        return left
    moments = ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": left["customer_id"],
                "day": left["event_at"].dt.date,
                "number": left.index,
            }
        ),
        schema={"customer_id": "string", "day": "date", "number": "int64"},
    )
    days_ago = moments.day.delta(use.day, unit="day")
    used = moments.semi_join(
        use, [moments.customer_id == use.customer_id, days_ago >= 0, days_ago <= ACTIVE_DAYS]
    )
    return left[left.index.isin(histories.connection.execute(used.select("number"))["number"])]


def _described(found: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The departures with the contract's start, and the reason and rival that were recorded."""
    starts = events[events["event"] == "started"][["customer_id", "event_at"]]
    starts = starts.assign(started=starts["event_at"]).sort_values("event_at")
    found = _typed_as(found, events).sort_values("event_at")
    found = pd.merge_asof(found, starts, on="event_at", by="customer_id")
    recorded = events[events["event"].isin(LEAVING)]
    recorded = recorded.assign(kind=recorded["event"].replace({"pre_cancelled": "cancelled"}))
    key = ["customer_id", "event_at", "kind"]
    recorded = recorded.drop_duplicates(key)[[*key, "reason", "rival"]]
    found = found.merge(recorded, on=key, how="left")
    return found.sort_values(["customer_id", "event_at"], ignore_index=True)


def _typed_as(rows: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The rows with the events' types of id and time, which those of an empty frame lack."""
    return rows.astype({name: events[name].dtype for name in ("customer_id", "event_at")})
