"""Whether a posted fact keeps its feed's contract: the same checks and words as of an import."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb

from features.errors import RequestRefused
from features.feeds import FEEDS, Column
from features.imports.fields.checks import FUTURE, hint, literal, quoted, value_cases
from features.imports.fields.values import SQL_TYPES, UNTYPED

Value = str | int | bool | None
Fields = Mapping[str, Value]

# A start is of a customer whom last night's rows do not have; cancelled and ported are what other
# systems carry out: they come with the operator's extract. A transfer is made at the counter.
TRANSFERRED = "transferred"
CONTRACT_EVENTS = ("plan_changed", "suspended", "restored", "pre_cancelled", TRANSFERRED)
POSTED = ("complaints", "payments", "contracts", "surveys", "contacts")
PYTHON_TYPES: dict[str, type] = {"string": str, "int64": int, "boolean": bool, "date": str}
MAX_WHOLE = 2**63


def check_fact(feed: str, fields: Fields, now: datetime) -> None:
    """Raises RequestRefused (`event`) unless the fields are those of the feed, and can be true.

    The customer and the clocks are not among them. Optional fields may be absent.
    """
    columns = {own.name: own for own in FEEDS[feed].columns if own.name != "customer_id"}
    unknown = sorted(set(fields) - set(columns))
    if unknown:
        raise refused(
            feed, f"has no field {', '.join(unknown)[:64]}", f"It has {', '.join(columns)}."
        )
    for column in columns.values():
        _check_type(feed, column, fields.get(column.name))
    needed = [own for own in columns.values() if own.name in fields or not own.optional]
    found = _first_fault(needed, fields, now)
    if found is not None:
        raise refused(feed, found, hint(FEEDS[feed], found))
    if feed == "contracts" and fields["event"] not in CONTRACT_EVENTS:
        raise refused(
            feed,
            f"event is none of {', '.join(CONTRACT_EVENTS)}",
            "A start, a cancellation and a port come with the operator's extract.",
        )


def check_time(feed: str, event_time: datetime, now: datetime, max_age_days: int) -> None:
    """Raises RequestRefused (`event`) for a time to come, and for one of long ago."""
    if event_time > now:
        raise refused(feed, f"event_time {FUTURE}", f"The operator's clock shows {now:%F %T}.")
    if event_time < now - timedelta(days=max_age_days):
        raise refused(
            feed,
            f"event_time is more than {max_age_days} days ago",
            "The operator's extract brings what is older; max_age_days in settings/serving.toml "
            "is the limit.",
        )


def refused(feed: str, words: str, advice: str) -> RequestRefused:
    """The refusal of a fact, as an import words it."""
    return RequestRefused("event", f"{feed}: {words}. {advice}".strip(), feed=feed, reason=words)


def _check_type(feed: str, column: Column, value: Value) -> None:
    if value is None:
        return
    right = isinstance(value, PYTHON_TYPES[column.type])
    if column.type == "int64":
        right = right and not isinstance(value, bool) and abs(int(value)) < MAX_WHOLE
    if column.type == "date" and right:
        right = _is_date(str(value))
    if column.type == "string" and right:
        right = "\x00" not in str(value)
    if not right:
        words = f"{column.name} {UNTYPED[column.type]}"
        raise refused(feed, words, hint(FEEDS[feed], words))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _first_fault(columns: list[Column], fields: Fields, now: datetime) -> str | None:
    """The words of the first fault that an import would find in the values, null without one."""
    moment = f"TIMESTAMP '{now}'"
    cases = [case for column in columns for case in value_cases(column, moment)]
    whens = " ".join(f"WHEN {test} THEN {literal(words)}" for test, words in cases)
    values = {column.name: fields.get(column.name) for column in columns}
    typed = ", ".join(
        f"CAST(${column.name} AS {SQL_TYPES[column.type]}) AS {quoted(column.name)}"
        for column in columns
    )
    query = f"SELECT CASE {whens} END FROM (SELECT {typed})"
    found: tuple[Any, ...] | None = _connection().cursor().execute(query, values).fetchone()
    assert found is not None
    words: str | None = found[0]
    return words


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})
