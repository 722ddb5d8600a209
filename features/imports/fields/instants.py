"""The two clocks of a row as instants, so that a change of clocks confuses neither.

A raw time either brings its offset, then it is an instant, or it is a local time of the extract's
zone. In the hour that is shown twice a local time is two instants, and the row is given the
benefit of the doubt: it happened at the first and was known at the second. A local time that the
clocks skipped is not a time, but for midnight, which a bare day stands for.

A day without a time as `known_at` means some time of that day, so the row counts as known from
the end of the day on, or from the import if that is earlier.

The lake stores local times (docs/decisions/0001-local-time.md). There `known_at` is never before
`event_time`, though of two right instants the later may show the earlier local time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from features.imports.fields.reading import literal

FROM = date(1950, 1, 1)  # changes of clocks before it are not looked for

# What the two clocks need beside themselves while they are checked.
HELPERS = ("event_local", "event_instant", "known_local", "known_instant", "known_day")
_BY_DAY = "known_day AND known_local IS NOT NULL"  # SQL's `least` passes over a null


@dataclass(frozen=True)
class Zones:
    """`lake` is the operator's zone; `extract` that of raw times without offset.

    `changes` are the days, and their neighbours, on which the clocks of `extract` are changed;
    null means that any day may be one, which is right and slow.
    """

    lake: str
    extract: str
    changes: tuple[date, ...] | None = None


@dataclass(frozen=True)
class Now:
    """The moment of the import, with its offset, in the operator's zone."""

    moment: datetime

    @property
    def local(self) -> str:
        """SQL of the operator's local time."""
        return _timestamp(self.moment.replace(tzinfo=None))

    @property
    def instant(self) -> str:
        """SQL of the instant."""
        utc = self.moment.astimezone(UTC).replace(tzinfo=None)
        return f"timezone('UTC', {_timestamp(utc)})"

    def shown_in(self, zone: str) -> str:
        """SQL of the local time in another zone."""
        return _timestamp(self.moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None))


@dataclass(frozen=True)
class Moment:
    """A raw value as SQL: its local time in the extract's zone, or its instant; the other is null.

    `by_day`: whether it is a day without a time.
    """

    local: str = "CAST(NULL AS TIMESTAMP)"
    instant: str = "CAST(NULL AS TIMESTAMPTZ)"
    by_day: str = "false"


def change_days(connection: Any, zone: str, until: date) -> tuple[date, ...]:
    """The days from `FROM` to `until` on which clocks are changed, and those beside them."""
    found = connection.execute(
        "SELECT day FROM (SELECT CAST(day AS DATE) AS day, "
        f"lead(epoch_us(timezone({literal(zone)}, day))) OVER (ORDER BY day) "
        f"- epoch_us(timezone({literal(zone)}, day)) AS lasts "
        f"FROM range(TIMESTAMP '{FROM}', TIMESTAMP '{until}' + INTERVAL 2 DAY, INTERVAL 1 DAY) "
        "AS days (day)) WHERE lasts <> 86_400_000_000"
    ).fetchall()
    beside = (timedelta(days=number) for number in (-1, 0, 1))
    return tuple(sorted({day + each for each in beside for (day,) in found}))


def columns(event: Moment, known: Moment) -> dict[str, str]:
    """SQL of `HELPERS` from the two raw values."""
    values = (event.local, event.instant, known.local, known.instant, known.by_day)
    return dict(zip(HELPERS, values, strict=True))


def event_time(zones: Zones) -> str:
    """SQL of the local time in the lake at which the row happened."""
    return local_time("event_local", "event_instant", zones, first=True)


def known_at(zones: Zones, now: Now) -> str:
    """SQL of the local time in the lake from which the row was known; needs `event_time`."""
    until = f"least({local_time(_known_until(), 'known_instant', zones, first=False)}, {now.local})"
    by_value = local_time("known_local", "known_instant", zones, first=False)
    return _not_before(f"CASE WHEN {_BY_DAY} THEN {until} ELSE {by_value} END")


