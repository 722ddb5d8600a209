"""Who left, how, and when that was known: the one label builder.

A row is a customer who was eligible at `as_of`. What happened first decides:

    departure in [as_of + lead, as_of + lead + horizon)   left        label 1
    departure before as_of + lead                         left_early  reported, not fitted
    a competing event before any departure                competing   excluded, counted
    none of these before the window's end                 stayed      label 0

Ways to leave: `cancelled` (from the pre-cancellation on, even if it is withdrawn later),
`ported`, `silent` (prepaid: `silent_days` without chargeable use; the departure is the last
day of use). Competing: transfer, death, change of brand, cut off for arrears while still
using, leaving and coming back within `rejoin_days`. Cut off for arrears after use had stopped
is `silent`. Silence that a contract event explains is that event.

Every label is frozen as it was known at its `label_known_at`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table

from features import windows
from features.engine.store import Histories
from features.engine.streams import ACTIVE_DAYS
from features.feeds import FEEDS, PAYMENT_MODES
from training.fit_settings import LabelSettings

LEAVING = ("pre_cancelled", "cancelled", "ported")
ENDING = (*LEAVING, "transferred", "suspended")


def label(
    histories: Histories,
    base: pd.DataFrame,
    as_of: datetime,
    rules: LabelSettings,
    known: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """The outcome of each row of `base` (customer_id, payment_mode), in its order.

    Columns: customer_id, as_of, `outcome` (left, left_early, competing, stayed), `kind` (the
    way to leave or the competing event, empty if stayed), `event_at` (its day, NaT if stayed),
    `label_known_at`. To label many dates, pass as `known` what
    `events_until_known` returns for all of them.
    """
    parts = []
    for mode, rows in base.groupby("payment_mode", sort=False, observed=True):
        wait = rules.maturity(histories.lag_days, str(mode))
        events = (
            known[str(mode)] if known is not None else contract_events(histories, [as_of], wait)
        )
        parts.append(_label_mode(histories, rows, str(mode), as_of, as_of + wait, events, rules))
    if not parts:
        events = contract_events(histories, [as_of], timedelta())
        return _label_mode(histories, base, "postpaid", as_of, as_of, events, rules)
    return pd.concat(parts).reindex(base.index)


def events_until_known(
    histories: Histories, dates: Sequence[datetime], rules: LabelSettings
) -> dict[str, pd.DataFrame]:
    """By payment mode the `contract_events` of these dates' labels, in two queries."""
    waits = {mode: rules.maturity(histories.lag_days, mode) for mode in PAYMENT_MODES}
    return {mode: contract_events(histories, dates, wait) for mode, wait in waits.items()}


def _label_mode(
    histories: Histories,
    rows: pd.DataFrame,
    mode: str,
    as_of: datetime,
    moment: datetime,
    known: pd.DataFrame,
    rules: LabelSettings,
) -> pd.DataFrame:
    """The outcomes of customers of one payment mode, as known at `moment`."""
    opens = as_of + timedelta(days=rules.lead_days)
    closes = opens + timedelta(days=rules.horizon_days)
    own = pd.Index(rows["customer_id"])
    contract = _of(own, known[known["as_of"] == as_of])
    use = active_days(histories, as_of, moment)
    events = judged(histories, contract, use, as_of, rules)
    if mode == "prepaid":
        span_days = ACTIVE_DAYS + (moment - as_of).days
        silent = _of(own, silences(histories, use, span_days, contract, rules))
        events = pd.concat([events, silent], ignore_index=True)
    events = in_order(events[events["event_at"] < closes])
    first = events.drop_duplicates("customer_id").set_index("customer_id")
    found = first.reindex(own)
    leaves = found["leaves"].to_numpy(dtype=object)
    event_at = found["event_at"].to_numpy(dtype="datetime64[us]")
    departed = leaves == True  # noqa: E712 (an object array with missing values)
    outcome = np.full(len(rows), "stayed", dtype=object)
    outcome[leaves == False] = "competing"  # noqa: E712
    outcome[departed & (event_at < np.datetime64(opens))] = "left_early"
    outcome[departed & (event_at >= np.datetime64(opens))] = "left"
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"].to_numpy(),
            "as_of": pd.Timestamp(as_of).as_unit("us"),
            "outcome": outcome,
            "kind": found["kind"].fillna("").to_numpy(dtype=object),
            "event_at": event_at,
            "label_known_at": pd.Timestamp(moment).as_unit("us"),
        },
        index=rows.index,
    )


