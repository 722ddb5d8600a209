"""What findings about the two clocks say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from features.doctor import Finding
from features.doctor.dates import Default, Untrue
from features.doctor.tallies import Clocks
from features.words import say
from serving.doctor.phrases import joined


def _clocks_assumed(one: Finding, language: str) -> dict[str, Any]:
    delays: dict[str, float] = one.values["delays"]
    each = [say("doctor", "delay", language, feed=name, days=days) for name, days in delays.items()]
    return {"delays": joined(each, "between", language)}


def _clocks_copied(_: Finding, __: str) -> dict[str, Any]:
    return {}


def _late(one: Finding, _: str) -> dict[str, Any]:
    clocks: Clocks = one.values["clocks"]
    lag_days = one.values["health"].settings.usage_lag_days
    return {"share": clocks.after_close_share or 0.0, "lag_days": lag_days}


def _known_in_bulk(one: Finding, _: str) -> dict[str, Any]:
    clocks: Clocks = one.values["clocks"]
    return {"share": clocks.bulk_share, "day": f"{clocks.bulk_day:%F}"}


def _untrue_dates(one: Finding, language: str) -> dict[str, Any]:
    found: tuple[Untrue, ...] = one.values["untrue"]
    each = [
        say("doctor", "untrue", language, words=date.words, rows=date.rows, first=date.first)
        for date in found
    ]
    return {"each": joined(each, "semicolon", language)}


def _default_dates(one: Finding, language: str) -> dict[str, Any]:
    found: tuple[Default, ...] = one.values["defaults"]
    each = [
        say(
            "doctor", "default", language,
            column=date.column, value=date.value, rows=date.rows, share=date.share,
        )
        for date in found
    ]  # fmt: skip
    return {"each": joined(each, "semicolon", language)}


VALUES: dict[str, Callable[[Finding, str], dict[str, Any]]] = {
    "clocks_assumed": _clocks_assumed,
    "clocks_copied": _clocks_copied,
    "late": _late,
    "known_in_bulk": _known_in_bulk,
    "untrue_dates": _untrue_dates,
    "default_dates": _default_dates,
}
