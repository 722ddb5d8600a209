"""What systems write for want of a date never becomes a fact."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from features.feeds import CLOCKS, FEEDS, Column, Feed

NOW = datetime(2025, 6, 1)
BEFORE = ["0001-01-01", "1601-01-01", "1753-01-01", "1858-11-17", "1899-12-30", "1900-01-01",
          "1904-01-01"]  # fmt: skip
ZERO = ["1970-01-01", "1970-01-01 08:00:00", "1969-12-31 19:00:00", "1970-01-01 00:00:00.001"]
NEVER = ["0000-00-00", "0000-01-01"]
FAR = ["2099-12-31", "2999-12-31", "9999-12-31", "9999-12-31 23:59:59"]
TRUE = {"period": "2025-03-01", "day": "2025-03-01", "due": "2025-04-20", "contract_end": ""}
DATED = [
    (feed, column)
    for feed in FEEDS.values()
    for column in (*feed.columns, *(Column(clock, "timestamp") for clock in CLOCKS))
    if column.type in ("date", "timestamp")
]


def load(extract: Any, feed: Feed, rows: list[dict[str, str]], more: str = "") -> Any:
    """Import rows of a feed, true but for what they say themselves."""
    usual = {column.name: _usual(column) for column in feed.columns} | TRUE
    usual |= {"event_time": "2025-04-01 08:00:00", "known_at": "2025-05-01 08:00:00"}
    names = [*(column.name for column in feed.columns), *CLOCKS]
    lines = [",".join(names)]
    for number, own in enumerate(rows):
        row = usual | {feed.key[0]: f"K{number}"} | own
        lines.append(",".join(row[name] for name in names))
    extract.write("rows.csv", "\n".join(lines) + "\n")
    extract.map(
        "max_bad_share = 1.0\n"
        f"[feed.{feed.name}]\nsql = \"from read_csv('rows.csv', all_varchar = true)\"\n"
        f'event_time = "event_time"\nknown_at = "known_at"\n{more}'
    )
    return extract.load(NOW).feeds[0]


def _usual(column: Column) -> str:
    """A value that the column allows."""
    if column.is_year:
        return "1980"
    if column.type == "boolean":
        return "true"
    if column.type == "int64":
        return str(max(column.minimum or 0, 1))
    return column.allowed[0] if column.allowed else "A"


def is_day(text: str) -> bool:
    return len(text) == 10


@pytest.mark.slow
@pytest.mark.parametrize(("feed", "column"), DATED, ids=lambda each: each.name)
def test_no_placeholder_becomes_a_date_of_any_feed(
    extract: Any, feed: Feed, column: Column
) -> None:
    values = [*BEFORE, *ZERO, *NEVER, *FAR]
    if column.type == "date":
        values = [value for value in values if is_day(value)]
    bills = load(extract, feed, [{}, *({column.name: value} for value in values)])
    right = FAR[:3] if column.name == "contract_end" else []
    assert bills.read == len(values) + 1
    assert bills.bad == len(values) - len(right), bills.quarantined
    assert {rows.reason.split(" ")[0] for rows in bills.quarantined} == {column.name}
    assert all(rows.hint or "is not" in rows.reason for rows in bills.quarantined)


def test_the_true_row_beside_them_is_imported(extract: Any) -> None:
    rows = [
        {"event_time": "1970-01-02"},
        {"event_time": "1969-12-30"},
        {"event_time": "1950-01-01"},
    ]
    assert load(extract, FEEDS["customers"], rows).bad == 0


@pytest.mark.parametrize(
    ("year", "reason"),
    [
        ("0", "birth_year < 1905"),
        ("1", "birth_year < 1905"),
        ("1900", "birth_year < 1905"),
        ("2026", "birth_year is a future year"),
        ("2100", "birth_year is a future year"),
        ("9999", "birth_year is a future year"),
        ("-1", "birth_year < 1905"),
        ("1905", None),
        ("2025", None),
        ("", None),
    ],
)
def test_a_year_of_birth_is_a_possible_one(extract: Any, year: str, reason: str | None) -> None:
    customers = load(extract, FEEDS["customers"], [{"birth_year": year}])
    assert [rows.reason for rows in customers.quarantined] == ([reason] if reason else [])


def test_a_placeholder_that_is_declared_is_missing(extract: Any) -> None:
    more = '[feed.contracts.read]\ncontract_end = {missing = ["0000-00-00", "1970-01-01"]}\n'
    rows = [{"contract_end": value} for value in ("0000-00-00", "1970-01-01", "2026-01-01")]
    assert load(extract, FEEDS["contracts"], rows, more).bad == 0
    assert extract.stored("contracts", "contract_end") == [(date(2026, 1, 1),), (None,), (None,)]


def test_a_clock_that_is_declared_missing_is_missing(extract: Any) -> None:
    more = '[feed.contracts.read]\nevent_time = {missing = ["1970-01-01"]}\n'
    contracts = load(extract, FEEDS["contracts"], [{"event_time": "1970-01-01"}], more)
    assert [rows.reason for rows in contracts.quarantined] == ["event_time is missing"]


def test_a_bill_may_be_due_soon_but_not_in_ten_years(extract: Any) -> None:
    rows = [{"due": "2026-01-01"}, {"due": "2035-05-01"}, {"due": "2035-07-01"}]
    bills = load(extract, FEEDS["bills"], rows)
    assert [rows.reason for rows in bills.quarantined] == [
        "due is a future date more than 10 years from now"
    ]
