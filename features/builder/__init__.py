"""The one builder: a row of features for each customer in the network at `as_of`.

The training panel (many dates), the nightly base (one date) and the counter (one customer)
call the same function; that they agree is a law under test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ibis.expr.types import StringValue, Table, Value

from features import windows
from features.catalogue.aggregates import ALWAYS
from features.catalogue.families import Feature
from features.engine.store import Histories
from features.engine.streams import StreamRequest
from features.feeds import FEEDS

KEY = ("customer_id", "as_of")
FACTS_OF = {"topics": "complaints"}  # histories whose rows are facts of a feed
Chosen = Callable[[StringValue], Value]  # whether a customer, by id, is requested
ABOUT = ("customer_id", "as_of", "standing", "eligible", "consent")


def matrix(
    histories: Histories,
    as_of: Sequence[datetime],
    customers: Sequence[str] | Chosen | None = None,
) -> Table:
    """One row a moment and customer in the network at it (not left), in no order.

    Columns: `ABOUT`, then `histories.features` in order: numbers as float64 with nulls, and
    categories as text. `eligible` says whether the churn label speaks of the customer: active,
    and where prepaid, used in the last `streams.ACTIVE_DAYS` days. `customers` restricts the
    rows.
    """
    request = _request(histories, as_of, customers, histories.features)
    days = request.stream("days")
    joined = _joined(request, histories.features, recently_active=days.active.max())
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


def eligible(histories: Histories, as_of: Sequence[datetime]) -> Table:
    """The rows of `matrix` of the customers whom the churn label speaks of."""
    table = matrix(histories, as_of)
    return table.filter(table.eligible)


def some_features(
    histories: Histories,
    as_of: Sequence[datetime],
    customers: Sequence[str] | Chosen | None,
    features: Sequence[Feature],
) -> Table:
    """As `matrix`, of these features alone: `KEY`, then the features. It reads no days of use."""
    if any(feature.stream == "days" for feature in features):
        raise TypeError("features of days of use come with the whole matrix")
    joined = _joined(_request(histories, as_of, customers, features), features)
    columns = {feature.name: _finished(joined, feature, histories.lag_days) for feature in features}
    return joined.select(*KEY, **columns)


def without_days(histories: Histories, as_of: Sequence[datetime]) -> Table:
    """As `some_features`, of all customers and all of `histories.features`."""
    return some_features(histories, as_of, None, histories.features)


def _request(
    histories: Histories,
    as_of: Sequence[datetime],
    customers: Sequence[str] | Chosen | None,
    features: Sequence[Feature],
) -> StreamRequest:
    own = histories.tables
    if customers is not None:
        chosen = customers if callable(customers) else _among(list(customers))
        own = {name: _of(name, table, chosen) for name, table in own.items()}
    weeks = max((own.weeks_read for own in features if own.stream == "weeks"), default=1)
    return StreamRequest(own, histories.tables, as_of, weeks, histories.settings)


def _joined(request: StreamRequest, features: Sequence[Feature], **of_days: Value) -> Table:
    """The features' inputs, one row a moment and customer; and `of_days`, from days of use."""
    by_stream: dict[str, list[Feature]] = {}
    for feature in features:
        by_stream.setdefault(feature.stream, []).append(feature)
    base = _base(request, by_stream.pop("standing", []), by_stream.pop("profile", []))
    parts = []
    if of_days:
        parts.append(_part(request.stream("days"), by_stream.pop("days", []), **of_days))
    parts += [_part(request.stream(name), own) for name, own in by_stream.items()]
    joined = base
    for place, part in enumerate(parts):
        # One chain of joins: a projection between any two would cost more than the joins.
        joined = joined.left_join(part, KEY, rname=f"{{name}}_of_part_{place}")
    return joined


def _among(customers: list[str]) -> Chosen:
    return lambda customer_id: customer_id.isin(customers)


def _of(name: str, table: Table, chosen: Chosen) -> Table:
    """What is known of these customers, with every version of each of their facts.

    Where the key does not hold the customer, a correction may have moved the fact to another
    one; it supersedes the first version all the same. Stored versions have
    their lifetimes already. A catalogue (plans) is about no customer.
    """
    if "customer_id" not in table.columns:
        return table
    own = table.filter(chosen(table.customer_id))
    feed = FACTS_OF.get(name, name)
    key = FEEDS[feed].key if feed in FEEDS else KEY
    if "customer_id" in key or windows.is_versioned(table):
        return own
    return table.semi_join(own.select(*key).distinct(), key)


def _base(request: StreamRequest, standing: Sequence[Feature], profile: Sequence[Feature]) -> Table:
    """One row a moment and customer in the network at it, with the inputs of these features."""
    left, right = request.stream("standing"), request.stream("profile")
    left = left.filter(left.standing != "left").select(
        *KEY, "standing", days_in_network="tenure_days", **_as_they_stand(left, standing)
    )
    about = right.select(*KEY, "payment_mode", "consent", **_as_they_stand(right, profile))
    return left.inner_join(about, KEY)


def _part(rows: Table, features: Sequence[Feature], **more: Value) -> Table:
    """The stream's features, one row a moment and customer that has rows; and `more` aggregates.

    Aggregates are taken over the rows; a value without one stands in the customer's only row.
    """
    aggregated = {
        _raw(feature): feature.aggregate.expression(rows, feature.column, feature.weeks)
        for feature in features
        if feature.aggregate is not None
    }
    if not aggregated and not more:
        return rows.select(*KEY, **_as_they_stand(rows, features))
    if len(aggregated) < len(features):
        raise TypeError(f"stream {features[0].stream}: all or none of its features aggregate")
    return rows.group_by(KEY).agg(aggregated | more)


def _as_they_stand(rows: Table, features: Sequence[Feature]) -> dict[str, Value]:
    return {_raw(feature): rows[feature.column] for feature in features}


def _raw(feature: Feature) -> str:
    return f"raw_{feature.name}"


def _finished(joined: Table, feature: Feature, lag_days: int) -> Value:
    """The feature in the unit people read, null where the customer is too new for it."""
    value = joined[_raw(feature)]
    if feature.is_category:
        return value
    value = value.cast("float64")
    if feature.scale != 1 and (feature.aggregate is None or feature.aggregate.scaled):
        value = value / float(feature.scale)
    if feature.aggregate is None:
        return value
    if feature.aggregate.empty is not None:
        value = value.fill_null(float(feature.aggregate.empty))
    if feature.aggregate.weeks_needed and feature.weeks != ALWAYS:
        needed_days = windows.tenure_needed_days(feature.weeks_read, lag_days)
        value = (joined.days_in_network >= needed_days).ifelse(value, None)
    return value
