"""The streams that features are computed from, by name: what the builder may request.

A stream has `customer_id`, `as_of` and what a feature's `column` names. Most have many rows a
customer and moment, with `age` in weeks, for the aggregates; some have one row and are taken
as they stand. A history module makes it, and `features.windows` alone joins it on time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import topics, windows
from features.catalogue import aggregates
from features.histories import (
    cities,
    complaints,
    contacts,
    contracts,
    departures,
    neighbours,
    people,
    surveys,
    usage,
)
from features.histories.bills import accounts, billing, plans, tiers
from features.settings import FeatureSettings

ACTIVE_DAYS = 28  # a prepaid customer is eligible if active in the 28 days before
BILL_WEEKS = 31  # those of half a year, and the one before the first


def constants(settings: FeatureSettings) -> dict[str, int]:
    """What changes the streams' numbers beside the declarations, by name."""
    return {
        "active_days": ACTIVE_DAYS,
        "bill_weeks": BILL_WEEKS,
        "use_weeks": plans.USE_WEEKS,
        "account_weeks": accounts.RECENT_WEEKS,
        "contract_weeks": contracts.RECENT_WEEKS,
        "just_ended_days": contracts.JUST_ENDED_DAYS,
        "group_weeks": people.GROUP_WEEKS,
        "neighbour_weeks": neighbours.WEEKS,
        "least_neighbours": neighbours.MIN_NEIGHBOURS,
        "months_numerator": plans.MONTHS_NUMERATOR,
        "months_denominator": plans.MONTHS_DENOMINATOR,
        "kb_a_gb": plans.KB_A_GB,
        "tier_bills": tiers.BILLS,
        "max_squared": aggregates.MAX_SQUARED,
        "usage_lag_days": settings.usage_lag_days,
        "promise_hours": settings.complaints.promise_hours,
    }


# Which of the constants a stream reads itself, and which other streams it reads.
READS: dict[str, tuple[str, ...]] = {
    "standing": ("contract_weeks", "just_ended_days"),
    "days": ("active_days",),
    "weeks": ("usage_lag_days",),
    "bills": ("bill_weeks",),
    "value": ("bill_weeks", "tier_bills"),
    "accounts": ("account_weeks",),
    "plan_fit": (
        "use_weeks", "months_numerator", "months_denominator", "kb_a_gb", "usage_lag_days",
    ),
    "complaints": ("promise_hours",),
    "group": ("group_weeks",),
    "pairs": ("neighbour_weeks", "usage_lag_days"),
    "neighbours": ("least_neighbours",),
    "city": ("usage_lag_days",),
}  # fmt: skip
READS_STREAMS: dict[str, tuple[str, ...]] = {
    "bills": ("plan_fit",),
    "accounts": ("profile",),
    "plan_fit": ("standing", "profile"),
    "departures": ("members", "pairs"),
    "group": ("profile", "members", "departures"),
    "neighbours": ("pairs", "departures"),
    "city": ("profile",),
}
FOR_ALL = ("max_squared",)  # read by the aggregates


def constant_values(settings: FeatureSettings) -> list[object]:
    """The constants' values; part of the fingerprint."""
    return list(constants(settings).values())


def stream_constants(stream: str, settings: FeatureSettings) -> dict[str, int]:
    """The constants that can change the numbers of this stream's features, by name."""
    streams, waiting = set[str](), [stream]
    while waiting:
        name = waiting.pop()
        streams.add(name)
        waiting += [other for other in READS_STREAMS.get(name, ()) if other not in streams]
    names = {*FOR_ALL, *(constant for name in streams for constant in READS.get(name, ()))}
    return {name: value for name, value in constants(settings).items() if name in names}


@dataclass(frozen=True)
class StreamRequest:
    """What the builder requests from a stream.

    `own`: the feeds' facts and the histories' tables by name, of the requested customers;
    `everyone`: the same of all customers, for streams that look at others too (a group, a
    neighbour). `weeks`: how many closed weeks back any feature looks. `made`: the streams
    already made.
    """

    own: Mapping[str, Table]
    everyone: Mapping[str, Table]
    as_of: Sequence[datetime]
    weeks: int
    settings: FeatureSettings
    made: dict[str, Table] = field(default_factory=dict)

    @property
    def is_everyone(self) -> bool:
        return self.own is self.everyone

    @property
    def lag_days(self) -> int:
        return self.settings.usage_lag_days

    def stream(self, name: str) -> Table:
        """The stream of that name: one and the same table, however often it is requested."""
        if name not in self.made:
            self.made[name] = STREAMS[name](self)
        return self.made[name]


def _standing(request: StreamRequest) -> Table:
    return contracts.standing(request.own["contracts"], request.as_of)


def _profile(request: StreamRequest) -> Table:
    return people.profile(request.own["customers"], request.as_of)


