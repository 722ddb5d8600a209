"""The diagnosis of a home: what the lake and the training found, as plain values too."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from features.doctor import FeedHealth, Finding, Health, examine
from features.doctor.findings import by_severity, findings
from features.engine.coverage import STALE_DAYS
from features.feeds import FEEDS
from features.progress import Progress, silent
from serving.doctor.words import text_of
from training.indicators.data import (
    AVAILABLE_FEATURES,
    CHURNED_A_MONTH,
    DECLARED_FEATURES,
    ELIGIBLE_CUSTOMERS,
    FIT_CHURNERS,
    KNOWN_CUSTOMERS,
    TEST_CHURNERS,
    USE_MONTHS,
)
from training.readiness import Sufficiency, model_findings, sufficiency


@dataclass(frozen=True)
class Diagnosis:
    """All that the doctor found, the findings the worst first."""

    home: Path
    health: Health
    model: Sufficiency | None
    findings: tuple[Finding, ...]


def diagnose(home: Path, now: datetime, progress: Progress = silent) -> Diagnosis:
    """Look at the home's lake at `now`, the operator's local time. Raises LakeError."""
    health = examine(home, progress)
    model = sufficiency(home, health, progress)
    found = findings(health)
    if now - health.as_of > timedelta(days=STALE_DAYS):
        found.append(Finding("old", "lake", "note", {"as_of": health.as_of}))
    if model is not None:
        found += model_findings(home, model)
    return Diagnosis(home, health, model, tuple(by_severity(found)))


def to_json(diagnosis: Diagnosis, language: str = "en") -> dict[str, Any]:
    """The diagnosis as plain values; docs/indicators.md defines the figures."""
    health = diagnosis.health
    absent = [asdict(absence) for absence in health.supply.absences]
    return {
        "as_of": f"{health.as_of:%F}",
        "feeds": [_feed(one) for one in health.feeds.values()],
        "not_delivered": [name for name in FEEDS if name not in health.feeds],
        DECLARED_FEATURES.name: health.supply.declared,
        AVAILABLE_FEATURES.name: health.supply.available,
        "absent": absent,
        "model": None if diagnosis.model is None else _model(diagnosis.model),
        "findings": [_finding(one, language) for one in diagnosis.findings],
    }


def _feed(health: FeedHealth) -> dict[str, Any]:
    clocks, delivered = health.clocks, health.delivered
    return {
        "feed": health.feed,
        "stored_rows": health.rows,
        "corrections": health.corrections,
        "happened": None if clocks is None else [_iso(clocks.first_event), _iso(clocks.last_event)],
        "known": None if clocks is None else [_iso(clocks.first_known), _iso(clocks.last_known)],
        "clock": health.clock,
        "delay_days": health.delay_days,
        "lateness_days": None if clocks is None else asdict(clocks.lateness_days),
        "after_close_share": None if clocks is None else clocks.after_close_share,
        "quarantined": delivered.quarantined,
        "reasons": [{"reason": one.reason, "quarantined": one.rows} for one in delivered.reasons],
        "known_already": delivered.known_already,
        "feed_customers": None if health.orphans is None else health.orphans.customers,
        "orphans": None if health.orphans is None else health.orphans.orphans,
        "missing_days": [f"{day:%F}" for day in health.missing_days],
        "thin_days": [f"{day:%F}" for day in health.thin_days],
        "last_days_missing": [f"{day:%F}" for day in health.last_days_missing],
        "missing_months": [f"{year}-{month:02}" for year, month in health.missing_months],
    }


def _model(found: Sufficiency) -> dict[str, Any]:
    split = found.split
    return {
        "first_use": f"{found.first_use:%F}",
        USE_MONTHS.name: found.use_months,
        KNOWN_CUSTOMERS.name: found.customers,
        ELIGIBLE_CUSTOMERS.name: found.eligible,
        "churned_from": f"{found.since:%F}",
        "churned_to": f"{found.until:%F}",
        "churned": found.departures,
        CHURNED_A_MONTH.name: found.a_month,
        "fit_dates": None if split is None else [f"{date:%F}" for date in split.fit],
        FIT_CHURNERS.name: found.fit_churners,
        "test_dates": None if split is None else [f"{date:%F}" for date in split.test],
        TEST_CHURNERS.name: found.test_churners,
    }


def _finding(one: Finding, language: str) -> dict[str, Any]:
    text = text_of(one, language)
    return {
        "severity": one.severity,
        "subject": one.subject,
        "kind": one.kind,
        "found": text.found,
        "expected": text.expected,
        "to_do": text.advice,
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
