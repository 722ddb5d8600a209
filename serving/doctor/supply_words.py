"""What findings about imports, and about absent feeds, columns and topics say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from features.doctor import Finding
from features.doctor.absences import Absence
from features.doctor.deliveries import Delivered
from features.engine.coverage import STALE_DAYS
from features.words import say
from serving.doctor.phrases import DAY, MAX_NAMES, features_of, joined

USED = ("bills", "complaints", "offers")  # feeds that give more than features


def _import_refused(one: Finding, language: str) -> dict[str, Any]:
    record = one.values["record"]
    bad = [
        say("doctor", "bad_rows", language, bad=each.bad, read=each.read, feed=each.feed)
        for each in record.feeds
        if each.bad
    ]
    return {"at": record.at, "bad": joined(bad, "between", language)}


def _quarantined(one: Finding, language: str) -> dict[str, Any]:
    delivered: Delivered = one.values["delivered"]
    first = [
        say("doctor", "reason", language, rows=each.rows, reason=each.reason)
        for each in delivered.reasons[:MAX_NAMES]
    ]
    more = len(delivered.reasons) - MAX_NAMES
    return {
        "rows": delivered.quarantined,
        "first": joined(first, "semicolon", language),
        "more": say("doctor", "more_reasons", language, count=more) if more > 0 else "",
        "latest": delivered.latest,
    }


def _old(one: Finding, _: str) -> dict[str, Any]:
    return {"last": f"{one.values['as_of'] - DAY:%F}", "stale_days": STALE_DAYS}


def _nothing(_: Finding, __: str) -> dict[str, Any]:
    return {}


def _feed_absent(one: Finding, language: str) -> dict[str, Any]:
    absence: Absence = one.values["absence"]
    uses = [features_of(absence.features, language)] if absence.features else []
    uses += [say("doctor", f"use_{one.subject}", language)] if one.subject in USED else []
    return {"uses": joined(uses, "and", language)}


def _columns_absent(one: Finding, language: str) -> dict[str, Any]:
    absence: Absence = one.values["absence"]
    return {
        "columns": joined(absence.columns, "between", language),
        "features": features_of(absence.features, language),
    }


def _topics_absent(one: Finding, language: str) -> dict[str, Any]:
    return {"features": features_of(one.values["features"], language)}


VALUES: dict[str, Callable[[Finding, str], dict[str, Any]]] = {
    "import_refused": _import_refused,
    "quarantined": _quarantined,
    "old": _old,
    "no_rows": _nothing,
    "required_feed_absent": _nothing,
    "feed_absent": _feed_absent,
    "columns_absent": _columns_absent,
    "topics_absent": _topics_absent,
}
