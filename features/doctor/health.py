"""The lake's health: each feed measured, and what the feeds together give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from ibis.expr.types import Table

from features import lake
from features.doctor import gaps
from features.doctor.absences import Supply, supply
from features.doctor.damage import readable
from features.doctor.dates import Default, Untrue, defaults, untrue
from features.doctor.deliveries import Delivered, deliveries
from features.doctor.orphans import Orphans, never_started, orphans
from features.doctor.tallies import Clocks, by_day, clocks, corrections, tally
from features.engine.moments import midnight_after
from features.engine.store import connect
from features.errors import LakeError
from features.feeds import FEEDS
from features.histories import departures
from features.home import Home
from features.imports.records import ImportRecord, read_records
from features.progress import Progress, silent
from features.settings import FeatureSettings, home_settings
from features.topics.files import topics_id

DAILY = ("usage", "calls")  # delivered every day
MONTHLY = ("bills", "payments", "complaints", "surveys")  # contacts come with campaigns
LEAVING = (*departures.REQUESTED, *departures.ENDED)


@dataclass(frozen=True)
class FeedHealth:
    """One feed as measured.

    `corrections`: rows that speak of a fact which another row speaks of too. `clocks` is null
    where the feed has no rows. `missing_days`, `thin_days` of feeds delivered daily,
    `missing_months` of `MONTHLY` ones; of contracts, the months of use without any departure.
    `last_days_missing`: of the seven days of usage that should be known by now. `untrue` and
    `defaults`: dates that cannot be true, or stand for a date that is not known.
    """

    feed: str
    rows: int
    corrections: int
    clock: lake.Clock
    delay_days: float | None
    clocks: Clocks | None
    delivered: Delivered
    orphans: Orphans | None
    missing_days: tuple[date, ...] = ()
    thin_days: tuple[date, ...] = ()
    last_days_missing: tuple[date, ...] = ()
    missing_months: tuple[gaps.Month, ...] = ()
    untrue: tuple[Untrue, ...] = ()
    defaults: tuple[Default, ...] = ()


@dataclass(frozen=True)
class Health:
    """The whole lake at `as_of`, the midnight after the last fact became known.

    `departures`: how many times contracts has that a customer requested to cancel, cancelled or
    was ported out; `never_started`: of whose contract the start is missing. Both null where
    contracts are not delivered. `last_import` is null where none was recorded.
    """

    as_of: datetime
    settings: FeatureSettings
    feeds: dict[str, FeedHealth]
    supply: Supply
    departures: int | None
    never_started: Orphans | None
    last_import: ImportRecord | None


@dataclass(frozen=True)
class _Lake:
    """What the measuring reads: the feeds, their counts (see `tallies`), what imports brought."""

    connection: Any
    manifest: lake.Manifest
    feeds: dict[str, Table]
    counts: dict[str, pd.DataFrame]
    brought: dict[str, Delivered]
    settings: FeatureSettings
    as_of: datetime


def examine(home: Path, progress: Progress = silent) -> Health:
    """Measure the home's lake.

    Raises LakeError where nothing was imported yet, or where the lake is damaged.
    """
    with readable(Home(home).feeds):
        return _examine(home, progress)


def _examine(home: Path, progress: Progress) -> Health:
    records = read_records(home)
    opened = _open(home, records, progress)
    found: dict[str, FeedHealth] = {}
    for done, name in enumerate(opened.feeds):
        progress(f"comparing {name}", done, len(opened.feeds))
        found[name] = _feed(opened, name)
    left, unstarted = None, None
    if "contracts" in opened.feeds:
        leaving = _leaving_by_day(opened)
        left = sum(leaving.values())
        use = by_day(opened.counts["usage"]) if "usage" in opened.counts else {}
        since = min(use, default=None)
        missing = tuple(gaps.missing_months(leaving, opened.as_of.date(), since))
        found["contracts"] = replace(found["contracts"], missing_months=missing)
        unstarted = never_started(opened.connection, opened.feeds["contracts"])
    progress("comparing", len(found), len(found))
    settings, columns = opened.settings, lake.delivered(opened.manifest)
    return Health(
        as_of=opened.as_of,
        settings=settings,
        feeds=found,
        supply=supply(settings.currency, columns, has_topics=topics_id(home) is not None),
        departures=left,
        never_started=unstarted,
        last_import=records[-1] if records else None,
    )


def _open(home: Path, records: Sequence[ImportRecord], progress: Progress) -> _Lake:
    manifest = lake.read_manifest(home)
    if not any(part.rows for stored in manifest.values() for part in stored.parts):
        refused = any(not record.accepted for record in records)
        why = "; the imports so far were refused" if refused else ""
        raise LakeError(
            f"the lake in {home} holds no rows{why}. Import a mapping's feeds: "
            f"liuke import MAPPING.toml --from DIR --home {home}"
        )
    settings = home_settings(home, "features", FeatureSettings)
    connection = connect(home)
    feeds = lake.open_delivered(connection, home, manifest)
    feeds = {name: feeds[name] for name in FEEDS if name in feeds}
    counts: dict[str, pd.DataFrame] = {}
    for done, (name, rows) in enumerate(feeds.items()):
        progress(f"reading {name}", done, len(feeds))
        counts[name] = connection.execute(tally(rows, FEEDS[name], settings.usage_lag_days))
    progress("reading", len(feeds), len(feeds))
    known = max(frame["last_known"].max() for frame in counts.values() if len(frame))
    as_of = midnight_after(known)
    brought = deliveries(connection, home, records)
    return _Lake(connection, manifest, feeds, counts, brought, settings, as_of)


def _feed(opened: _Lake, name: str) -> FeedHealth:
    counts, stored = opened.counts[name], opened.manifest[name]
    days, count = by_day(counts), int(counts["rows"].sum())
    rows, corrected = opened.feeds[name], 0
    if days:
        corrected = corrections(opened.connection, rows, FEEDS[name], count)
    feed_health = FeedHealth(
        feed=name,
        rows=count,
        corrections=corrected,
        clock=stored.clock,
        delay_days=stored.delay_days,
        clocks=clocks(counts) if days else None,
        delivered=opened.brought.get(name, Delivered()),
        orphans=orphans(opened.connection, opened.feeds, name),
        untrue=untrue(opened.connection, rows, FEEDS[name], opened.as_of),
        defaults=defaults(opened.connection, rows, FEEDS[name]),
    )
    return replace(feed_health, **_gaps(feed_health, days, opened))


def _gaps(feed_health: FeedHealth, days: Mapping[date, int], opened: _Lake) -> dict[str, Any]:
    """The fields of `FeedHealth` that speak of days and months without rows."""
    if feed_health.clocks is None:
        return {}
    if feed_health.feed in MONTHLY:
        # What should have come since the last row, its clock says.
        return {"missing_months": tuple(gaps.missing_months(days, max(days)))}
    if feed_health.feed not in DAILY:
        return {}
    # By then all but a few rows of the last days are there.
    settled = opened.as_of - timedelta(days=feed_health.clocks.lateness_days.p95)
    due = opened.as_of.date() - timedelta(days=opened.settings.usage_lag_days)
    return {
        "missing_days": tuple(gaps.missing_days(days)),
        "thin_days": tuple(gaps.thin_days(days, settled.date())),
        "last_days_missing": tuple(gaps.last_days_missing(days, due)),
    }


def _leaving_by_day(opened: _Lake) -> dict[date, int]:
    """How many departures contracts has, by day."""
    contracts = opened.feeds["contracts"]
    key = [*FEEDS["contracts"].key]
    events = contracts.filter(contracts.event.isin(list(LEAVING))).select(*key).distinct()
    counts = events.group_by(day=events.event_time.date()).agg(rows=events.count())
    return by_day(opened.connection.execute(counts))
