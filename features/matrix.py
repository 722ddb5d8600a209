"""The one builder: a row of features for each customer in the network at `as_of`.

The training panel (many dates), the nightly base (one date) and the counter (one customer)
call the same function; that they agree is a law under test.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce

from ibis.expr.types import Table, Value

from features import billing, complaints, contracts, people, windows
from features.families import ALWAYS, Feature
from features.feeds import FEEDS
from features.histories import Histories

ACTIVE_DAYS = 28  # a prepaid customer is eligible if he was active in the 28 days before

KEY = ("customer_id", "as_of")
ABOUT = ("customer_id", "as_of", "standing", "eligible", "consent")


def matrix(
    histories: Histories, as_of: Sequence[datetime], customers: Sequence[str] | None = None
) -> Table:
    """One row a moment and customer in the network at it (not left), in no order.

    Columns: `ABOUT`, then `histories.features` in order: numbers as float64 with nulls, and
    categories as text. `eligible` says whether the churn label speaks of the customer: active,
    and where prepaid, used in the last `ACTIVE_DAYS` days. `customers` restricts the rows.
    """
    tables = histories.tables
    if customers is not None:
        tables = {name: _of(name, table, list(customers)) for name, table in tables.items()}
    weeks = max(
        (feature.weeks_read for feature in histories.features if feature.stream == "weeks"),
        default=1,
    )
    streams = _streams(tables, as_of, weeks, histories.lag_days)
    base = streams.pop("standing").inner_join(streams.pop("profile"), KEY)
    base = base.filter(base.standing != "left")
    days = streams["days"]
    parts = [days.group_by(KEY).agg(recently_active=days.active.max())]
    by_stream: dict[str, list[Feature]] = {}
    for feature in histories.features:
        by_stream.setdefault(feature.stream, []).append(feature)
    parts += [
        _aggregate(rows, by_stream[name]) for name, rows in streams.items() if name in by_stream
    ]
    joined = reduce(_beside, parts, base)
    in_use = (joined.payment_mode != "prepaid") | (joined.recently_active.fill_null(0) == 1)
    return joined.select(
        *KEY,
        "standing",
        "consent",
        eligible=(joined.standing == "active") & in_use,
        **{
            feature.name: _finished(joined, feature, histories.lag_days)
            for feature in histories.features
        },
    ).relocate(*ABOUT)


def _of(name: str, table: Table, customers: list[str]) -> Table:
    """What is known of these customers, with every version of each of their facts.

    Where the key does not hold the customer, a correction may have moved the fact to another
    one; it supersedes the first version all the same.
    """
    own = table.filter(table.customer_id.isin(customers))
    key = FEEDS[name].key if name in FEEDS else KEY
    if "customer_id" in key:
        return own
    return table.semi_join(own.select(*key).distinct(), key)


def _streams(
    tables: dict[str, Table], as_of: Sequence[datetime], weeks: int, lag_days: int
) -> dict[str, Table]:
    days = tables["days"]
    since = min(as_of) - timedelta(days=ACTIVE_DAYS)
    days = days.filter(days.event_time >= since, days.day < max(as_of).date())
    recent = windows.known(days, as_of)
    recent = recent.filter(recent.age <= ACTIVE_DAYS // 7, recent.day < recent.as_of.date())
    streams = {
        "standing": contracts.standing(tables["contracts"], as_of),
        "profile": people.profile(tables["customers"], as_of),
        "days": recent.mutate(days_active=(recent.active == 1).ifelse(recent.days, None)),
        "weeks": windows.known_weeks(
            tables["cells"], tables["late"], as_of, weeks, lag_days
        ).rename(lambda name: name.removesuffix("_sum")),
    }
    for name, stream in (
        ("bills", billing.bills),
        ("payments", billing.payments),
        ("complaints", complaints.complaints),
    ):
        if name in tables:
            streams[name] = stream(tables[name], as_of)
    return streams


def _aggregate(rows: Table, features: Sequence[Feature]) -> Table:
    """The stream's features, one row a moment and customer that has rows."""
    return rows.group_by(KEY).agg(
        {
            _raw(feature): feature.aggregate.expression(rows, feature.column, feature.weeks)
            for feature in features
            if feature.aggregate is not None
        }
    )


def _beside(left: Table, right: Table) -> Table:
    """All of `left`, with what `right` knows of each row's moment and customer."""
    return left.left_join(right, KEY).drop(f"{name}_right" for name in KEY)


def _raw(feature: Feature) -> str:
    return f"raw_{feature.name}"


def _finished(joined: Table, feature: Feature, lag_days: int) -> Value:
    """The feature in the unit people read, null where the customer is too new for it."""
    if feature.aggregate is None:
        value = joined[feature.column]
        return value if feature.is_category else value.cast("float64")
    value = joined[_raw(feature)].cast("float64")
    if feature.aggregate.scaled and feature.scale != 1:
        value = value / float(feature.scale)
    if feature.aggregate.empty is not None:
        value = value.fill_null(float(feature.aggregate.empty))
    if feature.aggregate.weeks_needed and feature.weeks != ALWAYS:
        # The latest closed week may have ended this many days before the moment.
        stale_days = lag_days + 6
        needed_days = 7 * feature.weeks_read + stale_days
        value = (joined.tenure_days >= needed_days).ifelse(value, None)
    return value
