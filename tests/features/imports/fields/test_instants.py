"""Around each change of clocks a right row goes in, and a wrong one does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.imports.fields.instants import Zones, change_days

# A zone, and instants in the middle of the hour in which its clocks were changed.
CHANGES = {
    "America/New_York": ("2024-11-03T06:00", "2024-03-10T07:00"),
    "Europe/Berlin": ("2024-10-27T01:00", "2024-03-31T01:00"),
    "Australia/Lord_Howe": ("2024-04-06T15:00", "2024-10-05T15:30"),
    "America/Sao_Paulo": ("2018-02-18T02:00", "2018-11-04T03:00"),
    "Asia/Shanghai": ("1991-09-14T17:00", "1991-04-13T18:00"),
    "UTC": ("2024-11-03T06:00",),
}
CASES = [(zone, change) for zone, changes in CHANGES.items() for change in changes]
NOW = datetime(2025, 6, 1, tzinfo=UTC)

Pair = tuple[datetime, datetime]


def around(change: str, minutes: int = 20, hours: int = 3) -> list[datetime]:
    middle = datetime.fromisoformat(change).replace(tzinfo=UTC)
    steps = hours * 60 // minutes
    return [middle + timedelta(minutes=minutes * step) for step in range(-steps, steps + 1)]


def shown(moment: datetime, zone: str) -> str:
    """The local time, without its offset."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def meanings(local: str, zone: str) -> set[datetime]:
    """The instants at which clocks showed this."""
    times = [
        datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
        for fold in (0, 1)
    ]
    return {time for time in times if shown(time, zone) == local}


def load(extract: Any, zone: str, rows: Iterable[tuple[str, str]], of: str, **kw: Any) -> Any:
    """Import rows of two clocks, of the zone `of` where they name no offset."""
    extract.map(
        extract.mapping.read_text().replace("= 0.0", "= 1.0")
        + f'timezone = "{of}"\n[operator]\ntimezone = "{zone}"\ncurrency = "USD"\n'
    )
    extract.bills(*(f"C{n},1991-03-01,1,{event},{known}" for n, (event, known) in enumerate(rows)))
    (bills,) = extract.load(**({"now": NOW} | kw)).feeds
    return bills


def stored(extract: Any) -> dict[int, Pair]:
    rows = extract.stored(columns="CAST(substr(customer_id, 2) AS INT), event_time, known_at")
    return {number: (event, known) for number, event, known in rows}


def early(bills: Any) -> set[int]:
    """The rows that were quarantined, each of them as known too early."""
    if bills.quarantine_file is None:
        return set()
    rows = duckdb.sql(f"SELECT row_number - 1, reason FROM '{bills.quarantine_file}'").fetchall()
    assert {why for _, why in rows} == {"known_at is before event_time"}
    return {number for number, _ in rows}


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "change"), CASES)
@pytest.mark.parametrize("written", ["UTC", "offset"])
def test_of_two_instants_the_earlier_comes_first(
    extract: Any, zone: str, change: str, written: str
) -> None:
    pairs = [(event, known) for event in around(change) for known in around(change)]
    if written == "UTC":
        rows = [(f"{a:%F %T}", f"{b:%F %T}") for a, b in pairs]
    else:
        local = [tuple(each.astimezone(ZoneInfo(zone)) for each in pair) for pair in pairs]
        rows = [(a.isoformat(sep=" "), b.isoformat(sep=" ")) for a, b in local]
    assert early(load(extract, zone, rows, "UTC")) == {
        number for number, (event, known) in enumerate(pairs) if known < event
    }
    for number, (event, known) in stored(extract).items():
        right, learned = (shown(moment, zone) for moment in pairs[number])
        assert f"{event:%F %T}" == right
        assert f"{known:%F %T}" >= max(right, learned)
        assert known - datetime.fromisoformat(learned) <= timedelta(hours=1)


