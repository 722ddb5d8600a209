"""Analyses of a simulated operator, against its truth and its raw facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features.errors import LakeError, NotEnoughData
from features.home import Home
from features.lake import feed_files
from serving.analyses import analyse, request_of
from training.indicators.analyses import ANALYSES

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def months(home: SmallHome) -> tuple[datetime, datetime]:
    """A year; what happened in the week after it lets all of it be known."""
    return home.as_of - timedelta(days=367), home.as_of - timedelta(days=7)


def analysed(home: SmallHome, name: str, by: str = "all") -> dict[str, Any]:
    since, until = months(home)
    return analyse(home.home, request_of(name, by, since, until, known_at=home.as_of))


def raw(home: SmallHome, feed: str) -> pd.DataFrame:
    """The last version known of every fact of the feed."""
    rows = pd.concat([pd.read_parquet(path) for path in feed_files(home.home, feed)])
    rows = rows[rows["known_at"] < home.as_of]
    return rows.sort_values("known_at")


def test_departures_are_those_of_the_simulators_truth(small_home: SmallHome) -> None:
    """A departure of the truth is a port, or a request to cancel, on its day."""
    truth = pd.read_parquet(Home(small_home.home).truth / "departures.parquet")
    day = pd.to_datetime(truth["departure_day"])
    ports = analysed(small_home, "rivals")["totals"]
    requests = analysed(small_home, "development")["totals"]
    assert sum(row["ported_out"] for row in ports) > 5
    for row, other in zip(ports, requests, strict=True):
        within = (day >= row["from"]) & (day < row["to"])
        assert row["ported_out"] == (within & (truth["kind"] == "ported")).sum()
        assert other["cancel_requests"] == (within & (truth["kind"] == "pre_cancelled")).sum()


def test_revenue_is_the_sum_of_the_bills_to_the_fen(small_home: SmallHome) -> None:
    bills = raw(small_home, "bills").drop_duplicates(["customer_id", "period"], keep="last")
    for row in analysed(small_home, "revenue")["totals"]:
        own = bills[(bills["event_time"] >= row["from"]) & (bills["event_time"] < row["to"])]
        assert row["billed_revenue"] == own["revenue_fen"].sum() / 100
        assert row["billed_customers"] == own["customer_id"].nunique()


@pytest.mark.slow
@pytest.mark.parametrize("name", ANALYSES)
def test_groups_add_up_to_all_of_them(small_home: SmallHome, name: str) -> None:
    whole = analysed(small_home, name)
    for by in ("city", "value_tier", "payment_mode"):
        result = analysed(small_home, name, by)
        assert result["totals"] == whole["rows"], by
        for one in result["indicators"]:
            if one["unit"] == "count":
                for total in result["totals"]:
                    own = [
                        row[one["name"]] for row in result["rows"] if row["from"] == total["from"]
                    ]
                    assert sum(own) == total[one["name"]], (by, one["name"])


def test_beyond_the_data_nothing_is_counted(small_home: SmallHome) -> None:
    until = small_home.as_of + timedelta(days=40)
    with pytest.raises(NotEnoughData, match="nothing is known of the days between"):
        analyse(small_home.home, request_of("revenue", None, small_home.as_of, until))


def test_a_home_without_a_lake_is_refused(tmp_path: Any) -> None:
    with pytest.raises(LakeError):
        analyse(tmp_path, request_of("revenue", None, datetime(2026, 1, 1), datetime(2026, 2, 1)))
