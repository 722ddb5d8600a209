"""The words of findings about the two clocks."""

from __future__ import annotations

from collections.abc import Callable

from features.doctor import Finding
from features.doctor.dates import Default, Untrue
from features.doctor.tallies import Clocks
from serving.doctor.told import Told


def _clocks_assumed(one: Finding) -> Told:
    delays: dict[str, float] = one.values["delays"]
    told = ", ".join(f"{name} {delay:g}" for name, delay in delays.items())
    return Told(
        f"nobody recorded when these feeds were learned; known_at is assumed, so many days after "
        f"event_time: {told}. A model may look better than life.",
        advice="if your systems record when a row was loaded, name that column as known_at.",
    )


def _clocks_copied(_: Finding) -> Told:
    return Told(
        "known_at is within the hour of event_time, day for day.",
        "that a day's use is learned after the day; these clocks look copied.",
        "name the column of the load, or declare delay_days.",
    )


def _late(one: Finding) -> Told:
    clocks: Clocks = one.values["clocks"]
    lag_days = one.values["health"].settings.usage_lag_days
    share = clocks.after_close_share or 0.0
    return Told(
        f"{share:.1%} of the rows became known after their week was closed, {lag_days} days after "
        f"its end.",
        "at most 5 %: scores of the days in between are made without them.",
        "have the feed delivered earlier, or raise usage_lag_days in settings/features.toml (up to "
        "6) and train again.",
    )


def _known_in_bulk(one: Finding) -> Told:
    clocks: Clocks = one.values["clocks"]
    return Told(
        f"{clocks.bulk_share:.0%} of the rows became known on one day, {clocks.bulk_day:%F}. For "
        f"every date before it they do not exist.",
        "that known_at says when the operator learned of each, not when an archive was loaded.",
        "name the column of the first load, or declare delay_days; import into a new home.",
    )


def _untrue_dates(one: Finding) -> Told:
    found: tuple[Untrue, ...] = one.values["untrue"]
    each = "; ".join(f"{one.words} in {one.rows:,} rows (the first: {one.first})" for one in found)
    return Told(
        f"{each}. Features computed from them are wrong.",
        "true dates. 0001-01-01, 1900-01-01, 1970-01-01 and 9999-12-31 stand for a date that is "
        "not known.",
        "import everything into a new home: these rows are quarantined there. Where the value may "
        "be missing, declare it in the mapping: missing = [...] in [feed.NAME.read].",
    )


def _default_dates(one: Finding) -> Told:
    found: tuple[Default, ...] = one.values["defaults"]
    each = "; ".join(
        f"{one.column} is {one.value} in {one.rows:,} rows ({one.share:.1%})" for one in found
    )
    return Told(
        f"{each}, which looks like a default for a date that is not known.",
        "about as many as for other days and years.",
        "check these customers in the source. If the value is a default, deliver the true date, or "
        "declare the year as missing in the mapping: missing = [...] in [feed.NAME.read].",
    )


WORDS: dict[str, Callable[[Finding], Told]] = {
    "clocks_assumed": _clocks_assumed,
    "clocks_copied": _clocks_copied,
    "late": _late,
    "known_in_bulk": _known_in_bulk,
    "untrue_dates": _untrue_dates,
    "default_dates": _default_dates,
}
