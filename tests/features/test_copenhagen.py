"""Files with calls and messages alone, through the mapping in docs: the call graph.

The people below were counted by hand in calls.csv.
"""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from features.builder import matrix
from features.engine.store import build_histories, open_histories
from features.imports.sources import ImportReport, import_feeds
from features.lake import clocks, feed_files, read_manifest

MAPPING = Path(__file__).parents[2] / "docs" / "mappings" / "copenhagen.toml"
NOW = datetime(2001, 3, 1)
AS_OF = datetime(2001, 2, 1)  # all four weeks are closed


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    path = shared_data / "copenhagen_calls_sms"
    if not path.is_dir():
        pytest.skip(f"no folder {path}; set LIUKE_SHARED to the folder that holds data/")
    return path


@pytest.fixture(scope="module")
def imported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImportReport]:
    home = tmp_path_factory.mktemp("copenhagen")
    return home, import_feeds(home, MAPPING, folder, NOW)


@pytest.fixture(scope="module")
def features(imported: tuple[Path, ImportReport]) -> dict[str, dict[str, Any]]:
    """The features of everyone at `AS_OF`, by customer."""
    home, _ = imported
    build_histories(home)
    histories = open_histories(home)
    rows = histories.connection.execute(matrix(histories, [AS_OF])).to_dict("records")
    return {row["customer_id"]: row for row in rows}


def calls(folder: Path) -> list[dict[str, str]]:
    """The rows of calls.csv but for the missed calls."""
    rows = csv.DictReader((folder / "calls.csv").read_text().splitlines())
    return [row for row in rows if int(row["duration"]) >= 0]


def test_every_row_is_taken(imported: tuple[Path, ImportReport]) -> None:
    counts = {feed.feed: (feed.new, feed.bad) for feed in imported[1].feeds}
    assert counts == {
        "customers": (608, 0),
        "contracts": (608, 0),
        "usage": (5_253, 0),
        "calls": (2_052, 0),
    }


def test_no_call_and_no_message_is_lost(imported: tuple[Path, ImportReport], folder: Path) -> None:
    spoken = [int(call["duration"]) for call in calls(folder)]
    facts = duckdb.connect()

    def sums(feed: str, what: str) -> Any:
        files = [str(path) for path in feed_files(imported[0], feed)]
        return facts.execute(f"SELECT {what} FROM read_parquet(?)", [files]).fetchall()[0]

    assert sums("calls", "sum(calls), sum(seconds)") == (len(spoken), sum(spoken))
    assert sums("usage", "sum(sms)") == (24_333,)
    assert sums("usage", "sum(voice_out_s), sum(voice_in_s)") == (sum(spoken), sum(spoken))
    assert sums("usage", "min(day), max(day)") == (date(2001, 1, 1), date(2001, 1, 28))


def test_the_clocks_are_marked_as_assumed(imported: tuple[Path, ImportReport]) -> None:
    home, _ = imported
    assert {clocks(home, feed) for feed in read_manifest(home)} == {"assumed"}


def test_neighbours_of_a_customer_counted_by_hand(features: dict[str, dict[str, Any]]) -> None:
    # Spoke with 360 three times, with 352 and 374 twice, with 464 and 83 once.
    row = features["220"]
    assert row["neighbours_12w"] == 5
    assert row["neighbour_calls_12w"] == 9
    assert row["closest_neighbour_share_12w"] == pytest.approx(100 / 3)
    assert row["on_net_share_12w"] == 100
    assert row["neighbours_left_12w"] == 0


def test_the_caller_and_the_called_are_neighbours_alike(
    features: dict[str, dict[str, Any]],
) -> None:
    # 49 spoke with 48 fifty times, with 357 eleven, 3 and 288 six, 171 four, 74 twice.
    row = features["49"]
    assert (row["neighbours_12w"], row["neighbour_calls_12w"]) == (6, 79)
    assert row["closest_neighbour_share_12w"] == pytest.approx(100 * 50 / 79)


def test_below_five_neighbours_nothing_but_their_number_exists(
    features: dict[str, dict[str, Any]], folder: Path
) -> None:
    partners = {call["callee"] for call in calls(folder) if call["caller"] == "289"}
    partners |= {call["caller"] for call in calls(folder) if call["callee"] == "289"}
    assert len(partners) == 2
    assert features["289"]["neighbours_12w"] == 2
    assert pd.isna(features["289"]["neighbour_calls_12w"])


def test_no_customer_is_known_to_have_left(features: dict[str, dict[str, Any]]) -> None:
    assert len(features) == 608
    assert all(row["eligible"] for row in features.values())
