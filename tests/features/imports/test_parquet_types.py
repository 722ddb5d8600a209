"""Whatever type a Parquet file gives a value, the same value is read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.slow

INSTANT = datetime(2025, 4, 1, 8, 30, tzinfo=UTC)
LOCAL = datetime(2025, 4, 1, 4, 30)  # in New York

MAPPING = """
max_bad_share = 1.0
[operator]
timezone = "America/New_York"
currency = "USD"
[feed.bills]
sql = "from 'bills.parquet'"
event_time = "issued"
known_at = "learned"
"""
UNITS = ("s", "ms", "us", "ns")
OFFSETS = ("UTC", "Asia/Shanghai", "+05:30")


def bill(extract: Any, **own: pa.Array) -> Any:
    """Import one bill with these columns in these types."""
    row = {
        "customer_id": pa.array(["C1"]),
        "period": pa.array([date(2025, 3, 1)]),
        "due": pa.array([date(2025, 4, 20)]),
        "revenue_fen": pa.array([4600]),
        "issued": pa.array([INSTANT], pa.timestamp("us", "UTC")),
        "learned": pa.array([INSTANT], pa.timestamp("us", "UTC")),
    }
    options = own.pop("options", {})
    pq.write_table(pa.table(row | own), extract.folder / "bills.parquet", **options)
    extract.map(
        extract.mapping.read_text() if "parquet" in extract.mapping.read_text() else MAPPING
    )
    return extract.load().feeds[0]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("zone", OFFSETS)
@pytest.mark.parametrize("version", ["1.0", "2.6"])
def test_every_timestamp_with_a_zone_is_the_same_instant(
    extract: Any, unit: str, zone: str, version: str
) -> None:
    times = pa.array([INSTANT], pa.timestamp(unit, zone))
    bill(extract, issued=times, learned=times, options={"version": version})
    assert extract.stored(columns="event_time, known_at") == [(LOCAL, LOCAL)]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("options", [{}, {"use_deprecated_int96_timestamps": True}])
def test_every_timestamp_without_a_zone_is_of_the_extracts(
    extract: Any, unit: str, options: dict[str, Any]
) -> None:
    extract.map(MAPPING + 'timezone = "UTC"\n')
    times = pa.array([INSTANT.replace(tzinfo=None)], pa.timestamp(unit))
    bill(extract, issued=times, learned=times, options=options)
    assert extract.stored(columns="event_time, known_at") == [(LOCAL, LOCAL)]


@pytest.mark.parametrize(
    "text", ["2025-04-01 08:30:00+00:00", "2025-04-01T08:30:00Z", "2025-04-01 14:00:00+05:30",
             "2025-04-01T04:30:00.000000-0400"],
)  # fmt: skip
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_a_text_with_an_offset_is_an_instant(extract: Any, text: str, kind: pa.DataType) -> None:
    times = pa.array([text]).cast(kind)
    bill(extract, issued=times, learned=times.dictionary_encode())
    assert extract.stored(columns="event_time, known_at") == [(LOCAL, LOCAL)]


@pytest.mark.parametrize(
    "amount",
    [
        *(pa.array([46], kind()) for kind in (pa.int8, pa.uint8, pa.int16, pa.uint32, pa.uint64)),
        pa.array([Decimal(46)], pa.decimal128(18, 2)),
        pa.array([Decimal(46)], pa.decimal256(50, 2)),
        pa.array([46.0], pa.float64()),
        pa.array([46.0], pa.float32()),
        pa.array(["46"]).dictionary_encode(),
        pa.array([46]).dictionary_encode(),
        pa.array([b"46"]),
    ],
    ids=lambda array: str(array.type),
)
def test_every_whole_number_is_the_same(extract: Any, amount: pa.Array) -> None:
    bill(extract, revenue_fen=amount)
    assert extract.stored(columns="revenue_fen") == [(46,)]


@pytest.mark.parametrize(
    "day",
    [
        pa.array([date(2025, 3, 1)], pa.date32()),
        pa.array([date(2025, 3, 1)], pa.date64()),
        pa.array([datetime(2025, 3, 1)], pa.timestamp("s")),
        pa.array([datetime(2025, 3, 1)], pa.timestamp("ns")),
        pa.array([date(2025, 3, 1)]).dictionary_encode(),
        pa.array(["2025-03-01"], pa.large_string()),
    ],
    ids=lambda array: str(array.type),
)
def test_every_date_is_the_same(extract: Any, day: pa.Array) -> None:
    bill(extract, period=day)
    assert extract.stored(columns="period") == [(date(2025, 3, 1),)]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("revenue_fen", pa.array([2**63], pa.uint64()), "revenue_fen is not a whole number"),
        ("revenue_fen", pa.array([1.5]), "revenue_fen is not a whole number"),
        ("revenue_fen", pa.array([None], pa.uint64()), "revenue_fen is missing"),
        ("customer_id", pa.array([b"\xff\xfe"]), "customer_id is not text"),
        ("period", pa.array([2**31 - 10], pa.int32()).cast(pa.date32()), "period is not a date"),
        ("issued", pa.array([2**62], pa.int64()).cast(pa.timestamp("us")),
         "event_time is not a time"),
        ("issued", pa.array([-(2**62)], pa.int64()).cast(pa.timestamp("us", "UTC")),
         "event_time is not a time"),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_one_bad_row(
    extract: Any, column: str, value: pa.Array, reason: str
) -> None:
    bills = bill(extract, **{column: value})
    assert (bills.read, bills.bad) == (1, 1)
    assert bills.quarantined[0].reason.startswith(reason)
