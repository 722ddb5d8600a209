"""What of a lake's health is worth a word: one finding each, with its severity.

    fault     figures made of this lake would be wrong, or cannot be made
    warning   figures may be worse than they need be
    note      worth knowing; nothing is wrong
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
MAX_SET_ASIDE = 0.001  # of the rows that were delivered
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
        told = health.feeds[feed]
        own = [*_clocks(told, health), *_gaps(told, health), *_rows(told)]
        own += _contracts(told, health) if feed == "contracts" else []
        if all(one.severity == "note" for one in own):
            own.append(Finding("in_order", feed, "ok", {"health": told}))
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
        name: told.delay_days for name, told in health.feeds.items() if told.clock == "assumed"
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


def _clocks(told: FeedHealth, health: Health) -> Iterator[Finding]:
    if told.clocks is None:
        severity: Severity = "fault" if FEEDS[told.feed].required else "warning"
        yield Finding("no_rows", told.feed, severity)
        return
    clocks = told.clocks
    if told.feed in DAILY and told.clock == "recorded" and clocks.lateness_days.p99 == 0:
        yield Finding("clocks_copied", told.feed, "warning")
    if (clocks.after_close_share or 0) > MAX_AFTER_CLOSE:
        yield Finding("late", told.feed, "warning", {"clocks": clocks, "health": health})
    if _in_bulk(told, health):
        yield Finding("known_in_bulk", told.feed, "warning", {"clocks": clocks})


def _in_bulk(told: FeedHealth, health: Health) -> bool:
    """Whether most became known on one day, when use had long been known of."""
    usage = health.feeds.get("usage")
    clocks = told.clocks
    if usage is None or usage.clocks is None or clocks is None or told.rows < MIN_IN_BULK:
        return False
    since = usage.clocks.first_event.date() + timedelta(days=BULK_DAYS)
    return clocks.bulk_share > MAX_IN_BULK and clocks.bulk_day > since


def _gaps(told: FeedHealth, health: Health) -> Iterator[Finding]:
    earlier = tuple(day for day in told.missing_days if day not in told.last_days_missing)
    if told.last_days_missing:
        severity: Severity = "fault" if told.feed == "usage" else "warning"
        values = {"days": told.last_days_missing, "as_of": health.as_of}
        yield Finding("last_days_missing", told.feed, severity, values)
    if earlier:
        yield Finding("days_missing", told.feed, "warning", {"days": earlier})
    if told.thin_days:
        yield Finding("days_thin", told.feed, "warning", {"days": told.thin_days})
    if told.missing_months and told.feed != "contracts":
        yield Finding("months_missing", told.feed, "warning", {"months": told.missing_months})
    if told.feed in MONTHLY and told.clocks is not None:
        quiet = health.as_of - told.clocks.last_known
        if quiet > timedelta(days=STOPPED_DAYS):
            values = {"since": told.clocks.last_known, "as_of": health.as_of}
            yield Finding("stopped", told.feed, "warning", values)


def _rows(told: FeedHealth) -> Iterator[Finding]:
    if told.untrue:
        yield Finding("untrue_dates", told.feed, "fault", {"untrue": told.untrue})
    if told.defaults:
        yield Finding("default_dates", told.feed, "warning", {"defaults": told.defaults})
    aside = told.delivered.quarantined
    if aside:
        few = aside <= MAX_SET_ASIDE * (told.rows + aside)
        values = {"delivered": told.delivered, "rows": told.rows}
        yield Finding("quarantined", told.feed, "note" if few else "warning", values)
    if told.orphans is not None and told.orphans.orphans:
        yield Finding("orphans", told.feed, _of_customers(told.orphans), {"orphans": told.orphans})


def _contracts(told: FeedHealth, health: Health) -> Iterator[Finding]:
    if health.never_started is not None and health.never_started.orphans:
        values = {"orphans": health.never_started}
        yield Finding("never_started", "contracts", _of_customers(health.never_started), values)
    if health.departures == 0:
        yield Finding("no_departures", "contracts", "warning")
    if told.missing_months:
        months = {"months": told.missing_months}
        yield Finding("departures_missing", "contracts", "warning", months)


def _of_customers(found: Orphans) -> Severity:
    return "fault" if found.orphans > MAX_ORPHANS * found.customers else "warning"
