"""Cities: network trouble and rivals' promotions that all customers in a city feel.

`city_weeks` holds one row a city and week: what all its customers met with, as it was known
when the week closed, and never revised, as a published figure would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS

MEASURES = ("dropped_calls", "rival_hotline_calls")
WEEKS = (1, 4)


def city_weeks(cells: Table, customers: Table, lag_days: int) -> Table:
    """One row a city and week with use: city, week, `customers` who used, and sums of MEASURES.

    `cells` are the usage's on-time cells; `customers` the profiles, of which the latest known
    when the week closed counts.
    """
    profiles = windows.versions(customers, FEEDS["customers"].key)
    profiles = profiles.select("customer_id", "city", "event_time", "known_at", "superseded_at")
    names = [name for name in MEASURES if f"{name}_sum" in cells.columns]
    pairs = cells.select("customer_id", "week", *(f"{name}_sum" for name in names))
    pairs = pairs.inner_join(profiles, "customer_id")
    closes = windows.closes(pairs.week, lag_days)
    pairs = pairs.filter(pairs.event_time < closes, *windows.alive(pairs, closes))
    rows = pairs.group_by("customer_id", "week").agg(
        city=pairs.city.argmax(pairs.event_time),
        **{name: pairs[f"{name}_sum"].max() for name in names},
    )
    return rows.group_by("city", "week").agg(
        customers=rows.count().cast("int64"),
        **{name: rows[name].sum().cast("int64") for name in names},
    )


def cities(weekly: Table, profiles: Table, as_of: Sequence[datetime], lag_days: int) -> Table:
    """One row a moment and customer in whose city there was use.

    `weekly` as `city_weeks` makes it; `profiles` are those of the requested customers.
    Columns: customer_id, as_of, and of each of MEASURES that is delivered `<measure>_1w` and
    `<measure>_4w`: a customer and week, over so many latest closed weeks.
    """
    seen = windows.closed_weeks(weekly, as_of, max(WEEKS), lag_days)
    names = [name for name in MEASURES if name in seen.columns]
    columns = {}
    for weeks in WEEKS:
        inside = seen.age <= weeks
        users = seen.customers.sum(where=inside).cast("float64").nullif(0.0)
        for name in names:
            columns[f"{name}_{weeks}w"] = seen[name].sum(where=inside).cast("float64") / users
    found = seen.group_by("city", "as_of").agg(columns)
    own = profiles.select("customer_id", "as_of", "city").inner_join(found, ["city", "as_of"])
    return own.drop("city")
