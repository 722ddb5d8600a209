"""What is new, what is a correction, what says nothing: by hand, and against a plain loop."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import ImportRefused
from features.feeds import FEEDS
from features.imports.versions import compare

NOW = datetime(2025, 6, 1)
COLUMNS = ("customer_id", "period", "revenue_fen", "event_time", "known_at")


def bill(revenue: int, learned: str, customer: str = "C1") -> str:
    return f"{customer},2025-03-01,{revenue},2025-04-01,{learned} 00:00:00"


def versions(extract: Any) -> list[tuple[int, str]]:
    """Each stored version of the one bill: revenue, and when it was known."""
    rows = extract.stored(columns="known_at, revenue_fen")
    return [(revenue, f"{known:%m-%d}") for known, revenue in rows]


def test_a_correction_becomes_a_later_version(extract: Any) -> None:
    extract.bills(bill(100, "2025-04-02"))
    extract.load()
    extract.bills(bill(90, "2025-04-09"))
    report = extract.load()
    assert (report.feeds[0].new, report.feeds[0].versions) == (0, 1)
    assert versions(extract) == [(100, "04-02"), (90, "04-09")]


def test_a_correction_without_its_own_moment_is_learned_now(extract: Any) -> None:
    extract.bills(bill(100, "2025-04-02"))
    extract.load()
    extract.bills(bill(90, "2025-04-02"))
    assert extract.load().feeds[0].versions == 1
    assert versions(extract) == [(100, "04-02"), (90, "06-01")]
    assert not extract.load(datetime(2025, 6, 2)).changed


def test_one_file_may_hold_a_fact_and_its_corrections(extract: Any) -> None:
    extract.bills(bill(100, "2025-04-04"), bill(100, "2025-04-02"), bill(90, "2025-04-03"))
    report = extract.load()
    assert (report.feeds[0].new, report.feeds[0].versions) == (1, 2)
    assert versions(extract) == [(100, "04-02"), (90, "04-03"), (100, "04-04")]
    assert not extract.load().changed


def test_the_same_content_learned_again_is_ignored(extract: Any) -> None:
    extract.bills(bill(100, "2025-04-02"), bill(100, "2025-04-05"), bill(100, "2025-04-02"))
    report = extract.load()
    assert (report.feeds[0].new, report.feeds[0].ignored) == (1, 2)
    assert versions(extract) == [(100, "04-02")]


def test_an_old_file_delivered_again_changes_nothing(extract: Any) -> None:
    extract.bills(bill(100, "2025-04-02"))
    extract.load()
    extract.bills(bill(90, "2025-04-09"))
    extract.load()
    extract.bills(bill(100, "2025-04-02"))
    assert not extract.load().changed


def test_rows_that_contradict_each_other_are_all_quarantined(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace("= 0.0", "= 0.75"))
    extract.bills(
        bill(100, "2025-04-02"), bill(90, "2025-04-02"), bill(90, "2025-04-02"),
        bill(100, "2025-04-02", "C2"),
    )  # fmt: skip
    (bills,) = extract.load().feeds
    assert [(rows.reason, rows.rows) for rows in bills.quarantined] == [
        ("conflicting duplicate", 3)
    ]
    assert extract.stored(columns="customer_id") == [("C2",)]
    assert duckdb.sql(f"SELECT row_number FROM '{bills.quarantine_file}'").fetchall() == [
        (1,), (2,), (3,),
    ]  # fmt: skip


def test_contradictions_count_as_bad_rows(extract: Any) -> None:
    extract.bills(bill(100, "2025-04-02"), bill(90, "2025-04-02"))
    with pytest.raises(ImportRefused, match="2 rows: conflicting duplicate"):
        extract.load()


class Row(NamedTuple):
    customer: int
    day: int
    revenue: int


def by_hand(stored: list[Row], delivered: list[Row], now: int) -> tuple[set[Row], set[Row]]:
    """The rule as a loop: the rows to be added, and those that contradict each other."""
    said: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in delivered:
        said[row.customer, row.day].add(row.revenue)
    conflicts = {row for row in delivered if len(said[row.customer, row.day]) > 1}
    added: set[Row] = set()
    for customer in {row.customer for row in delivered}:
        known = sorted(row for row in stored if row.customer == customer)
        rows = sorted(row for row in set(delivered) - conflicts if row.customer == customer)
        last = known[-1] if known else None
        before = last.revenue if last else None
        for row in rows:
            if any(old.revenue == row.revenue and old.day >= row.day for old in known):
                continue
            if last is None or row.day > last.day:
                if row.revenue != before:
                    added.add(row)
                before = row.revenue
            elif row == rows[-1]:
                then = [old.revenue for old in known if old.day <= row.day]
                if not then or then[-1] != row.revenue:
                    added.add(row._replace(day=now))
    return added, conflicts


rows_of_bills = st.lists(
    st.builds(Row, st.integers(1, 2), st.integers(1, 5), st.integers(1, 3)), max_size=8
)


@settings(deadline=None, max_examples=25)
@given(deliveries=st.lists(rows_of_bills, min_size=1, max_size=3))
def test_what_is_added_is_what_a_plain_loop_adds(
    tmp_path_factory: pytest.TempPathFactory, deliveries: list[list[Row]]
) -> None:
    folder = tmp_path_factory.mktemp("lake")
    stored: list[Row] = []
    parts: list[Path] = []
    connection = duckdb.connect()
    for number, delivered in enumerate(deliveries):
        now = 100 + number
        added, conflicts = by_hand(stored, delivered, now)
        _checked(connection, delivered)
        verdict = compare(connection, FEEDS["bills"], COLUMNS, parts, f"TIMESTAMP '{_day(now)}'")
        found = connection.execute(
            "SELECT CAST(customer_id AS INT), date_diff('day', DATE '2025-01-01', "
            "coalesce(moved.known_at, checked.known_at)), revenue_fen "
            "FROM checked LEFT JOIN moved USING (row_id) "
            "WHERE row_id NOT IN (SELECT row_id FROM not_stored)"
        ).fetchall()
        assert {Row(*values) for values in found} == added
        assert len(found) == len(added) == verdict.new + verdict.versions
        assert verdict.conflicts == sum(row in conflicts for row in delivered)
        assert verdict.ignored == len(delivered) - len(added) - verdict.conflicts
        stored += added
        parts.append(folder / f"{number}.parquet")
        _write(connection, sorted(added), parts[-1])


def _day(number: int) -> datetime:
    return datetime(2025, 1, 1) + timedelta(days=number)


def _checked(connection: Any, rows: list[Row]) -> None:
    """The table that `compare` reads: of one period, all good."""
    values = ", ".join(
        f"({number}, '{row.customer}', {row.revenue}, TIMESTAMP '{_day(row.day)}')"
        for number, row in enumerate(rows)
    )
    connection.execute(
        "CREATE OR REPLACE TABLE checked AS SELECT CAST(customer_id AS VARCHAR) AS customer_id, "
        "DATE '2024-12-01' AS period, "
        "CAST(revenue_fen AS BIGINT) AS revenue_fen, TIMESTAMP '2025-01-01' AS event_time, "
        "known_at, NULL AS fault, row_id "
        f"FROM (VALUES {values or '(0, NULL, 0, TIMESTAMP $$2025-01-01$$)'}) "
        f"AS rows (row_id, customer_id, revenue_fen, known_at) LIMIT {len(rows)}"
    )


def _write(connection: Any, rows: list[Row], path: Path) -> None:
    _checked(connection, rows)
    connection.execute(f"COPY (SELECT {', '.join(COLUMNS)} FROM checked) TO '{path}'")