def _days(request: StreamRequest) -> Table:
    """The days of use of the last `ACTIVE_DAYS`, aged in whole days as in weeks.

    `days_<measure>` is `days` where the measure is above zero, else null.
    """
    recent = windows.known_days(request.own["days"], request.as_of, ACTIVE_DAYS // 7)
    names = usage.measures(tuple(recent.columns))
    return recent.mutate(
        {f"days_{name}": (recent[name] > 0).ifelse(recent.days, None) for name in names}
    )


def _weeks(request: StreamRequest) -> Table:
    """The closed weekly cells; a measure's sum goes by the measure's name."""
    cells = windows.known_weeks(
        request.own["cells"], request.own["late"], request.as_of, request.weeks, request.lag_days
    )
    return cells.rename(lambda name: name.removesuffix("_sum"))


def _bills(request: StreamRequest) -> Table:
    """The bills of the last `BILL_WEEKS`, with `over_fee`.

    It is 1 where the bill is above the fee that the customer's plan has at the moment, be the
    bill older, else 0; null where that fee is not known.
    """
    found = billing.compared(billing.bills(request.own["bills"], request.as_of, BILL_WEEKS))
    if not _has_plans(request):
        return found
    fees = request.stream("plan_fit").select("customer_id", "as_of", "plan_fee_fen")
    found = found.left_join(fees, ["customer_id", "as_of"], rname="{name}_of_plan")
    return found.mutate(over_fee=(found.revenue_fen > found.plan_fee_fen).cast("int64"))


def _value(request: StreamRequest) -> Table:
    return tiers.recent_bills(request.own["bills"], request.as_of, BILL_WEEKS)


def _accounts(request: StreamRequest) -> Table:
    return accounts.accounts(request.own["settlements"], request.stream("profile"), request.as_of)


def _has_plans(request: StreamRequest) -> bool:
    return "plans" in request.own and "plan" in request.own["contracts"].columns


def _plan_fit(request: StreamRequest) -> Table:
    """The customer's plan against the others, by the use of the latest closed weeks."""
    weeks, lag_days, key = plans.USE_WEEKS, request.lag_days, ["customer_id", "as_of"]
    cells = request.own["cells"].select("customer_id", "week", "data_kb_sum", "voice_out_s_sum")
    late = request.own["late"].select(*cells.columns, "known_day")
    used = windows.known_weeks(cells, late, request.as_of, weeks, lag_days)
    used = used.group_by(key).agg(
        data_kb=used.data_kb_sum.sum().cast("int64"),
        voice_out_s=used.voice_out_s_sum.sum().cast("int64"),
    )
    own = request.stream("standing").select(*key, "tenure_days", "plan", "previous_plan")
    own = own.inner_join(request.stream("profile").select(*key, "payment_mode"), key)
    min_tenure_days = windows.tenure_needed_days(weeks, lag_days)
    return plans.plan_fit(
        own, used, plans.tariffs(request.own["plans"], request.as_of), min_tenure_days
    )


def _payments(request: StreamRequest) -> Table:
    return billing.payments(request.own["payments"], request.as_of)


def _complaints(request: StreamRequest) -> Table:
    promise_hours = request.settings.complaints.promise_hours
    return complaints.complaints(request.own["complaints"], request.as_of, promise_hours)


def _topics(request: StreamRequest) -> Table:
    return topics.topics(request.own["topics"], request.as_of)


def _surveys(request: StreamRequest) -> Table:
    return surveys.surveys(request.own["surveys"], request.as_of)


def _contacts(request: StreamRequest) -> Table:
    return contacts.contacts(request.own["contacts"], request.as_of)


def _departures(request: StreamRequest) -> Table:
    """Of everyone, or of those whom the requested customers have to do with.

    No feature is computed from it alone.
    """
    facts = request.everyone["contracts"]
    if not request.is_everyone:
        others = [request.stream("members").select("customer_id")] if _has_groups(request) else []
        if "edges" in request.own:
            others.append(request.stream("pairs").select(customer_id="other_id"))
        facts = facts.semi_join(ibis.union(*others, distinct=True), "customer_id")
    return departures.departures(facts, request.as_of)


def _has_groups(request: StreamRequest) -> bool:
    return "group_id" in request.own["customers"].columns


def _members(request: StreamRequest) -> Table:
    """The profiles of all who are or were in the groups; no feature is computed from it alone."""
    own = None if request.is_everyone else request.own["customers"]
    return people.profile(people.in_groups(request.everyone["customers"], own), request.as_of)


def _group(request: StreamRequest) -> Table:
    return people.groups(
        request.stream("profile"), request.stream("members"), request.stream("departures")
    )


def _pairs(request: StreamRequest) -> Table:
    """The pairs who call each other; no feature is computed from it alone."""
    own, late = request.own["edges"], request.own["late_edges"]
    return neighbours.pairs(own, late, request.as_of, request.lag_days)


def _neighbours(request: StreamRequest) -> Table:
    return neighbours.neighbours(request.stream("pairs"), request.stream("departures"))


def _city(request: StreamRequest) -> Table:
    weekly = request.everyone["city_weeks"]
    return cities.cities(weekly, request.stream("profile"), request.as_of, request.lag_days)


STREAMS: dict[str, Callable[[StreamRequest], Table]] = {
    "standing": _standing,
    "profile": _profile,
    "days": _days,
    "weeks": _weeks,
    "bills": _bills,
    "value": _value,
    "payments": _payments,
    "accounts": _accounts,
    "plan_fit": _plan_fit,
    "complaints": _complaints,
    "topics": _topics,
    "surveys": _surveys,
    "contacts": _contacts,
    "departures": _departures,
    "members": _members,
    "pairs": _pairs,
    "group": _group,
    "neighbours": _neighbours,
    "city": _city,
}