@pytest.mark.parametrize(("zone", "change"), CASES)
def test_local_times_are_wrong_only_if_no_instants_would_do(
    extract: Any, zone: str, change: str
) -> None:
    times = sorted({shown(moment, zone) for moment in around(change)})
    rows = [(event, known) for event in times for known in times]
    assert early(load(extract, zone, rows, zone)) == {
        number
        for number, (event, known) in enumerate(rows)
        if max(meanings(known, zone)) < min(meanings(event, zone))
    }
    assert all(known >= event for event, known in stored(extract).values())


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe"])
@given(data=st.data())
@settings(max_examples=5, deadline=None)
def test_any_second_of_a_repeated_hour_is_read(
    zone: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.features.conftest import BILLS, Extract

    folder = tmp_path_factory.mktemp("extract")
    extract = Extract(folder, folder / "mapping.toml", folder / "home")
    extract.map(BILLS)
    middle = datetime.fromisoformat(CHANGES[zone][0]).replace(tzinfo=UTC)
    seconds = st.integers(-7200, 7200).map(lambda each: middle + timedelta(seconds=each))
    pairs = data.draw(st.lists(st.tuples(seconds, seconds), min_size=1, max_size=50))
    rows = [(f"{a:%F %T}", f"{b:%F %T}") for a, b in pairs]
    assert early(load(extract, zone, rows, "UTC")) == {
        number for number, (event, known) in enumerate(pairs) if known < event
    }


def test_the_rows_of_a_night_in_new_york(extract: Any) -> None:
    bills = load(
        extract, "America/New_York", [("2024-11-03 05:50:00", "2024-11-03 06:10:00")], "UTC"
    )
    assert bills.bad == 0
    ((event, known),) = stored(extract).values()
    assert event == datetime(2024, 11, 3, 1, 50)
    assert known >= event


@pytest.mark.parametrize(
    ("zone", "local", "is_right"),
    [
        ("America/New_York", "2024-03-10 02:30:00", False),
        ("America/New_York", "2024-03-10 03:00:00", True),
        ("Europe/Berlin", "2024-03-31 02:59:59", False),
        ("Australia/Lord_Howe", "2024-10-06 02:15:00", False),
        ("America/Sao_Paulo", "2018-11-04 00:30:00", False),
        ("America/Sao_Paulo", "2018-11-04 00:00:00", True),
        ("America/Sao_Paulo", "2018-11-04", True),
        ("Asia/Shanghai", "2024-03-10 02:30:00", True),
    ],
)
def test_a_time_that_clocks_skipped_is_quarantined(
    extract: Any, zone: str, local: str, is_right: bool
) -> None:
    bills = load(extract, zone, [(local, "2025-01-01 10:00:00")], zone)
    assert [rows.reason for rows in bills.quarantined] == (
        [] if is_right else ["event_time is a time that the clocks skipped"]
    )


@pytest.mark.parametrize(
    ("event", "now", "is_right"),
    [
        ("2024-11-03 05:50:00", "2024-11-03T06:10:00", True),
        ("2024-11-03 06:10:00", "2024-11-03T05:50:00", False),
        ("2024-11-03 05:50:00", "2024-11-03T05:50:00", True),
    ],
)
def test_what_is_future_is_decided_by_instants(
    extract: Any, event: str, now: str, is_right: bool
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    bills = load(extract, "America/New_York", [(event, event)], "UTC", now=moment)
    assert [rows.reason for rows in bills.quarantined] == (
        [] if is_right else ["event_time is a future date"]
    )


def test_an_assumed_delay_over_a_change_of_clocks_keeps_the_time_of_day(extract: Any) -> None:
    extract.map(
        extract.mapping.read_text().replace('known_at = "learned"', "delay_days = 1")
        + '[operator]\ntimezone = "America/New_York"\ncurrency = "USD"\n'
    )
    extract.map(
        extract.mapping.read_text().replace(
            "from read_csv", "select * exclude (learned) from read_csv"
        )
    )
    extract.bills(
        "C1,2024-03-01,1,2024-11-02 12:00:00,", "C2,2024-03-01,1,2024-11-03 01:50:00-04:00,"
    )
    extract.load(datetime(2024, 11, 3, 6, 10, tzinfo=UTC))
    assert extract.stored(columns="event_time, known_at") == [
        (datetime(2024, 11, 2, 12), datetime(2024, 11, 3, 1, 10)),
        (datetime(2024, 11, 3, 1, 50), datetime(2024, 11, 3, 1, 50)),
    ]
    assert not extract.load(datetime(2024, 11, 5, tzinfo=UTC)).changed


DAY = [
    ("2025-04-01 08:00:00", "2025-04-01", datetime(2025, 4, 2)),
    ("2025-04-01", "2025-04-01", datetime(2025, 4, 2)),
    ("2025-03-31 23:59:59", "2025-04-01", datetime(2025, 4, 2)),
    ("2025-06-01 03:00:00", "2025-06-01", datetime(2025, 6, 1, 4)),
    ("2025-05-31", "2025-06-01", datetime(2025, 6, 1, 4)),
    ("2025-04-02 00:00:00", "2025-04-01", None),
    ("2025-04-02", "2025-04-01", None),
    ("2025-04-02", "2025-06-02", None),
]


def test_a_day_as_known_at_counts_from_its_end(extract: Any) -> None:
    """Not from its start, which would be before the event and would let the future in."""
    rows = [(event, known) for event, known, _ in DAY]
    zone = "Asia/Shanghai"
    bills = load(extract, zone, rows, zone, now=datetime(2025, 6, 1, 4))
    assert {number: known for number, (_, known) in stored(extract).items()} == {
        number: known for number, (_, _, known) in enumerate(DAY) if known is not None
    }
    assert (bills.read, bills.bad, bills.known_by_day) == (8, 3, 5)


def test_a_missing_day_is_missing(extract: Any) -> None:
    sql = "select * replace (try_cast(learned as date) as learned) from read_csv"
    extract.map(extract.mapping.read_text().replace("from read_csv", sql))
    zone = "Asia/Shanghai"
    bills = load(extract, zone, [("2025-04-01 08:00:00", ""), ("2025-04-01", "2025-04-01")], zone)
    assert [rows.reason for rows in bills.quarantined] == ["known_at is missing"]
    assert bills.known_by_day == 1


def test_the_end_of_the_day_is_that_of_the_extracts_zone(extract: Any) -> None:
    bills = load(extract, "Asia/Shanghai", [("2025-04-01 08:00:00", "2025-04-01")], "UTC")
    assert bills.bad == 0
    assert stored(extract) == {0: (datetime(2025, 4, 1, 16), datetime(2025, 4, 2, 8))}


def test_a_time_at_midnight_is_a_time(extract: Any) -> None:
    zone = "Asia/Shanghai"
    bills = load(extract, zone, [("2025-04-01 08:00:00", "2025-04-01 00:00:00")], zone)
    assert [rows.reason for rows in bills.quarantined] == ["known_at is before event_time"]
    assert "deliver a date without a time" in bills.quarantined[0].hint


def test_zones_without_changes_have_no_days_of_change() -> None:
    connection = duckdb.connect()
    until = NOW.date()
    assert change_days(connection, "UTC", until) == ()
    new_york = change_days(connection, "America/New_York", until)
    assert datetime(2024, 11, 3).date() in new_york
    assert datetime(2024, 7, 1).date() not in new_york
    assert Zones("UTC", "UTC").changes is None
