"""What matters of a lake's health, of a lake that is in order but for one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from features.doctor import FeedHealth, Finding, Health
from features.doctor.absences import supply
from features.doctor.deliveries import Delivered, QuarantineReason
from features.doctor.findings import SEVERITIES, findings
from features.doctor.orphans import Orphans
from features.doctor.tallies import Clocks, Lateness
from features.engine.store import TOPIC
from features.feeds import FEEDS
from features.imports.records import ImportRecord
from tests.facts import SETTINGS, day

ALL = frozenset(f"{feed.name}.{column.name}" for feed in FEEDS.values() for column in feed.columns)
CLOCKS = Clocks(
    first_event=day(-400),
    last_event=day(-1),
    first_known=day(-399),
    last_known=day(-0.5),
    lateness_days=Lateness(1.0, 1.0, 2.0),
    after_close_share=0.01,
    bulk_day=day(-50).date(),
    bulk_share=0.02,
)
NO_ORPHANS = Orphans(100, 0, ("customers", "contracts"), None)


def feed(name: str) -> FeedHealth:
    return FeedHealth(name, 1000, 3, "recorded", None, CLOCKS, Delivered(), NO_ORPHANS)


def whole() -> Health:
    """A lake in order."""
    return Health(
        as_of=day(0),
        settings=SETTINGS,
        feeds={name: feed(name) for name in FEEDS},
        supply=supply("CNY", ALL, has_topics=True),
        departures=20,
        never_started=NO_ORPHANS,
        last_import=ImportRecord("a", "2025-06-02T04:00:00", accepted=True, feeds=()),
    )


def found(name: str = "usage", **own: Any) -> list[tuple[str, str, str]]:
    """What is found where this feed is not as it should be; what is in order is excluded."""
    health = whole()
    health = replace(health, feeds=health.feeds | {name: replace(health.feeds[name], **own)})
    return listed(health)


def listed(health: Health) -> list[tuple[str, str, str]]:
    return [
        (one.severity, one.subject, one.kind) for one in findings(health) if one.severity != "ok"
    ]


def test_a_lake_in_order_says_so_of_every_feed() -> None:
    assert listed(whole()) == []
    assert [one.subject for one in findings(whole())] == list(FEEDS)


def test_the_worst_comes_first() -> None:
    health = replace(whole(), supply=supply("CNY", ALL - {"usage.sms"}, has_topics=True))
    thin = replace(health.feeds["calls"], thin_days=(day(-30).date(),))
    lost = replace(health.feeds["usage"], last_days_missing=(day(-3).date(),))
    health = replace(health, feeds=health.feeds | {"calls": thin, "usage": lost})
    severities = [one.severity for one in findings(health)]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert severities[:3] == ["fault", "warning", "note"]


DAYS = (date(2025, 3, 4),)
CASES = [
    ("usage", {"missing_days": DAYS}, ("warning", "usage", "days_missing")),
    ("usage", {"thin_days": DAYS}, ("warning", "usage", "days_thin")),
    ("usage", {"last_days_missing": DAYS}, ("fault", "usage", "last_days_missing")),
    ("calls", {"last_days_missing": DAYS}, ("warning", "calls", "last_days_missing")),
    ("bills", {"missing_months": ((2025, 3),)}, ("warning", "bills", "months_missing")),
    ("contracts", {"missing_months": ((2025, 3),)}, ("warning", "contracts", "departures_missing")),
    ("usage", {"clocks": None, "rows": 0}, ("fault", "usage", "no_rows")),
    ("bills", {"clocks": None, "rows": 0}, ("warning", "bills", "no_rows")),
    ("bills", {"clock": "assumed", "delay_days": 2.0}, ("note", "lake", "clocks_assumed")),
    (
        "usage",
        {"clocks": replace(CLOCKS, lateness_days=Lateness(0, 0, 0))},
        ("warning", "usage", "clocks_copied"),
    ),
    ("usage", {"clocks": replace(CLOCKS, after_close_share=0.06)}, ("warning", "usage", "late")),
    (
        "customers",
        {"clocks": replace(CLOCKS, bulk_share=0.9)},
        ("warning", "customers", "known_in_bulk"),
    ),
    (
        "complaints",
        {"clocks": replace(CLOCKS, last_known=day(-46))},
        ("warning", "complaints", "stopped"),
    ),
    (
        "bills",
        {"delivered": Delivered(1, (QuarantineReason("sms < 0", 1),), "q.parquet")},
        ("note", "bills", "quarantined"),
    ),
    (
        "bills",
        {"delivered": Delivered(9, (QuarantineReason("sms < 0", 9),), "q.parquet")},
        ("warning", "bills", "quarantined"),
    ),
    ("bills", {"orphans": Orphans(100, 5, ("customers",), "C")}, ("warning", "bills", "orphans")),
    ("bills", {"orphans": Orphans(100, 6, ("customers",), "C")}, ("fault", "bills", "orphans")),
]


@pytest.mark.parametrize(("name", "own", "expected"), CASES, ids=lambda case: str(case)[:40])
def test_one_thing_wrong_is_one_finding(
    name: str, own: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert found(name, **own) == [expected]


def test_a_day_of_the_last_week_is_not_recorded_twice() -> None:
    kinds = [kind for _, _, kind in found(missing_days=DAYS, last_days_missing=DAYS)]
    assert kinds == ["last_days_missing"]


def test_a_first_load_before_the_panel_begins_does_no_harm() -> None:
    early = (CLOCKS.first_event + timedelta(days=56)).date()
    assert found("customers", clocks=replace(CLOCKS, bulk_share=0.9, bulk_day=early)) == []


def test_a_few_offers_may_begin_together() -> None:
    assert found("offers", clocks=replace(CLOCKS, bulk_share=1.0), rows=19) == []
    assert found("offers", clocks=replace(CLOCKS, bulk_share=1.0), rows=20) != []


def test_months_without_a_campaign_are_nothing_missing() -> None:
    assert found("contacts", clocks=replace(CLOCKS, last_known=day(-90))) == []


def test_a_feed_that_is_known_at_once_is_copied_only_where_days_are_given() -> None:
    at_once = replace(CLOCKS, lateness_days=Lateness(0, 0, 0))
    assert found("complaints", clocks=at_once) == []
    assert found(clocks=at_once, clock="assumed", delay_days=0.0) == [
        ("note", "lake", "clocks_assumed")
    ]


def without(lacking: str) -> Health:
    columns = frozenset(column for column in ALL if not column.startswith(lacking))
    return replace(whole(), supply=supply("CNY", columns, has_topics=True))


def test_an_absent_feed_or_column_is_a_note_and_a_required_one_a_fault() -> None:
    assert listed(without("payments.")) == [("note", "payments", "feed_absent")]
    assert listed(without("usage.roaming_s")) == [("note", "usage", "columns_absent")]
    assert listed(without("usage.")) == [("fault", "usage", "required_feed_absent")]


def test_texts_without_topics_are_a_note() -> None:
    health = replace(whole(), supply=supply("CNY", ALL - {TOPIC}, has_topics=False))
    assert listed(health) == [("note", "complaints", "topics_absent")]


def test_a_refused_import_is_a_fault() -> None:
    refused = ImportRecord("b", "2025-06-02T04:00:00", accepted=False, feeds=())
    assert listed(replace(whole(), last_import=refused)) == [("fault", "lake", "import_refused")]
    assert listed(replace(whole(), last_import=None)) == []


def test_contracts_without_a_departure_or_a_start() -> None:
    assert listed(replace(whole(), departures=0)) == [("warning", "contracts", "no_departures")]
    some = Orphans(100, 1, ("started",), "C7")
    assert listed(replace(whole(), never_started=some)) == [
        ("warning", "contracts", "never_started")
    ]


def test_a_finding_is_a_plain_value() -> None:
    assert Finding("late", "usage", "warning") == Finding("late", "usage", "warning", {})
