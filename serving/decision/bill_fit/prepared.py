"""The night's work for the counter: of each customer the facts, the latest bills and their use.

Read part after part of the customers, so that memory does not grow with them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ibis.expr.types import Table

from features import lake, windows
from features.engine.store import connect
from features.feeds import CLOCKS, FEEDS
from features.histories import complaints, contracts, people
from features.histories.bills import billing
from features.settings import FeatureSettings, home_settings
from serving.decision.bill_fit.rating import Plan, Use
from serving.decision.bill_fit.store import Month, Record, write_counter
from serving.decision.decision_settings import decision_settings

PART = 100_000  # customers read at once

Rows = list[dict[str, Any]]


def prepare_counter(home: Path, as_of: datetime) -> int:
    """Write the counter's file as known at `as_of`; returns how many customers it holds.

    Raises LakeError, and OSError where the file cannot be written.
    """
    read = _reading(home, as_of)
    return write_counter(home, as_of, read.plans(), read.records())


def counter_then(
    home: Path, customer_id: str, as_of: datetime, manifest: lake.Manifest
) -> tuple[Record | None, tuple[Plan, ...]]:
    """What the counter's file had of one customer, and the plans on sale, by an earlier lake.

    Null where the customer was not in the network. Raises LakeError.
    """
    read = _reading(home, as_of, manifest)
    own = {
        name: facts.filter(facts.customer_id == customer_id)
        if "customer_id" in facts.columns
        else facts
        for name, facts in read.feeds.items()
    }
    return next(replace(read, feeds=own).records(), None), tuple(read.plans())


def _reading(home: Path, as_of: datetime, manifest: lake.Manifest | None = None) -> _Reading:
    connection = connect(home)
    feeds = lake.open_feeds(connection, home, manifest)
    months = decision_settings(home).bill_fit.months
    promise_hours = home_settings(home, "features", FeatureSettings).complaints.promise_hours
    return _Reading(connection, feeds, as_of, months, promise_hours)


@dataclass(frozen=True)
class _Reading:
    """The lake as known at `as_of`."""

    connection: Any
    feeds: Mapping[str, Table]
    as_of: datetime
    months: int
    promise_hours: int

    def plans(self) -> list[Plan]:
        """The plans on sale: of each the latest version; none where they are not delivered."""
        if "plans" not in self.feeds:
            return []
        seen = self._known("plans").order_by("plan", "event_time")
        latest = {row["plan"]: row for row in self._rows(seen)}
        names = [name for name in Plan.__dataclass_fields__ if name in seen.columns]
        return [
            Plan(**{"brand": None} | {name: row[name] for name in names if row[name] is not None})
            for row in latest.values()
        ]

    def records(self) -> Iterator[Record]:
        count = self.connection.execute(self.feeds["customers"].customer_id.nunique())
        parts = -(-count // PART) or 1
        for part in range(parts):
            yield from self._part(part, parts)

    def _part(self, part: int, parts: int) -> Iterator[Record]:
        def own(feed: str) -> Table:
            facts = self.feeds[feed]
            return facts.filter(facts.customer_id.hash() % parts == part) if parts > 1 else facts

        moments = [self.as_of]
        standing = contracts.standing(own("contracts"), moments)
        standing = standing.filter(standing.standing != "left").drop("as_of")
        profile = people.profile(own("customers"), moments).drop("as_of")
        rows = self._rows(standing.inner_join(profile, "customer_id"))
        timelines = self._timelines(own("contracts"))
        bills = self._bills(own("bills")) if "bills" in self.feeds else {}
        used = self._used(own("usage")) if bills else {}
        open_ones = self._complaints(own("complaints")) if "complaints" in self.feeds else {}
        for row in sorted(rows, key=lambda one: str(one["customer_id"])):
            name = row["customer_id"]
            billed = _months(bills.get(name, []), timelines.get(name), used, name)
            yield _record(row, self.as_of, billed, open_ones.get(name, (0, 0)))

    def _known(self, feed: str, facts: Table | None = None) -> Table:
        own = self.feeds[feed] if facts is None else facts
        return windows.known(windows.versions(own, FEEDS[feed].key), [self.as_of])

    def _timelines(self, facts: Table) -> dict[str, tuple[list[datetime], list[str]]]:
        """By customer the moments from which a plan was in force, and the plans."""
        seen = self._known("contracts", facts)
        if "plan" not in seen.columns:
            return {}
        seen = seen.filter(seen.plan.notnull()).select("customer_id", "event_time", "plan")
        found: dict[str, tuple[list[datetime], list[str]]] = defaultdict(lambda: ([], []))
        for row in self._rows(seen.order_by("customer_id", "event_time")):
            moments, plans = found[row["customer_id"]]
            moments.append(row["event_time"])
            plans.append(row["plan"])
        return found

    def _bills(self, facts: Table) -> dict[str, Rows]:
        """By customer the bills of the latest periods, the latest first."""
        seen = billing.bills(facts.filter(facts.period >= self._first_day()), [self.as_of])
        seen = seen.select("customer_id", "period", "revenue_fen")
        found: dict[str, Rows] = defaultdict(list)
        for row in self._rows(seen.order_by("customer_id", seen.period.desc())):
            if len(found[row["customer_id"]]) < self.months:
                found[row["customer_id"]].append(row)
        return found

    def _used(self, facts: Table) -> dict[tuple[str, date], Use]:
        """By customer and month what was used, of days as they are known."""
        facts = facts.filter(facts.day >= self._first_day())
        facts = facts.select("customer_id", "day", "data_kb", "voice_out_s", "sms", *CLOCKS)
        seen = self._known("usage", facts)
        seen = seen.mutate(month=seen.day.truncate("M"))
        sums = seen.group_by("customer_id", "month").agg(
            data_kb=seen.data_kb.sum().cast("int64"),
            voice_s=seen.voice_out_s.sum().cast("int64"),
            sms=seen.sms.sum().cast("int64"),
        )
        return {
            (row["customer_id"], _day(row["month"])): Use(
                row["data_kb"], row["voice_s"], row["sms"]
            )
            for row in self._rows(sums)
        }

    def _complaints(self, facts: Table) -> dict[str, tuple[int, int]]:
        """By customer how many complaints are open, and how many beyond the promise."""
        seen = complaints.complaints(facts, [self.as_of], self.promise_hours)
        sums = seen.group_by("customer_id").agg(
            open=seen.unresolved.sum().cast("int64"), overdue=seen.overdue.sum().cast("int64")
        )
        sums = sums.filter(sums["open"] > 0)
        return {row["customer_id"]: (row["open"], row["overdue"]) for row in self._rows(sums)}

    def _first_day(self) -> date:
        """The first day of the earliest month that may be re-rated: one is not billed yet."""
        number = self.as_of.year * 12 + self.as_of.month - 1 - (self.months + 1)
        return date(number // 12, number % 12 + 1, 1)

    def _rows(self, table: Table) -> Rows:
        found: Rows = self.connection.to_pyarrow(table).to_pylist()
        return found


def _months(
    bills: Rows,
    timeline: tuple[list[datetime], list[str]] | None,
    used: Mapping[tuple[str, date], Use],
    customer_id: str,
) -> tuple[Month, ...]:
    """The billed months, each with the plan in force at its end; without use nothing was used."""
    found = []
    for bill in bills:
        period = _day(bill["period"])
        plan = None
        if timeline is not None:
            end = datetime(period.year + period.month // 12, period.month % 12 + 1, 1)
            place = bisect_left(timeline[0], end)
            plan = timeline[1][place - 1] if place else None
        use = used.get((customer_id, period), Use(0, 0))
        found.append(Month(f"{period:%F}", plan, bill["revenue_fen"], use))
    return tuple(found)


def _record(
    row: Mapping[str, Any], as_of: datetime, months: tuple[Month, ...], complaints: tuple[int, int]
) -> Record:
    names = (
        "city", "store_id", "manager_id", "payment_mode", "brand", "plan",
        "days_to_contract_end", "tenure_days",
    )  # fmt: skip
    return Record(
        customer_id=row["customer_id"],
        as_of=as_of,
        consent=bool(row["consent"]),
        open_complaints=complaints[0],
        overdue_complaints=complaints[1],
        months=months,
        **{name: row.get(name) for name in names},
    )


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value