def assumed(delay_days: float, now: Now) -> str:
    """SQL of `event_time` plus a delay of the local calendar, or of the import if it is earlier."""
    delay = round(delay_days * 86_400_000_000)
    return _not_before(f"least(event_time + to_microseconds({delay}), {now.local})")


def local_time(local: str, instant: str, zones: Zones, *, first: bool) -> str:
    """SQL of a clock in the lake's zone; of two instants that it may be, the first or the last."""
    shown = f"timezone({literal(zones.lake)}, {instant})"
    if zones.extract == zones.lake:
        return f"coalesce({local}, {shown})"
    moved = _first(local, zones) if first else _last(local, zones)
    return f"coalesce(timezone({literal(zones.lake)}, {moved}), {shown})"


def known_early(zones: Zones) -> str:
    """SQL of whether a row was known before it happened, whatever is meant by its times."""
    known, event = _known_by(), "event_local"
    instants = (
        f"coalesce(known_instant, {_last(known, zones)}) "
        f"< coalesce(event_instant, {_first(event, zones)})"
    )
    if_both_local = f"CASE WHEN {known} < {event} THEN {instants} ELSE false END"
    both_local = "event_local IS NOT NULL AND known_local IS NOT NULL"
    return f"CASE WHEN {both_local} THEN {if_both_local} ELSE {instants} END"


def in_future(clock: str, zones: Zones, now: Now) -> str:
    """SQL of whether the clock (`event` or `known`) lies after the import, whatever is meant."""
    local, instant = f"{clock}_local", f"{clock}_instant"
    later = f"CASE WHEN {local} > {now.shown_in(zones.extract)} THEN "
    later += f"{_first(local, zones)} > {now.instant} ELSE false END"
    return f"CASE WHEN {instant} IS NOT NULL THEN {instant} > {now.instant} ELSE {later} END"


def skipped(clock: str, zones: Zones) -> str:
    """SQL of whether the clock is a local time that was never shown, midnight apart."""
    local, zone = f"{clock}_local", literal(zones.extract)
    never = f"timezone({zone}, timezone({zone}, {local})) <> {local}"
    doubtful = f"{_near_change(local, zones)} AND date_trunc('day', {local}) <> {local}"
    return f"CASE WHEN {doubtful} THEN {never} ELSE false END"


def _known_until() -> str:
    """The end of the day where `known_at` is a day, else the time itself."""
    return f"CASE WHEN {_BY_DAY} THEN known_local + INTERVAL 1 DAY ELSE known_local END"


def _known_by() -> str:
    """The last moment at which it can have become known: the end of the day is the next day's."""
    last = "known_local + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND"
    return f"CASE WHEN {_BY_DAY} THEN {last} ELSE known_local END"


def _not_before(known: str) -> str:
    return f"CASE WHEN ({known}) IS NOT NULL THEN greatest(event_time, {known}) END"


def _last(local: str, zones: Zones) -> str:
    """The instant of a local time; of two the second, which is what `timezone` gives."""
    return f"timezone({literal(zones.extract)}, {local})"


def _first(local: str, zones: Zones) -> str:
    """The instant of a local time; of two the first, which had the offset of the day before."""
    last, zone = _last(local, zones), literal(zones.extract)

    def offset(instant: str) -> str:
        return f"(epoch_us(timezone({zone}, {instant})) - epoch_us({instant}))"

    day_before = f"({last} - INTERVAL 24 HOURS)"
    other = f"({last} - to_microseconds({offset(day_before)} - {offset(last)}))"
    is_shown_twice = f"timezone({zone}, {other}) = {local}"
    twice = f"CASE WHEN {is_shown_twice} THEN least({last}, {other}) ELSE {last} END"
    return f"CASE WHEN {_near_change(local, zones)} THEN {twice} ELSE {last} END"


def _near_change(local: str, zones: Zones) -> str:
    if zones.changes is None:
        return f"{local} IS NOT NULL"
    days = ", ".join(f"DATE '{day}'" for day in zones.changes)
    return f"CAST({local} AS DATE) IN ({days})" if days else "false"


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP {literal(moment.isoformat(sep=' '))}"
