"""An extract into the lake: all of it, or nothing and the reason why."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.errors import ImportRefused, SettingsError
from features.home import Home
from features.lake import clocks, feed_columns, has_feed
from features.settings import FeatureSettings, home_settings
from tests.conftest import set_home

HEADER_WITH_COST = "customer_id,period,revenue_fen,cost_fen,issued,learned\n"

BAD_ROWS = {
    "C1,2025-03-01,1,2025-07-01,2025-07-01": "event_time is a future date",
    "C2,2025-03-01,1,2025-04-01,2025-07-01": "known_at is a future date",
    "C3,2025-08-01,1,2025-04-01,2025-04-02": "period is a future date",
    "C4,2025-03-01,1,2025-04-02,2025-04-01": "known_at is before event_time",
    "C5,2025-03-01,1,,2025-04-01": "event_time is missing",
    "C6,2025-03-01,1,2025-04-01,": "known_at is missing",
    "C7,2025-03-01,1,soon,2025-04-01": "event_time is not a time like 2025-01-31 08:30:00",
    ",2025-03-01,1,2025-04-01,2025-04-02": "customer_id is missing",
    "  ,2025-03-01,1,2025-04-01,2025-04-02": "customer_id is empty",
    "C8,01/03/2025,1,2025-04-01,2025-04-02": "period is not a date like 2025-01-31",
    "C9,2025-03-01,12.5,2025-04-01,2025-04-02": "revenue_fen is not a whole number",
    "CA,2025-03-01,-1,2025-04-01,2025-04-02": "revenue_fen < 0",
    "CB,2025-03-01,,2025-04-01,2025-04-02": "revenue_fen is missing",
}


def test_a_good_row_arrives_in_the_feeds_types(extract: Any) -> None:
    report = extract.load()
    assert extract.stored() == [
        (
            "C1",
            date(2025, 3, 1),
            4600,
            datetime(2025, 4, 1, 8),
            datetime(2025, 4, 2, 9, 30),
        )
    ]
    types = duckdb.sql(f"DESCRIBE FROM '{extract.home}/lake/feeds/bills/*.parquet'").fetchall()
    assert [kind for _, kind, *_ in types] == [
        "VARCHAR",
        "DATE",
        "BIGINT",
        "TIMESTAMP",
        "TIMESTAMP",
    ]
    (bills,) = report.feeds
    assert (bills.read, bills.new, bills.versions, bills.ignored, bills.bad) == (1, 1, 0, 0, 0)


def test_absent_optional_columns_and_feeds_stay_absent(extract: Any) -> None:
    extract.load()
    assert feed_columns(extract.home, "bills") == (
        "customer_id", "period", "revenue_fen", "event_time", "known_at",
    )  # fmt: skip
    assert not has_feed(extract.home, "payments")


def test_an_empty_first_delivery_still_says_which_columns_there_are(extract: Any) -> None:
    extract.bills()
    assert extract.load().changed
    assert extract.stored() == []
    assert "revenue_fen" in feed_columns(extract.home, "bills")


def test_ids_keep_their_leading_zeros(extract: Any) -> None:
    extract.bills("0042,2025-03-01,4600,2025-04-01,2025-04-02")
    extract.load()
    assert extract.stored(columns="customer_id") == [("0042",)]


def test_several_files_are_read_by_pattern(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace("bills.csv", "bills_*.csv"))
    (extract.folder / "bills.csv").rename(extract.folder / "bills_03.csv")
    extract.bills("C1,2025-04-01,5000,2025-05-01,2025-05-02")
    (extract.folder / "bills.csv").rename(extract.folder / "bills_04.csv")
    extract.load()
    assert extract.stored(columns="revenue_fen") == [(4600,), (5000,)]


def test_importing_twice_changes_no_byte(extract: Any) -> None:
    extract.load()
    before = extract.lake()
    report = extract.load(datetime(2025, 6, 2))
    assert not report.changed
    assert report.feeds[0].ignored == 1
    assert extract.lake() == before


def test_new_rows_are_added_as_a_part(extract: Any) -> None:
    extract.load()
    before = extract.lake()
    extract.bills("C1,2025-03-01,4600,2025-04-01 08:00:00,2025-04-02 09:30:00",
                  "C2,2025-03-01,100,2025-04-01,2025-04-02")  # fmt: skip
    report = extract.load()
    assert (report.feeds[0].new, report.feeds[0].ignored) == (1, 1)
    after = extract.lake()
    assert len(after) == len(before) + 1
    assert all(after[name] == before[name] for name in before if name.endswith(".parquet"))


def test_a_bad_row_is_quarantined_with_reason_and_example(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace("= 0.0", "= 0.7"))
    extract.bills(
        "C1,2025-03-01,4600,2025-04-01,2025-04-02",
        "C2,2025-03-01,-5,2025-04-01,2025-04-02",
        "C3,2025-03-01,-6,2025-04-01,2025-04-02",
    )
    (bills,) = extract.load().feeds
    (reason,) = bills.quarantined
    assert str(reason) == (
        "2 rows: revenue_fen < 0 (first: row 2, customer_id C2, period 2025-03-01, "
        "revenue_fen -5). Credits belong in payments."
    )
    assert extract.stored(columns="customer_id") == [("C1",)]
    rows = duckdb.sql(f"FROM '{bills.quarantine_file}'").fetchall()
    assert [(number, why) for number, why, _ in rows] == [
        (2, "revenue_fen < 0"),
        (3, "revenue_fen < 0"),
    ]
    assert json.loads(rows[0][2]) == {
        "customer_id": "C2",
        "period": "2025-03-01",
        "revenue_fen": "-5",
        "issued": "2025-04-01",
        "learned": "2025-04-02",
    }


def test_too_many_bad_rows_change_nothing_and_are_kept_to_look_at(extract: Any) -> None:
    extract.load()
    before = extract.lake()
    extract.bills("C7,2025-03-01,100,2025-04-01,2025-04-02", "C8,,100,2025-04-01,2025-04-02")
    with pytest.raises(ImportRefused) as refused:
        extract.load()
    message = refused.value.message
    assert "bills: 1 of 2 rows are bad (50.00%; max_bad_share is 0.00%)" in message
    assert "period is missing (first: row 2, customer_id C8, period missing)" in message
    assert extract.lake() == before
    (kept,) = (extract.home / "lake" / "quarantine").iterdir()
    assert str(kept) in message
    assert refused.value.details["feeds"][0]["quarantined"][0]["rows"] == 1


def test_a_feed_may_allow_more_bad_rows_than_the_others(extract: Any) -> None:
    extract.map(extract.mapping.read_text() + "max_bad_share = 0.5\n")
    extract.bills("C7,2025-03-01,100,2025-04-01,2025-04-02", "C8,,100,2025-04-01,2025-04-02")
    assert extract.load().feeds[0].bad == 1


def test_feeds_become_visible_together_or_not_at_all(extract: Any) -> None:
    extract.map(
        extract.mapping.read_text()
        + """
