"""People: the customer's profile as it was known, every change dated and kept, and the group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS

GROUP_WEEKS = 12  # within so many weeks another of the group counts as having left
KEY = ("customer_id", "as_of")


def profile(customers: Table, as_of: Sequence[datetime]) -> Table:
    """One row a customer and moment: the latest profile known at it.

    Columns: as in the feed, `as_of`, `has_consent` (1 or 0), `profile_changes` and
    `days_since_profile_change` (null where there was none), and where the feed has their inputs
    `age_years` (null where no birth year is known) and `has_manager` (1 or 0).
    """
    seen = windows.known(windows.versions(customers, FEEDS["customers"].key), as_of)
    own = ibis.window(group_by=list(KEY))
    latest = ibis.row_number().over(group_by=list(KEY), order_by=ibis.desc("at"))
    seen = seen.mutate(latest=latest, profile_changes=seen.count().over(own) - 1)
    seen = seen.filter(seen.latest == 0)
    changed = seen.profile_changes > 0
    made = {
        "has_consent": seen.consent.cast("int64"),
        "days_since_profile_change": changed.ifelse(seen.days, None),
    }
    if "birth_year" in seen.columns:
        made["age_years"] = (seen.as_of.year() - seen.birth_year).cast("int64")
    if "manager_id" in seen.columns:
        made["has_manager"] = seen.manager_id.notnull().cast("int64")
    seen = seen.mutate(made)
    clocks = ("latest", "event_time", "known_at", "superseded_at", "age", "days", "at")
    return windows.without(seen, *clocks)


def in_groups(customers: Table, own: Table | None = None) -> Table:
    """The facts of customers who were ever in a group: few, and no others have other members.

    With `own`, the facts of some customers, only of those who were ever in one of their groups.
    """
    grouped = customers.filter(customers.group_id.notnull())
    if own is not None:
        grouped = grouped.semi_join(own.filter(own.group_id.notnull()), "group_id")
    return customers.semi_join(grouped.select("customer_id").distinct(), "customer_id")


def groups(own: Table, everyone: Table, departures: Table) -> Table:
    """One row a moment and customer in a group: what is known of the group's other members.

    `own` and `everyone` are profiles, of the requested customers and of all in their groups, of
    whom `departures` is too (see `features.histories.departures`). Columns: customer_id, as_of,
    `group_size` (members in the network who did not request to cancel, the customer's own among
    them), `group_left` (others who left in the last GROUP_WEEKS weeks) and `group_left_percent`
    of the others there or just gone, null without others.
    """
    profiles = everyone.filter(everyone.group_id.notnull())
    profiles = profiles.select(*KEY, "group_id")
    members = profiles.inner_join(departures, KEY)
    there = (members.in_network == 1) & members.left_age.isnull()
    gone = (members.left_age <= GROUP_WEEKS).fill_null(False)
    members = members.mutate(there=there.cast("int64"), gone=gone.cast("int64"))
    whole = members.group_by("group_id", "as_of").agg(
        group_size=members.there.sum().cast("int64"), all_gone=members.gone.sum().cast("int64")
    )
    chosen = own.filter(own.group_id.notnull()).select(*KEY)
    rows = members.semi_join(chosen, KEY).inner_join(whole, ["group_id", "as_of"])
    left = rows.all_gone - rows.gone
    others = rows.group_size - rows.there + left
    return rows.select(
        *KEY,
        "group_size",
        group_left=left,
        group_left_percent=100.0 * left.cast("float64") / others.nullif(0).cast("float64"),
    )