def _of(customers: pd.Index, events: pd.DataFrame) -> pd.DataFrame:
    """The events of these customers."""
    return events[
        customers.get_indexer(pd.Index(events["customer_id"])) >= 0
    ]  # far sooner than `isin`


def in_order(events: pd.DataFrame) -> pd.DataFrame:
    """Events by customer and time.

    At one moment a competing event comes first, and a port-out before the end it brings.
    """
    return events.sort_values(
        ["customer_id", "event_at", "leaves", "kind"], ascending=[True, True, True, False]
    )


def contract_events(
    histories: Histories,
    dates: Sequence[datetime],
    wait: timedelta,
    chosen: Sequence[str] = (*ENDING, "started"),
) -> pd.DataFrame:
    """Of each date the contract events known `wait` later that it did not know or that came after.

    Columns: customer_id, as_of, event, event_at, reason, rival (null where the feed has
    none).
    """
    facts, key = histories.tables["contracts"], FEEDS["contracts"].key
    seen = windows.known_later(facts, key, dates, wait)
    seen = seen.filter(seen.happened_after | seen.learned_after)
    optional = {
        name: seen[name] if name in seen.columns else ibis.null("string")
        for name in ("reason", "rival")
    }
    found = seen.select("customer_id", "as_of", "event", event_at=seen.event_time, **optional)
    return _frame(histories, found.filter(found.event.isin(list(chosen))))


def active_days(histories: Histories, as_of: datetime, moment: datetime) -> Table:
    """The days with chargeable use from `ACTIVE_DAYS` before `as_of` on, as known at `moment`."""
    days = histories.tables["days"]
    since = (as_of - timedelta(days=ACTIVE_DAYS)).date()
    days = days.filter(days.day >= since, days.day < moment.date(), days.active == 1)
    seen = windows.known(days, [moment])
    return seen.select("customer_id", "day")


def judged(
    histories: Histories,
    contract: pd.DataFrame,
    use: Table,
    as_of: datetime,
    rules: LabelSettings,
) -> pd.DataFrame:
    """Contract events as departures and competing events: customer_id, event_at, kind, leaves."""
    events = contract[contract["event"].isin(ENDING)].copy()
    reason = events["reason"].fillna("")
    arrears = (events["event"] == "suspended") & (reason == rules.arrears_reason)
    events = events[(events["event"] != "suspended") | arrears]
    reason = reason.loc[events.index]
    competing = (events["event"] == "transferred") | reason.isin(rules.competing_reasons)
    kind = events["event"].replace({"pre_cancelled": "cancelled"})
    named = reason.where(reason.isin(rules.competing_reasons), "transfer")
    events["kind"] = kind.where(~competing, named)
    events["leaves"] = ~competing
    events = _stopped_before_cut_off(histories, events, use, as_of, rules)
    return _came_back(events, contract, rules)[["customer_id", "event_at", "kind", "leaves"]]