[feed.payments]
sql = "from read_csv('payments.csv', all_varchar = true)"
event_time = "paid"
delay_days = 0
"""
    )
    extract.write("payments.csv", "customer_id,payment_id,amount_fen,paid\nC1,P1,0,2025-04-03\n")
    with pytest.raises(ImportRefused, match="payments: 1 of 1 rows are bad"):
        extract.load()
    assert extract.lake() == {}
    extract.write("payments.csv", "customer_id,payment_id,amount_fen,paid\nC1,P1,4600,2025-04-03\n")
    assert [feed.feed for feed in extract.load().feeds] == ["bills", "payments"]
    assert extract.stored("payments", "amount_fen") == [(4600,)]


def test_other_columns_than_the_feeds_are_shown_as_a_difference(extract: Any) -> None:
    extract.write("bills.csv", "customer_id,period,amount,issued\nC1,2025-03-01,1,2025-04-01\n")
    with pytest.raises(ImportRefused) as refused:
        extract.load()
    assert refused.value.message.startswith("bills: the query's columns are not those of the feed")
    assert "  - revenue_fen\n  - learned\n" in refused.value.message.replace(
        "  - learned\n  - revenue_fen\n", "  - revenue_fen\n  - learned\n"
    )
    assert "  + amount\n" in refused.value.message


def test_other_columns_than_the_lakes_are_refused(extract: Any) -> None:
    extract.load()
    before = extract.lake()
    extract.write("bills.csv", HEADER_WITH_COST + "C1,2025-04-01,1,9,2025-05-01,2025-05-02\n")
    with pytest.raises(ImportRefused, match=r"not those that the lake has[\s\S]*\+ cost_fen"):
        extract.load()
    assert extract.lake() == before


def test_every_row_that_breaks_the_contract_says_why(extract: Any) -> None:
    extract.map(extract.mapping.read_text().replace("= 0.0", "= 1.0"))
    extract.bills(*BAD_ROWS)
    (bills,) = extract.load().feeds
    assert extract.stored() == []
    rows = duckdb.sql(f"FROM '{bills.quarantine_file}'").fetchall()
    assert [why for _, why, _ in rows] == list(BAD_ROWS.values())


def test_an_unrecorded_known_at_is_assumed_and_marked(extract: Any) -> None:
    text = extract.mapping.read_text().replace('known_at = "learned"', "delay_days = 1.5")
    extract.map(text.replace("from read_csv", "select * exclude (learned) from read_csv"))
    (bills,) = extract.load().feeds
    assert (bills.clock, bills.delay_days) == ("assumed", 1.5)
    assert clocks(extract.home, "bills") == "assumed"
    assert extract.stored(columns="known_at") == [(datetime(2025, 4, 2, 20),)]


def test_an_assumed_delay_ends_when_the_extract_is_at_hand(extract: Any) -> None:
    text = extract.mapping.read_text().replace('known_at = "learned"', "delay_days = 90")
    extract.map(text.replace("from read_csv", "select * exclude (learned) from read_csv"))
    extract.load()
    assert extract.stored(columns="known_at") == [(datetime(2025, 6, 1),)]
    before = extract.lake()
    assert not extract.load(datetime(2025, 6, 20)).changed
    assert extract.lake() == before


def test_times_of_another_zone_become_the_operators(extract: Any) -> None:
    extract.map(extract.mapping.read_text() + 'timezone = "UTC"\n')
    extract.load()
    assert extract.stored(columns="event_time, known_at") == [
        (datetime(2025, 4, 1, 16), datetime(2025, 4, 2, 17, 30))
    ]


def test_times_with_an_offset_become_the_operators(extract: Any) -> None:
    extract.bills("C1,2025-03-01,1,2025-04-01T00:00:00Z,2025-04-01 12:00:00+02:00")
    extract.load()
    assert extract.stored(columns="event_time, known_at") == [
        (datetime(2025, 4, 1, 8), datetime(2025, 4, 1, 18))
    ]


def test_the_moment_of_the_import_may_carry_an_offset(extract: Any) -> None:
    extract.bills("C1,2025-03-01,1,2025-05-31 23:00:00,2025-06-01 00:30:00")
    extract.load(datetime(2025, 5, 31, 16, 31, tzinfo=UTC))
    assert len(extract.stored()) == 1


def test_a_new_home_takes_the_mappings_operator(extract: Any) -> None:
    operator = '[operator]\ntimezone = "America/New_York"\ncurrency = "USD"\n'
    extract.map(extract.mapping.read_text().replace("[feed.bills]", operator + "[feed.bills]"))
    extract.load()
    settings = home_settings(extract.home, "features", FeatureSettings)
    assert (settings.timezone, settings.currency) == ("America/New_York", "USD")
    assert Home(extract.home).settings("features").read_text("utf-8") == (
        'timezone = "America/New_York"\ncurrency = "USD"\n'
    )
    extract.load()  # and it stays that operator's


def test_what_the_home_says_already_stays_beside_the_mappings_operator(extract: Any) -> None:
    set_home(extract.home, "features", "[topics]\ncount = 4\n")
    operator = '[operator]\ntimezone = "America/New_York"\ncurrency = "CNY"\n'
    extract.map(extract.mapping.read_text().replace("[feed.bills]", operator + "[feed.bills]"))
    extract.load()
    assert Home(extract.home).settings("features").read_text("utf-8") == (
        'timezone = "America/New_York"\n[topics]\ncount = 4\n'
    )


def test_a_new_home_that_names_its_currency_refuses_another(extract: Any) -> None:
    set_home(extract.home, "features", 'currency = "EUR"\n')
    operator = '[operator]\ntimezone = "Asia/Shanghai"\ncurrency = "USD"\n'
    extract.map(extract.mapping.read_text().replace("[feed.bills]", operator + "[feed.bills]"))
    with pytest.raises(ImportRefused, match="currency USD, this home has EUR"):
        extract.load()


def test_a_home_of_another_operator_refuses(extract: Any) -> None:
    extract.load()
    operator = '[operator]\ntimezone = "Asia/Shanghai"\ncurrency = "USD"\n'
    extract.map(extract.mapping.read_text().replace("[feed.bills]", operator + "[feed.bills]"))
    with pytest.raises(ImportRefused, match="currency USD, this home has CNY"):
        extract.load()


def test_a_refused_import_leaves_no_settings_of_its_operator(extract: Any) -> None:
    operator = '[operator]\ntimezone = "America/New_York"\ncurrency = "USD"\n'
    extract.map(extract.mapping.read_text().replace("[feed.bills]", operator + "[feed.bills]"))
    extract.bills(",,,,")
    with pytest.raises(ImportRefused):
        extract.load()
    assert not (extract.home / "settings").exists()


def test_the_report_is_plain_json(extract: Any) -> None:
    report = extract.load().to_json()
    assert json.loads(json.dumps(report)) == report | {
        "feeds": [report["feeds"][0] | {"quarantined": [], "files": [*report["feeds"][0]["files"]]}]
    }


def test_progress_names_the_feeds(extract: Any) -> None:
    from features.imports.sources import import_feeds

    said: list[tuple[str, int, int]] = []
    import_feeds(
        extract.home, extract.mapping, extract.folder, datetime(2025, 6, 1),
        lambda *step: said.append(step),
    )  # fmt: skip
    assert said == [("importing bills", 0, 1), ("storing", 0, 1), ("storing", 1, 1)]


def test_an_absent_folder_is_refused(extract: Any, tmp_path: Path) -> None:
    extract.folder = tmp_path / "nowhere"
    with pytest.raises(ImportRefused, match="nowhere is not a folder"):
        extract.load()


def test_a_wrong_mapping_is_refused_before_anything_is_read(extract: Any) -> None:
    extract.map("max_bad_share = 2.0\n")
    with pytest.raises(SettingsError):
        extract.load()
    assert not extract.home.exists()
