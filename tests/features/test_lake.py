"""Reading what imports have left."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from features.errors import LakeError
from features.feeds import FEEDS
from features.home import Home
from features.lake import (
    clocks,
    feed_columns,
    feed_files,
    fingerprint,
    has_feed,
    open_feeds,
    read_manifest,
    write_manifest,
)

# Ibis 12 uses what DuckDB 2.0 and pandas 3 deprecate.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]

REQUIRED = """
max_bad_share = 0.0
[feed.customers]
sql = "select 'C1' as customer_id, 'Suzhou' as city, 'prepaid' as payment_mode, true as consent, timestamp '2025-01-05' as since"
event_time = "since"
delay_days = 0
[feed.contracts]
sql = "select 'C1' as customer_id, 'started' as event, null as contract_end, timestamp '2025-01-05' as since"
event_time = "since"
delay_days = 0
[feed.usage]
sql = "select 'C1' as customer_id, date '2025-02-01' as day, 60 as voice_out_s, 2 as sms, 1024 as data_kb"
event_time = "day"
delay_days = 1
"""  # noqa: E501


def test_a_home_without_imports_has_no_feeds(extract: Any) -> None:
    assert read_manifest(extract.home) == {}
    assert not has_feed(extract.home, "bills")


@pytest.mark.parametrize("read", [feed_columns, feed_files, clocks])
def test_an_absent_feed_says_what_to_run(extract: Any, read: Any) -> None:
    with pytest.raises(LakeError, match=r"no feed bills. Import it: liuke import"):
        read(extract.home, "bills")


def test_open_feeds_wants_the_required_ones(extract: Any) -> None:
    extract.load()
    with pytest.raises(LakeError, match="no feed customers"):
        open_feeds(ibis.duckdb.connect(), extract.home)


def test_open_feeds_gives_tables_in_the_feeds_types(extract: Any) -> None:
    extract.map(REQUIRED)
    extract.load()
    tables = open_feeds(ibis.duckdb.connect(), extract.home)
    assert set(tables) == {"customers", "contracts", "usage"}
    types = {"string": "string", "int64": "int64", "boolean": "boolean", "date": "date"}
    for name, table in tables.items():
        assert table.columns == feed_columns(extract.home, name)
        for column, kind in table.schema().items():
            if column in ("event_time", "known_at"):
                assert str(kind) == "timestamp(6)"
            else:
                assert str(kind) == types[FEEDS[name].column(column).type]
    assert tables["usage"].data_kb.sum().execute() == 1024
    assert tables["contracts"].contract_end.isnull().all().execute()


def test_all_parts_of_a_feed_are_read(extract: Any) -> None:
    extract.map(REQUIRED)
    extract.load()
    extract.map(REQUIRED.replace("2025-02-01", "2025-02-02"))
    extract.load()
    assert len(feed_files(extract.home, "usage")) == 2
    assert open_feeds(ibis.duckdb.connect(), extract.home)["usage"].count().execute() == 2


def test_the_fingerprint_follows_the_content(extract: Any) -> None:
    empty = fingerprint(extract.home)
    extract.load()
    first = fingerprint(extract.home)
    extract.load()
    assert fingerprint(extract.home) == first
    extract.bills("C2,2025-03-01,100,2025-04-01,2025-04-02")
    extract.load()
    assert len({empty, first, fingerprint(extract.home)}) == 3


def test_a_part_that_is_missing_or_altered_is_noticed(extract: Any) -> None:
    extract.load()
    (part,) = feed_files(extract.home, "bills")
    part.write_bytes(part.read_bytes()[:-10])
    with pytest.raises(LakeError, match="the manifest lists it with"):
        feed_files(extract.home, "bills")
    part.unlink()
    with pytest.raises(LakeError, match="is not there"):
        feed_files(extract.home, "bills")


@pytest.mark.parametrize(
    "content",
    ["{", '{"schema": 2, "feeds": {}}', '{"schema": 1}', '{"schema": 1, "feeds": ["bills"]}', "[]"],
)
def test_a_damaged_manifest_is_not_read_as_an_empty_lake(extract: Any, content: str) -> None:
    write_manifest(extract.home, {})
    (Home(extract.home).feeds / "manifest.json").write_text(content)
    with pytest.raises(LakeError, match=r"manifest.json"):
        read_manifest(extract.home)
