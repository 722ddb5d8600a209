"""A feed's contract as SQL: each raw value in its type, and for a bad row the first reason.

A value is accepted if it says exactly what the type can hold: "12.0" is a whole number and
"12.5" is not; a date with a time of day is no date. Nothing is rounded, cut or filled, unless the
mapping declares how a column is read (`reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.errors import ImportRefused
from features.feeds import CLOCKS, FIRST_DAY, ZERO_DAYS, Column, Feed
from features.imports import instants
from features.imports.instants import Moment, Now, Zones
from features.imports.reading import AS_IT_STANDS, Reading
from features.imports.reading import literal as literal

ROW = "extract_row"  # the raw row as a struct, beside its typed columns

EMPTY, MISSING = "is empty", "is missing"
UNTYPED = {
    "string": "is no text",
    "int64": "is no whole number",
    "boolean": "is neither true nor false",
    "date": "is no date like 2025-01-31",
    "timestamp": "is no time like 2025-01-31 08:30:00",
}
KNOWN_EARLY = "known_at is before event_time"
FUTURE = "is a future date"
FUTURE_YEAR = "is a future year"
SKIPPED = "is a time that the clocks skipped"
PLACEHOLDER = "is a placeholder and not a date"
CONFLICT = "conflicting duplicate"

HINTS = {
    KNOWN_EARLY: (
        "Nothing is known before it happens. Are the two columns of one time zone? Where only the "
        "day is known, deliver a date without a time: it counts from the end of the day."
    ),
    CONFLICT: (
        "Rows of one key and one known_at differ, and no one can tell which holds: all are set "
        "aside. Deliver one of them, or give the correction its own known_at."
    ),
}

SQL_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
END_HINTS = {
    PLACEHOLDER: (
        f"Days before {FIRST_DAY:%Y} and {ZERO_DAYS[1]} are what systems write where they have no "
        "date. Deliver the true one; where a value may be missing, declare it: missing = [...] in "
        "the mapping's table [feed.NAME.read]."
    ),
    SKIPPED: (
        "On that day the clocks were set forward over it. Declare the zone in which the extract "
        "writes its times: timezone = ... in the mapping."
    ),
}
_INTEGERS = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
_MOMENTS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_ZONED = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}
_NUMBER = "[+-]?[0-9]+([.]0*)?"
_DAY = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_OFFSET = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_TIME = "[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"


@dataclass(frozen=True)
class Raw:
    """A column of the query: its name, its DuckDB type, and how the mapping reads it."""

    name: str
    kind: str
    reading: Reading = AS_IT_STANDS

    @property
    def family(self) -> str:
        """What its type has in common with others: text, integer, real, moment, zoned, ..."""
        return _family(self.kind)

    def value(self, of: str = "") -> str:
        """SQL of the value; some writers of Parquet mark no text as text, only as bytes."""
        name = of + quoted(self.name)
        return f"TRY(decode({name}))" if self.kind == "BLOB" else name


def typed(column: Column, raw: Raw, zones: Zones) -> str:
    """SQL of the raw column as the column's type; null where it is not one.

    A clock becomes local time in the lake; of two instants that it may be, the first.
    Raises ImportRefused if no value of that raw type can be one of the column.
    """
    if raw.family == "null":
        return f"CAST(NULL AS {SQL_TYPES[column.type]})"
    if column.type == "timestamp":
        found = moment(column, raw)
        return instants.local_time(f"({found.local})", f"({found.instant})", zones, first=True)
    reading, value = raw.reading, raw.value()
    _check_readable(column, raw)
    if reading.format is not None:
        read = reading.moment(value)
        return f"CASE WHEN CAST({read} AS DATE) = {read} THEN CAST({read} AS DATE) END"
    if reading.is_number:
        return reading.number(value, is_text=raw.family == "text")
    if reading.values:
        return _plain(column, reading.meant(value), "text")
    if reading.missing:
        value = f"CASE WHEN {reading.present(value)} THEN {value} END"
    return _plain(column, value, raw.family)


def moment(column: Column, raw: Raw) -> Moment:
    """SQL of a clock. Raises ImportRefused if no value of that raw type can be a time."""
    if raw.family == "null":
        return Moment()
    _check_readable(column, raw)
    reading, value = raw.reading, raw.value()
    if reading.format is not None:
        read = reading.moment(value)
        by_day = "true" if reading.is_by_day else "false"
        return Moment(instant=read) if reading.has_offset else Moment(local=read, by_day=by_day)
    if reading.missing:
        value = f"CASE WHEN {reading.present(value)} THEN {value} END"
    cast = _within(value, f"TRY_CAST({value} AS TIMESTAMP)")
    if raw.family == "zoned":
        return Moment(
            instant=_within(value, f"CAST({value} AS TIMESTAMPTZ)", "TIMESTAMPTZ")
        )
    if raw.family == "moment":
        return Moment(local=cast)
    if raw.family == "date":
        return Moment(local=cast, by_day="true")
    return Moment(
        local=_if_like(value, f"{_DAY}({_TIME})?", f"TRY_CAST({value} AS TIMESTAMP)"),
        instant=_if_like(value, _DAY + _TIME + _OFFSET, f"TRY_CAST({value} AS TIMESTAMPTZ)"),
        by_day=f"coalesce({_if_like(value, _DAY, 'true')}, false)",
    )


def reason(feed: Feed, present: Mapping[str, Raw], zones: Zones, now: Now) -> str:
    """SQL of the first reason why a row is bad, null for a good one.

    `present` holds the raw column of each typed column; both are in scope, raw ones as members
    of ROW, and so are the `instants.HELPERS`. Dates after `now` lie in the future.
    """
    columns = [*feed.columns, *(Column(clock, "timestamp") for clock in CLOCKS)]
    cases = [
        case
        for column in columns
        if column.name in present
        for case in _cases(column, present[column.name], now)
    ]
    cases.append((instants.skipped("event", zones), f"event_time {SKIPPED}"))
    cases.append((instants.in_future("event", zones, now), f"event_time {FUTURE}"))
    if "known_at" in present:
        cases.append((instants.skipped("known", zones), f"known_at {SKIPPED}"))
        cases.append((instants.known_early(zones), KNOWN_EARLY))
        cases.append((instants.in_future("known", zones, now), f"known_at {FUTURE}"))
    whens = " ".join(f"WHEN {test} THEN {literal(words)}" for test, words in cases)
    return f"CASE {whens} END"


def bounds(column: Column, now: str) -> list[tuple[str, str]]:
    """Tests in SQL, and their words, of values of the right type that cannot be true.

    `now` is SQL of the local moment up to which anything can have happened.
    """
    name = quoted(column.name)
    cases = []
    if column.minimum is not None:
        cases.append((f"{name} < {column.minimum}", f"{column.name} < {column.minimum}"))
    if column.maximum is not None:
        cases.append((f"{name} > {column.maximum}", f"{column.name} > {column.maximum}"))
    if column.is_year:
        cases.append((f"{name} > year({now})", f"{column.name} {FUTURE_YEAR}"))
    if column.type in ("date", "timestamp"):
        zero = ", ".join(f"DATE '{day}'" for day in ZERO_DAYS)
        early = f"{name} < DATE '{FIRST_DAY}' OR CAST({name} AS DATE) IN ({zero})"
        cases.append((early, f"{column.name} {PLACEHOLDER}"))
    if column.type == "date" and column.ahead_days is not None:
        latest = f"{now} + INTERVAL {column.ahead_days} DAY"
        more = f" more than {column.ahead_days // 365} years ahead" if column.ahead_days else ""
        cases.append((f"{name} > {latest}", f"{column.name} {FUTURE}{more}"))
    return cases


def hint(feed: Feed, words: str) -> str:
    """What to do about a reason; empty if the contract says nothing."""
    if words in HINTS:
        return HINTS[words]
    for end, advice in END_HINTS.items():
        if words.endswith(end):
            return advice
    column = next((c for c in feed.columns if words.startswith(c.name + " ")), None)
    return column.hint if column else ""


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _cases(column: Column, raw: Raw, now: Now) -> list[tuple[str, str]]:
    name = quoted(column.name)
    there = f"{ROW}.{quoted(raw.name)} IS NOT NULL"
    if raw.reading.missing:
        there += f" AND {raw.reading.present(raw.value(f'{ROW}.'))}"
    words = raw.reading.words(column) or UNTYPED[column.type]
    cases = [(f"{name} IS NULL AND {there}", f"{column.name} {words}")]
    if not column.nullable:
        cases.append((f"{name} IS NULL", f"{column.name} {MISSING}"))
    if column.name.endswith("_id") and not column.nullable:
        cases.append((f"trim({name}) = ''", f"{column.name} {EMPTY}"))
    cases += bounds(column, now.local)
    if column.allowed:
        values = ", ".join(literal(value) for value in column.allowed)
        words = f"{column.name} is none of {', '.join(column.allowed)}"
        cases.append((f"{name} NOT IN ({values})", words))
    return cases


def _check_readable(column: Column, raw: Raw) -> None:
    """Raises ImportRefused where the raw type, or the declared reading of it, makes no sense."""
    reading, family = raw.reading, raw.family
    if reading.format is not None and family not in ("text", "integer"):
        raise ImportRefused(
            f"column {raw.name} is {raw.kind}, which needs no format. Remove the format in the "
            f"mapping, or let the query give the text as it stands."
        )
    declared = reading.format is not None or reading.values or reading.is_number
    if declared and family in ("text", "integer", "real", "boolean"):
        return
    if declared or family not in FAMILIES[column.type]:
        raise ImportRefused(
            f"column {raw.name} is {raw.kind}; expected {column.type}. Convert it in the query, or "
            f"declare how it is read in the mapping, so that it is clear how."
        )


FAMILIES = {
    "string": {"text", "integer"},
    "int64": {"text", "integer", "real"},
    "boolean": {"boolean", "text", "integer"},
    "date": {"date", "moment", "text"},
    "timestamp": {"date", "moment", "zoned", "text"},
}


def _plain(column: Column, raw: str, family: str) -> str:
    """A value as the column's type, as it stands."""
    cast = f"TRY_CAST({raw} AS {SQL_TYPES[column.type]})"
    return {
        ("string", "text"): f"CAST({raw} AS VARCHAR)",
        ("string", "integer"): f"CAST({raw} AS VARCHAR)",
        ("int64", "text"): _if_like(raw, _NUMBER, cast),
        ("int64", "integer"): cast,
        ("int64", "real"): f"CASE WHEN {cast} = {raw} THEN {cast} END",
        ("boolean", "boolean"): raw,
        ("boolean", "text"): cast,
        ("boolean", "integer"): f"CASE WHEN {raw} IN (0, 1) THEN {raw} = 1 END",
        ("date", "date"): _within(raw, raw),
        ("date", "moment"): _within(raw, f"CASE WHEN {raw} = {cast} THEN {cast} END"),
        ("date", "text"): _if_like(raw, _DAY + "([ T]00:00(:00([.]0+)?)?)?", cast),
    }[column.type, family]


def _family(kind: str) -> str:
    if kind in _INTEGERS:
        return "integer"
    if kind in _MOMENTS:
        return "moment"
    if kind in _ZONED:
        return "zoned"
    if kind.startswith(("DECIMAL", "FLOAT", "DOUBLE")):
        return "real"
    if kind.startswith("ENUM") or kind in ("VARCHAR", "UUID", "BLOB"):
        return "text"
    return {"BOOLEAN": "boolean", "DATE": "date", '"NULL"': "null"}.get(kind, kind)


def _if_like(raw: str, pattern: str, expression: str) -> str:
    text = f"CAST({raw} AS VARCHAR)"
    return f"CASE WHEN regexp_full_match(trim({text}), {literal(pattern)}) THEN {expression} END"


def _within(raw: str, expression: str, kind: str = "TIMESTAMP") -> str:
    """The expression where the year has four digits; beyond, zones have no meaning."""
    ends = f"{kind} '0001-01-01 00:00:00' AND {kind} '9999-12-31 23:59:59.999999'"
    return f"CASE WHEN TRY_CAST({raw} AS {kind}) BETWEEN {ends} THEN {expression} END"
