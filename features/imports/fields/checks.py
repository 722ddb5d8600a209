"""A feed's contract as SQL: for a bad row the first reason, and what to do about it.

`values` reads each raw value in its type; here it is held against the contract.
"""

from __future__ import annotations

from collections.abc import Mapping

from features.feeds import CLOCKS, FIRST_DAY, ZERO_DAYS, Column, Feed
from features.imports.fields import instants
from features.imports.fields.instants import Now, Zones
from features.imports.fields.reading import literal as literal
from features.imports.fields.values import UNTYPED, Raw
from features.imports.fields.values import quoted as quoted

ROW = "extract_row"  # the raw row as a struct, beside its typed columns
CUSTOMER = "customer_id"  # in every feed that has it
PLAIN = "plain_row"  # the same without what programs write around values

EMPTY, MISSING, SLASH = "is empty", "is missing", "has a slash"
KNOWN_EARLY = "known_at is before event_time"
FUTURE = "is a future date"
FUTURE_YEAR = "is a future year"
SKIPPED = "is a time that the clocks skipped"
PLACEHOLDER = "is a placeholder and not a date"
CONFLICT = "conflicting duplicate"
UNEVEN = "has other fields than the header"

HINTS = {
    UNEVEN: (
        "A delimiter stands in a value without quotes, the row is cut off, or the line is a total "
        "or a note. Correct the line."
    ),
    KNOWN_EARLY: (
        "Nothing is known before it happens. Are the two columns of one time zone? Where only the "
        "day is known, deliver a date without a time: it counts from the end of the day."
    ),
    CONFLICT: (
        "Rows of one key and one known_at differ, and neither can be preferred: all are "
        "quarantined. Deliver one of them, or give the correction its own known_at."
    ),
}

PART_HINTS = {
    PLACEHOLDER: (
        f"Days before {FIRST_DAY:%Y} and {ZERO_DAYS[1]} are what systems write where they have no "
        "date. Deliver the true one; where a value may be missing, declare it: missing = [...] in "
        "the mapping's table [feed.NAME.read]."
    ),
    FUTURE: (
        "Remove rows of what has not happened yet. A date far in the future that stands for 'none' "
        "is declared in the mapping's table [feed.NAME.read]: missing = [...]."
    ),
    SLASH: (
        "A customer's address is /customers/ID, which a slash would end. Write another character "
        "in the mapping's SQL of every feed: replace(customer_id, '/', '-') as customer_id."
    ),
    SKIPPED: (
        "On that day the clocks were set forward over it. Declare the zone in which the extract "
        "writes its times: timezone = ... in the mapping."
    ),
}


def reason(feed: Feed, present: Mapping[str, Raw], zones: Zones, now: Now) -> str:
    """SQL of the first reason why a row is bad, null for a good one.

    `present` holds the raw column of each typed column; both are in scope, raw ones as members
    of ROW and PLAIN, and so are the `instants.HELPERS`. Dates after `now` lie in the future.
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
        more = f" more than {column.ahead_days // 365} years from now" if column.ahead_days else ""
        cases.append((f"{name} > {latest}", f"{column.name} {FUTURE}{more}"))
    return cases


def hint(feed: Feed, words: str) -> str:
    """What to do about a reason; empty if the contract says nothing."""
    if words in HINTS:
        return HINTS[words]
    for part, advice in PART_HINTS.items():
        if part in words:
            return advice
    column = next((c for c in feed.columns if words.startswith(c.name + " ")), None)
    return column.hint if column else ""


def value_cases(column: Column, now: str) -> list[tuple[str, str]]:
    """Tests in SQL, and their words, of a value that is of the right type or absent.

    `now` as in `bounds`.
    """
    name, cases = quoted(column.name), []
    if not column.nullable:
        cases.append((f"{name} IS NULL", f"{column.name} {MISSING}"))
    if column.name.endswith("_id") and not column.nullable:
        cases.append((f"trim({name}) = ''", f"{column.name} {EMPTY}"))
    if column.name == CUSTOMER:
        cases.append((f"contains({name}, '/')", f"{column.name} {SLASH}"))
    cases += bounds(column, now)
    if column.allowed:
        values = ", ".join(literal(value) for value in column.allowed)
        words = f"{column.name} is none of {', '.join(column.allowed)}"
        cases.append((f"{name} NOT IN ({values})", words))
    return cases


def _cases(column: Column, raw: Raw, now: Now) -> list[tuple[str, str]]:
    there = raw.present(ROW, PLAIN)
    words = raw.reading.words(column) or UNTYPED[column.type]
    untyped = f"{quoted(column.name)} IS NULL AND {there}"
    return [(untyped, f"{column.name} {words}"), *value_cases(column, now.local)]
