"""What matters of a lake's health: one finding each, with its severity.

    fault     figures computed from this lake would be wrong, or cannot be made
    warning   figures may be worse than they need be
    note      good to know; nothing is wrong
    ok        looked at and found in order

`values` are what the words speak of (see `serving.doctor`, which has words for every kind).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from features.doctor.absences import Supply
from features.doctor.health import DAILY, MONTHLY, FeedHealth, Health
from features.doctor.orphans import Orphans
from features.feeds import FEEDS

Severity = Literal["fault", "warning", "note", "ok"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "note", "ok")

MAX_AFTER_CLOSE = 0.05  # of the rows of a feed read by weeks
MAX_IN_BULK = 0.5  # of a feed's rows, known on one day
MIN_IN_BULK = 20  # rows of a feed: a few offers may well begin together
BULK_DAYS = 56  # after the first use: before it a panel would have had dates
MAX_QUARANTINED_SHARE = 0.001  # of the rows that were delivered
MAX_ORPHANS = 0.05  # of the customers of a feed
STOPPED_DAYS = 45  # without news of a feed that comes every month


@dataclass(frozen=True)
class Finding:
    """One thing found: `kind` names the rule, `subject` the feed, or `model`, or `lake`."""

    kind: str
    subject: str
    severity: Severity
    values: dict[str, Any] = field(default_factory=dict)


def findings(health: Health) -> list[Finding]:
    """All findings about the lake and its features, the worst first, feeds in their order."""
    found = [*_import(health), *_supply(health.supply), *_assumed(health)]
    for feed in FEEDS:
        if feed not in health.feeds:
            continue
        feed_health = health.feeds[feed]
        own = [*_clocks(feed_health, health), *_gaps(feed_health, health), *_rows(feed_health)]
        own += _contracts(feed_health, health) if feed == "contracts" else []
        if all(one.severity == "note" for one in own):
            own.append(Finding("in_order", feed, "ok", {"health": feed_health}))
        found += own
    return by_severity(found)


def by_severity(found: list[Finding]) -> list[Finding]:
    """The worst first; of one severity those of a kind together, else as they were."""
    kinds = list(dict.fromkeys(one.kind for one in found))
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), kinds.index(one.kind)))


def _import(health: Health) -> Iterator[Finding]:
    last = health.last_import
    if last is not None and not last.accepted:
        yield Finding("import_refused", "lake", "fault", {"record": last})


def _assumed(health: Health) -> Iterator[Finding]:
    delays = {
        name: feed_health.delay_days
        for name, feed_health in health.feeds.items()
        if feed_health.clock == "assumed"
    }
    if delays:
        yield Finding("clocks_assumed", "lake", "note", {"delays": delays})


def _supply(found: Supply) -> Iterator[Finding]:
    for absence in found.absences:
        if absence.columns:
            yield Finding("columns_absent", absence.feed, "note", {"absence": absence})
        elif FEEDS[absence.feed].required:
            yield Finding("required_feed_absent", absence.feed, "fault", {"absence": absence})
        else:
            yield Finding("feed_absent", absence.feed, "note", {"absence": absence})
    if found.without_topics:
        values = {"features": found.without_topics}
        yield Finding("topics_absent", "complaints", "note", values)


def _clocks(feed_health: FeedHealth, health: Health) -> Iterator[Finding]:
    if feed_health.clocks is None:
        severity: Severity = "fault" if FEEDS[feed_health.feed].required else "warning"
        yield Finding("no_rows", feed_health.feed, severity)
        return
    clocks = feed_health.clocks
    if (
        feed_health.feed in DAILY
        and feed_health.clock == "recorded"
        and clocks.lateness_days.p99 == 0
    ):
        yield Finding("clocks_copied", feed_health.feed, "warning")
    if (clocks.after_close_share or 0) > MAX_AFTER_CLOSE:
        yield Finding("late", feed_health.feed, "warning", {"clocks": clocks, "health": health})
    if _in_bulk(feed_health, health):
        yield Finding("known_in_bulk", feed_health.feed, "warning", {"clocks": clocks})


def _in_bulk(feed_health: FeedHealth, health: Health) -> bool:
    """Whether most became known on one day, when use had long been known of."""
    usage = health.feeds.get("usage")
    clocks = feed_health.clocks
    if usage is None or usage.clocks is None or clocks is None or feed_health.rows < MIN_IN_BULK:
        return False
    since = usage.clocks.first_event.date() + timedelta(days=BULK_DAYS)
    return clocks.bulk_share > MAX_IN_BULK and clocks.bulk_day > since


def _gaps(feed_health: FeedHealth, health: Health) -> Iterator[Finding]:
    earlier = tuple(
        day for day in feed_health.missing_days if day not in feed_health.last_days_missing
    )
    if feed_health.last_days_missing:
        severity: Severity = "fault" if feed_health.feed == "usage" else "warning"
        values = {"days": feed_health.last_days_missing, "as_of": health.as_of}
        yield Finding("last_days_missing", feed_health.feed, severity, values)
    if earlier:
        yield Finding("days_missing", feed_health.feed, "warning", {"days": earlier})
    if feed_health.thin_days:
        yield Finding("days_thin", feed_health.feed, "warning", {"days": feed_health.thin_days})
    if feed_health.missing_months and feed_health.feed != "contracts":
        yield Finding(
            "months_missing", feed_health.feed, "warning", {"months": feed_health.missing_months}
        )
    if feed_health.feed in MONTHLY and feed_health.clocks is not None:
        quiet = health.as_of - feed_health.clocks.last_known
        if quiet > timedelta(days=STOPPED_DAYS):
            values = {"since": feed_health.clocks.last_known, "as_of": health.as_of}
            yield Finding("stopped", feed_health.feed, "warning", values)


def _rows(feed_health: FeedHealth) -> Iterator[Finding]:
    if feed_health.untrue:
        yield Finding("untrue_dates", feed_health.feed, "fault", {"untrue": feed_health.untrue})
    if feed_health.defaults:
        yield Finding(
            "default_dates", feed_health.feed, "warning", {"defaults": feed_health.defaults}
        )
    quarantined = feed_health.delivered.quarantined
    if quarantined:
        few = quarantined <= MAX_QUARANTINED_SHARE * (feed_health.rows + quarantined)
        values = {"delivered": feed_health.delivered, "rows": feed_health.rows}
        yield Finding("quarantined", feed_health.feed, "note" if few else "warning", values)
    if feed_health.orphans is not None and feed_health.orphans.orphans:
        yield Finding(
            "orphans",
            feed_health.feed,
            _of_customers(feed_health.orphans),
            {"orphans": feed_health.orphans},
        )


def _contracts(feed_health: FeedHealth, health: Health) -> Iterator[Finding]:
    if health.never_started is not None and health.never_started.orphans:
        values = {"orphans": health.never_started}
        yield Finding("never_started", "contracts", _of_customers(health.never_started), values)
    if health.departures == 0:
        yield Finding("no_departures", "contracts", "warning")
    if feed_health.missing_months:
        months = {"months": feed_health.missing_months}
        yield Finding("departures_missing", "contracts", "warning", months)


def _of_customers(found: Orphans) -> Severity:
    return "fault" if found.orphans > MAX_ORPHANS * found.customers else "warning"