def _stopped_before_cut_off(
    histories: Histories, events: pd.DataFrame, use: Table, as_of: datetime, rules: LabelSettings
) -> pd.DataFrame:
    """Cut off for arrears, but use had ended `quiet_days` before: silent, on the last day.

    Who was not seen using in the `ACTIVE_DAYS` before `as_of` either had gone by their start.
    """
    cut = events[events["kind"] == rules.arrears_reason].sort_values("event_at")
    # After a cut-off the silence is the operator's, and so is the formal end; another cut-off
    # comes after use again.
    cut = cut[(cut["event"] == "suspended") | ~cut.duplicated("customer_id")]
    if cut.empty:
        return events
    days = _frame(histories, use.filter(use.customer_id.isin(cut["customer_id"].tolist())))
    last = cut[["customer_id", "event_at"]].reset_index().merge(days, on="customer_id")
    before = last[last["day"] < last["event_at"]].groupby("index")["day"].max()
    last_day = before.reindex(cut.index)
    last_day = last_day.fillna(pd.Timestamp(as_of) - pd.Timedelta(days=ACTIVE_DAYS))
    quiet = cut["event_at"] - last_day > pd.Timedelta(days=rules.quiet_days)
    silent = cut.index[quiet.to_numpy()]
    events = events.copy()
    events.loc[silent, "kind"] = "silent"
    events.loc[silent, "leaves"] = True
    events.loc[silent, "event_at"] = last_day.loc[silent]
    return events


def _came_back(events: pd.DataFrame, contract: pd.DataFrame, rules: LabelSettings) -> pd.DataFrame:
    """Departures followed by a new start within `rejoin_days` become competing events."""
    starts = contract.loc[contract["event"] == "started", ["customer_id", "event_at"]]
    pairs = events.reset_index()[["index", "customer_id", "event_at"]].merge(
        starts, on="customer_id", suffixes=("", "_back")
    )
    gap = pairs["event_at_back"] - pairs["event_at"]
    back = (gap >= pd.Timedelta(0)) & (gap <= pd.Timedelta(days=rules.rejoin_days))
    returned = events.index.isin(pairs.loc[back, "index"]) & events["leaves"].to_numpy(bool)
    events = events.copy()
    events.loc[returned, "kind"] = "rejoined"
    events.loc[returned, "leaves"] = False
    return events


def silences(
    histories: Histories,
    use: Table,
    span_days: int,
    contract: pd.DataFrame,
    rules: LabelSettings,
) -> pd.DataFrame:
    """Days of use that `silent_days` of silence follow and that no contract event explains."""
    # Who used more of the span's days than this cannot have been silent within it.
    used = use.group_by("customer_id").agg(used=use.count())
    use = use.semi_join(used.filter(used.used <= span_days - rules.silent_days), "customer_id")
    following = use.day.lead().over(group_by="customer_id", order_by="day")
    use = use.mutate(following=following)
    gap_days = use.following.delta(use.day, unit="day")
    quiet = _frame(
        histories,
        use.filter(use.following.isnull() | (gap_days > rules.silent_days)).drop("following"),
    )
    cut_off = (contract["event"] == "suspended") & (contract["reason"] == rules.arrears_reason)
    ending = contract["event"].isin([*LEAVING, "transferred"]) | cut_off
    ends = contract.loc[ending, ["customer_id", "event_at"]]
    pairs = quiet.reset_index()[["index", "customer_id", "day"]].merge(ends, on="customer_id")
    gap = pairs["event_at"] - pairs["day"]
    # The contract event may carry any time of its day, and use may go on until the evening.
    explained = (gap > -pd.Timedelta(days=1)) & (gap <= pd.Timedelta(days=rules.silent_days))
    quiet = quiet[~quiet.index.isin(pairs.loc[explained, "index"])]
    return pd.DataFrame(
        {
            "customer_id": quiet["customer_id"],
            "event_at": quiet["day"],
            "kind": "silent",
            "leaves": True,
        }
    )


def _frame(histories: Histories, table: Table) -> pd.DataFrame:
    frame: pd.DataFrame = histories.connection.execute(table)
    for column in ("as_of", "day", "event_at"):
        if column in frame:
            frame[column] = frame[column].astype("datetime64[us]")
    return frame
