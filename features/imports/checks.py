"""A feed's contract as SQL: each raw value in its type, and for a bad row the first reason.

A value is accepted if it says exactly what the type can hold: "12.0" is a whole number and
"12.5" is not; a date with a time of day is no date. Nothing is rounded, cut or filled.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.errors import ImportRefused
from features.feeds import CLOCKS, Column, Feed

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
CONFLICT = "conflicting duplicate"

HINTS = {
    KNOWN_EARLY: "Nothing is known before it happens.",
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
_INTEGERS = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
_MOMENTS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_ZONED = "TIMESTAMP WITH TIME ZONE"
_NUMBER = "[+-]?[0-9]+([.]0*)?"
_DAY = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_OFFSET = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_TIME = "[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"


@dataclass(frozen=True)
class Zones:
    """`lake` is the operator's zone; `extract` that of raw times without offset."""

    lake: str
    extract: str


def typed(column: Column, source: str, kind: str, zones: Zones) -> str:
    """SQL of raw column `source`, of DuckDB type `kind`, as the column's type; null if it is not.

    Raises ImportRefused if no value of that raw type can be one of the column.
    """
    raw = quoted(source)
    family = _family(kind)
    cast = f"TRY_CAST({raw} AS {SQL_TYPES[column.type]})"
    expressions = {
        ("string", "text"): f"CAST({raw} AS VARCHAR)",
        ("string", "integer"): f"CAST({raw} AS VARCHAR)",
        ("int64", "text"): _if_like(raw, _NUMBER, cast),
        ("int64", "integer"): cast,
        ("int64", "real"): f"CASE WHEN {cast} = {raw} THEN {cast} END",
        ("boolean", "boolean"): raw,
        ("boolean", "text"): cast,
        ("boolean", "integer"): f"CASE WHEN {raw} IN (0, 1) THEN {raw} = 1 END",
        ("date", "date"): _finite(raw, raw),
        ("date", "moment"): _finite(raw, f"CASE WHEN {raw} = {cast} THEN {cast} END"),
        ("date", "text"): _if_like(raw, _DAY + "([ T]00:00(:00([.]0+)?)?)?", cast),
        ("timestamp", "date"): _finite(raw, _moved(cast, zones)),
        ("timestamp", "moment"): _finite(raw, _moved(cast, zones)),
        ("timestamp", "zoned"): _finite(raw, f"timezone({literal(zones.lake)}, {raw})"),
        ("timestamp", "text"): _moment_of_text(raw, cast, zones),
    }
    if family == "null":
        return f"CAST(NULL AS {SQL_TYPES[column.type]})"
    if (column.type, family) not in expressions:
        raise ImportRefused(
            f"column {source} is {kind}; expected {column.type}. Convert it in the query, so that "
            f"it is clear how."
        )
    return expressions[column.type, family]


def reason(feed: Feed, present: dict[str, str], now: str) -> str:
    """SQL of the first reason why a row is bad, null for a good one.

    `present` holds the raw column of each typed column; both are in scope, raw ones as members
    of ROW. `now` is SQL of the moment after which dates lie in the future.
    """
    columns = [*feed.columns, *(Column(clock, "timestamp") for clock in CLOCKS)]
    cases = [
        case
        for column in columns
        if column.name in present
        for case in _cases(column, f"{ROW}.{quoted(present[column.name])}")
    ]
    dated = [*CLOCKS, *(name for name in feed.key if feed_type(feed, name) == "date")]
    cases.append(("known_at < event_time", KNOWN_EARLY))
    cases.extend((f"{quoted(name)} > {now}", f"{name} {FUTURE}") for name in dated)
    whens = " ".join(f"WHEN {test} THEN {literal(words)}" for test, words in cases)
    return f"CASE {whens} END"


def feed_type(feed: Feed, name: str) -> str:
    """The type of one of the feed's columns or clocks."""
    return "timestamp" if name in CLOCKS else feed.column(name).type


def hint(feed: Feed, words: str) -> str:
    """What to do about a reason; empty if the contract says nothing."""
    if words in HINTS:
        return HINTS[words]
    column = next((c for c in feed.columns if words.startswith(c.name + " ")), None)
    return column.hint if column else ""


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _cases(column: Column, raw: str) -> list[tuple[str, str]]:
    name = quoted(column.name)
    cases = [(f"{name} IS NULL AND {raw} IS NOT NULL", f"{column.name} {UNTYPED[column.type]}")]
    if not column.nullable:
        cases.append((f"{name} IS NULL", f"{column.name} {MISSING}"))
    if column.name.endswith("_id") and not column.nullable:
        cases.append((f"trim({name}) = ''", f"{column.name} {EMPTY}"))
    if column.minimum is not None:
        cases.append((f"{name} < {column.minimum}", f"{column.name} < {column.minimum}"))
    if column.maximum is not None:
        cases.append((f"{name} > {column.maximum}", f"{column.name} > {column.maximum}"))
    if column.allowed:
        values = ", ".join(literal(value) for value in column.allowed)
        words = f"{column.name} is none of {', '.join(column.allowed)}"
        cases.append((f"{name} NOT IN ({values})", words))
    return cases


def _family(kind: str) -> str:
    if kind in _INTEGERS:
        return "integer"
    if kind in _MOMENTS:
        return "moment"
    if kind.startswith(("DECIMAL", "FLOAT", "DOUBLE")):
        return "real"
    if kind.startswith("ENUM") or kind in ("VARCHAR", "UUID"):
        return "text"
    return {"BOOLEAN": "boolean", "DATE": "date", _ZONED: "zoned", '"NULL"': "null"}.get(kind, kind)


def _if_like(raw: str, pattern: str, expression: str) -> str:
    text = f"CAST({raw} AS VARCHAR)"
    return f"CASE WHEN regexp_full_match(trim({text}), {literal(pattern)}) THEN {expression} END"


def _finite(raw: str, expression: str) -> str:
    return f"CASE WHEN isfinite({raw}) THEN {expression} END"


def _moved(moment: str, zones: Zones) -> str:
    if zones.extract == zones.lake:
        return moment
    return f"timezone({literal(zones.lake)}, timezone({literal(zones.extract)}, {moment}))"


def _moment_of_text(raw: str, cast: str, zones: Zones) -> str:
    zoned = f"timezone({literal(zones.lake)}, TRY_CAST({raw} AS TIMESTAMPTZ))"
    plain = _if_like(raw, f"{_DAY}({_TIME})?", _moved(cast, zones))
    return f"coalesce({_if_like(raw, _DAY + _TIME + _OFFSET, zoned)}, {plain})"
