"""Each raw value in its type, as SQL: read exactly, or null where it is not one.

"12.0" is a whole number and "12.5" is not; a date with a time of day is not a date. Nothing is
rounded or cut, unless the mapping declares how a column is read (`reading`); times are kept to the
microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.errors import ImportRefused
from features.feeds import Column
from features.imports.fields import instants
from features.imports.fields.instants import Moment, Zones
from features.imports.fields.reading import AS_IT_STANDS, Conversion, literal

UNTYPED = {
    "string": "is not text",
    "int64": "is not a whole number",
    "boolean": "is neither true nor false",
    "date": "is not a date like 2025-01-31",
    "timestamp": "is not a time like 2025-01-31 08:30:00",
}
SQL_TYPES = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
FAMILIES = {
    "string": {"text", "integer"},
    "int64": {"text", "integer", "real"},
    "boolean": {"boolean", "text", "integer"},
    "date": {"date", "moment", "text"},
    "timestamp": {"date", "moment", "zoned", "text"},
}
# How databases and programs write a missing value.
NULLS = (
    *(
        "null",
        "(null)",
        "[null]",
        "<null>",
        "$null$",
        "#null!",
        "\\n",
        "#n/a",
        "<na>",
        "nan",
        "nat",
    ),
)
BLANKS = " \t\r\n\u00a0\u3000\ufeff\u200b"  # spreadsheets' users put a tab behind long numbers
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
    reading: Conversion = AS_IT_STANDS

    @property
    def family(self) -> str:
        """What its type has in common with others: text, integer, real, moment, zoned, ..."""
        return _family(self.kind)

    def plain(self) -> str:
        """SQL of the value without what its writers put around it.

        A text is without blanks around it and ="...", and null where it means none. Some writers of
        Parquet mark no text as text, only as bytes.
        """
        name = quoted(self.name)
        if self.kind not in ("VARCHAR", "BLOB"):
            return name
        text = f"TRY(decode({name}))" if self.kind == "BLOB" else name
        bare = f"trim({text}, {literal(BLANKS)})"
        marks = [mark for mark in NULLS if mark not in map(str.lower, self.reading.values)]
        listed = ", ".join(map(literal, marks))
        formula = f"""regexp_replace({bare}, '^="([^"]*)"$', '\\1')"""
        return (
            f"CASE WHEN lower({bare}) IN ({listed}) THEN NULL "
            f"WHEN starts_with({bare}, '=\"') THEN {formula} ELSE {bare} END"
        )

    def present(self, row: str, plain: str) -> str:
        """SQL of whether there is a value, in the raw row and without what is around it."""
        name = quoted(self.name)
        if self.kind == "BLOB":
            return f"{row}.{name} IS NOT NULL"
        return self.reading.present(f"{plain}.{name}")


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
    reading, value = raw.reading, quoted(raw.name)
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
    reading, value = raw.reading, quoted(raw.name)
    if reading.format is not None:
        read = reading.moment(value)
        by_day = "true" if reading.is_by_day else "false"
        return Moment(instant=read) if reading.has_offset else Moment(local=read, by_day=by_day)
    if reading.missing:
        value = f"CASE WHEN {reading.present(value)} THEN {value} END"
    cast = _within(value, f"TRY_CAST({value} AS TIMESTAMP)")
    if raw.family == "zoned":
        return Moment(instant=_within(value, f"CAST({value} AS TIMESTAMPTZ)", "TIMESTAMPTZ"))
    if raw.family == "moment":
        return Moment(local=cast)
    if raw.family == "date":
        return Moment(local=cast, by_day="true")
    return Moment(
        local=_if_like(value, f"{_DAY}({_TIME})?", f"TRY_CAST({value} AS TIMESTAMP)"),
        instant=_if_like(value, _DAY + _TIME + _OFFSET, f"TRY_CAST({value} AS TIMESTAMPTZ)"),
        by_day=f"coalesce({_if_like(value, _DAY, 'true')}, false)",
    )


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


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
