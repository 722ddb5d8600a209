"""What findings about missing days, months and customers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from features.doctor import Finding
from features.doctor.orphans import Orphans
from features.doctor.tallies import Clocks
from features.words import say
from serving.doctor.phrases import DAY, joined, months_of, of_customers, spans


def _days(one: Finding, language: str) -> dict[str, Any]:
    return {"days": spans(one.values["days"], language)}


def _months(one: Finding, language: str) -> dict[str, Any]:
    return {"months": months_of(one.values["months"], language)}


def _stopped(one: Finding, _: str) -> dict[str, Any]:
    return {
        "since": f"{one.values['since']:%F}",
        "until": f"{one.values['as_of'] - DAY:%F}",
    }


def _orphans(one: Finding, language: str) -> dict[str, Any]:
    found: Orphans = one.values["orphans"]
    lacking = [say("doctor", f"lacking_{feed}", language) for feed in found.lacking]
    return {
        "customers": of_customers(found, language),
        "lacking": joined(lacking, "or", language),
    }


def _never_started(one: Finding, language: str) -> dict[str, Any]:
    return {"customers": of_customers(one.values["orphans"], language)}


def _no_departures(_: Finding, __: str) -> dict[str, Any]:
    return {}


def _in_order(one: Finding, _: str) -> dict[str, Any]:
    clocks: Clocks = one.values["health"].clocks
    return {"first": f"{clocks.first_event:%F}", "last": f"{clocks.last_event:%F}"}


VALUES: dict[str, Callable[[Finding, str], dict[str, Any]]] = {
    "last_days_missing": _days,
    "days_missing": _days,
    "days_thin": _days,
    "months_missing": _months,
    "stopped": _stopped,
    "orphans": _orphans,
    "never_started": _never_started,
    "no_departures": _no_departures,
    "departures_missing": _months,
    "in_order": _in_order,
}
