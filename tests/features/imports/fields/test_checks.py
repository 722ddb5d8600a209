"""Each raw value in its type: what is accepted, and what would have to be bent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from features.errors import ImportRefused
from features.feeds import FEEDS, Column
from features.imports.fields.checks import hint
from features.imports.fields.instants import Zones
from features.imports.fields.values import Raw, typed
from tests.features.conftest import BILL

SHANGHAI = Zones("Asia/Shanghai", "Asia/Shanghai")


def value(kind: Any, raw: str, zones: Zones = SHANGHAI) -> Any:
    """The SQL value `raw` as a column of that type; None if it is not one."""
    connection = duckdb.connect()
    ((source,),) = connection.execute(
        f"SELECT column_type FROM (DESCRIBE SELECT {raw} x)"
    ).fetchall()
    column = Raw("x", source)
    expression = typed(Column("x", kind), column, zones)
    ((found,),) = connection.execute(
        f"SELECT {expression} FROM (SELECT {column.plain()} AS x FROM (SELECT {raw} x))"
    ).fetchall()
    return found


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("string", "'0042'", "0042"),
        ("string", "42", "42"),
        ("string", "' C1  '", "C1"),
        ("string", "'C1' || chr(9)", "C1"),
        ("string", "'C1' || chr(160)", "C1"),
        ("string", "'=\"0042\"'", "0042"),
        ("string", "'NULL'", None),
        ("string", "'\\N'", None),
        ("string", "'$null$'", None),
        ("string", "'Null Street'", "Null Street"),
        ("int64", "'42' || chr(9)", 42),
        ("int64", "' 42 '", 42),
        ("int64", "'-42'", -42),
        ("int64", "'12.0'", 12),
        ("int64", "'12.5'", None),
        ("int64", "'1e3'", None),
        ("int64", "'0x10'", None),
        ("int64", "'1_000'", None),
        ("int64", "'99999999999999999999'", None),
        ("int64", "12.0", 12),
        ("int64", "12.5::DOUBLE", None),
        ("int64", "'nan'::DOUBLE", None),
        ("int64", "99999999999999999999::HUGEINT", None),
        ("boolean", "'true'", True),
        ("boolean", "0", False),
        ("boolean", "2", None),
        ("boolean", "'perhaps'", None),
        ("date", "'2025-01-31'", date(2025, 1, 31)),
        ("date", "'2025-01-31 00:00:00'", date(2025, 1, 31)),
        ("date", "'2025-01-31 08:00:00'", None),
        ("date", "'2025-02-30'", None),
        ("date", "'31/01/2025'", None),
        ("date", "TIMESTAMP '2025-01-31'", date(2025, 1, 31)),
        ("date", "TIMESTAMP '2025-01-31 08:00:00'", None),
        ("date", "DATE 'infinity'", None),
        ("timestamp", "'2025-01-31'", datetime(2025, 1, 31)),
        ("timestamp", "'2025-01-31T08:30'", datetime(2025, 1, 31, 8, 30)),
        ("timestamp", "'2025-01-31 08:30:00.123456'", datetime(2025, 1, 31, 8, 30, 0, 123456)),
        ("timestamp", "'2025-01-31 08:30:00+0530'", datetime(2025, 1, 31, 11)),
        ("timestamp", "'2025-01-31 08:30:00 Europe/Paris'", None),
        ("timestamp", "DATE '2025-01-31'", datetime(2025, 1, 31)),
        ("timestamp", "TIMESTAMP 'infinity'", None),
        ("timestamp", "TIMESTAMP_NS '2025-01-31 08:30:00'", datetime(2025, 1, 31, 8, 30)),
        ("timestamp", "TIMESTAMPTZ '2025-01-31 00:30:00+00'", datetime(2025, 1, 31, 8, 30)),
        ("timestamp", "NULL", None),
    ],
)
def test_a_value_is_taken_as_it_is_or_not_at_all(kind: str, raw: str, expected: Any) -> None:
    found = value(kind, raw)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("mark", ["NULL", "\\N", "$null$", "(null)", "#N/A", "NaN"])
def test_a_database_mark_for_no_value_does_not_count_as_a_customer(extract: Any, mark: str) -> None:
    extract.map(extract.mapping.read_text().replace("max_bad_share = 0.0", "max_bad_share = 0.9"))
    extract.bills(BILL, BILL.replace("C1", mark), BILL.replace("C1", "C1\t"))
    (report,) = extract.load().feeds
    assert [str(rows).split(" (first")[0] for rows in report.quarantined] == [
        "1 row: customer_id is missing"
    ]
    assert extract.stored(columns="customer_id") == [("C1",)]


def test_an_id_that_no_address_could_hold_is_refused(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace("max_bad_share = 0.0", "max_bad_share = 0.5"))
    extract.bills(BILL, BILL.replace("C1", "GZ/1"))
    (report,) = extract.load().feeds
    assert [str(rows).split(" (first")[0] for rows in report.quarantined] == [
        "1 row: customer_id has a slash"
    ]
    assert extract.stored(columns="customer_id") == [("C1",)]
    assert "replace(customer_id, '/', '-')" in hint(FEEDS["bills"], "customer_id has a slash")


def test_a_null_that_the_mapping_reads_means_what_it_says(extract: Any) -> None:
    extract.map(
        extract.mapping.read_text() + '[feed.bills.read]\nrevenue_fen = {values = {NULL = "0"}}\n'
    )
    extract.bills(BILL.replace("4600", "NULL"))
    extract.load()
    assert extract.stored(columns="revenue_fen") == [(0,)]


def test_a_time_without_offset_is_of_the_extracts_zone() -> None:
    winter = value("timestamp", "'2025-01-31 20:00:00'", Zones("America/New_York", "UTC"))
    summer = value("timestamp", "'2025-07-31 20:00:00'", Zones("America/New_York", "UTC"))
    assert (winter.hour, summer.hour) == (15, 16)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("string", "1.5"),
        ("string", "DATE '2025-01-31'"),
        ("int64", "true"),
        ("date", "20250131"),
        ("date", "TIMESTAMPTZ '2025-01-31'"),
        ("timestamp", "1738281600"),
        ("boolean", "[true]"),
    ],
)
def test_a_type_that_could_mean_two_things_is_refused(kind: str, raw: str) -> None:
    with pytest.raises(ImportRefused, match="Convert it in the query"):
        value(kind, raw)


def test_a_reason_brings_the_columns_hint() -> None:
    assert hint(FEEDS["bills"], "revenue_fen < 0") == "Credits belong in payments."
    assert hint(FEEDS["bills"], "due is not a date like 2025-01-31") == ""
