"""Raw events of an operator that was not shaped for this, through the mapping in docs."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.imports.sources import ImportReport, import_feeds
from features.lake import clocks, feed_columns, feed_files, read_manifest
from features.settings import FeatureSettings, home_settings

pytestmark = pytest.mark.slow

MAPPING = Path(__file__).parents[2] / "docs" / "mappings" / "megaline.toml"
NOW = datetime(2019, 1, 10)


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    path = shared_data / "megaline_events"
    if not path.is_dir():
        pytest.skip(f"no folder {path}; set LIUKE_SHARED to the folder that holds data/")
    return path


@pytest.fixture(scope="module")
def imported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImportReport]:
    home = tmp_path_factory.mktemp("megaline")
    return home, import_feeds(home, MAPPING, folder, NOW)


def rows(home: Path, feed: str, query: str) -> list[tuple[Any, ...]]:
    """The answer to a query over `facts`, all parts of the feed."""
    files = [str(path) for path in feed_files(home, feed)]
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW facts AS FROM read_parquet({files})")
    found: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return found


def test_every_row_is_taken(imported: tuple[Path, ImportReport]) -> None:
    _, report = imported
    counts = {feed.feed: (feed.read, feed.new, feed.bad) for feed in report.feeds}
    assert counts == {
        "customers": (500, 500, 0),
        "contracts": (534, 534, 0),
        "usage": (61_209, 61_209, 0),
        "bills": (3_313, 3_313, 0),
    }


def test_names_stay_at_the_door(imported: tuple[Path, ImportReport], folder: Path) -> None:
    home, _ = imported
    users = (folder / "megaline_users.csv").read_text().splitlines()[1:]
    name = users[0].split(",")[2].encode()
    assert set(feed_columns(home, "customers")) == {
        "customer_id", "birth_year", "city", "payment_mode", "consent", "event_time", "known_at",
    }  # fmt: skip
    for path in home.rglob("*"):
        assert not path.is_file() or name not in path.read_bytes()


def test_the_clocks_are_marked_as_assumed(imported: tuple[Path, ImportReport]) -> None:
    home, _ = imported
    assert {clocks(home, feed) for feed in read_manifest(home)} == {"assumed"}


def test_the_home_takes_the_operators_zone_and_currency(
    imported: tuple[Path, ImportReport],
) -> None:
    settings = home_settings(imported[0], "features", FeatureSettings)
    assert (settings.timezone, settings.currency) == ("America/New_York", "USD")


def test_no_event_is_lost_in_the_daily_sums(imported: tuple[Path, ImportReport]) -> None:
    totals = "SELECT sum(sms), sum(voice_out_s), sum(data_kb), min(day), max(day) FROM facts"
    ((sms, seconds, data_kb, first, last),) = rows(imported[0], "usage", totals)
    assert (sms, first, last) == (76_051, date(2018, 1, 15), date(2018, 12, 31))
    assert seconds / 60 == pytest.approx(929_150.26, rel=1e-5)
    assert data_kb / 1024 == pytest.approx(38_440_763.71, rel=1e-8)


def test_bills_follow_the_plans_rules(imported: tuple[Path, ImportReport]) -> None:
    bills = rows(
        imported[0],
        "bills",
        "SELECT customer_id, period, revenue_fen FROM facts "
        "WHERE customer_id IN ('1001', '1319') ORDER BY ALL",
    )
    unused = [bill for bill in bills if bill[0] == "1319"]
    assert unused == [("1319", date(2018, month, 1), 2000) for month in range(6, 13)]
    assert ("1001", date(2018, 10, 1), 9009) in bills


def test_those_who_left_get_no_further_bill(imported: tuple[Path, ImportReport]) -> None:
    home, _ = imported
    left = dict(
        rows(
            home, "contracts", "SELECT customer_id, event_time FROM facts WHERE event = 'cancelled'"
        )
    )
    last = dict(rows(home, "bills", "SELECT customer_id, max(period) FROM facts GROUP BY ALL"))
    assert len(left) == 34
    assert all(last[customer] <= when.date() for customer, when in left.items())


def test_importing_it_again_changes_nothing(
    imported: tuple[Path, ImportReport], folder: Path
) -> None:
    home, _ = imported
    manifest = home / "lake" / "feeds" / "manifest.json"
    before = manifest.read_bytes()
    assert not import_feeds(home, MAPPING, folder, datetime(2019, 2, 1)).changed
    assert manifest.read_bytes() == before


SPOILED = {
    "megaline_users.csv": ("age", "young"),
    "megaline_calls.csv": ("duration", "1,5"),
    "megaline_messages.csv": ("message_date", "00/00/0000"),
    "megaline_internet.csv": ("mb_used", "n/a"),
}


def test_a_bad_value_in_each_file_makes_bad_rows_and_the_others_go_in(
    folder: Path, tmp_path: Path
) -> None:
    for path in folder.glob("*.csv"):
        header, first, *others = path.read_text("utf-8").splitlines()
        if path.name in SPOILED:
            column, value = SPOILED[path.name]
            (row,) = csv.DictReader([header, first])
            first = ",".join(f'"{each}"' for each in (row | {column: value}).values())
        (tmp_path / path.name).write_text("\n".join([header, first, *others]) + "\n", "utf-8")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING.read_text("utf-8").replace("= 0.0", "= 0.1"), "utf-8")
    report = import_feeds(tmp_path / "home", mapping, tmp_path, NOW)
    reasons = {feed.feed: {rows.reason for rows in feed.quarantined} for feed in report.feeds}
    assert reasons == {
        "customers": {"birth_year is not a whole number"},
        "contracts": set(),
        "usage": {
            "voice_out_s is missing",
            "data_kb is missing",
            "day is not a date like 31/01/2025",
        },
        "bills": {"revenue_fen is missing"},
    }
    assert [feed.bad for feed in report.feeds if feed.feed != "bills"] == [1, 0, 3]
