"""What imports leave behind beside the rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from features.errors import ImportRefused, LakeError
from features.home import Home
from features.imports.queries.files import FileRead
from features.imports.records import FeedRecord, read_records, record_of, recorded

BILL = "C1,2025-03-01,4600,2025-04-01 08:00:00,2025-04-02 09:30:00\n"
BAD = "C2,,100,2025-04-01,2025-04-02"


def test_each_import_leaves_its_counts(extract: Any) -> None:
    extract.load(datetime(2025, 6, 1))
    extract.load(datetime(2025, 6, 2))
    first, second = read_records(extract.home)
    assert (first.at, first.accepted) == ("2025-06-01T00:00:00", True)
    file = FileRead(
        "bills.csv", "UTF-8, comma between columns", "CSV", "UTF-8", ",", header=True,
        rows_in_file=1, rows_read=1, other_lines=0,
    )  # fmt: skip
    assert first.feeds == (
        FeedRecord("bills", 1, new=1, versions=0, ignored=0, bad=0, files=(file,)),
    )
    assert second.feeds == (
        FeedRecord("bills", 1, new=0, versions=0, ignored=1, bad=0, files=(file,)),
    )


def test_a_record_from_before_files_were_kept_is_read(extract: Any) -> None:
    feed = {"feed": "bills", "read": 1, "new": 1, "versions": 0, "ignored": 0, "bad": 0}
    old = {"import_id": "a", "at": "2025-06-01T00:00:00", "accepted": True, "feeds": [feed]}
    Home(extract.home).imports.mkdir(parents=True)
    (Home(extract.home).imports / "a.json").write_text(json.dumps(old))
    assert read_records(extract.home)[0].feeds[0].files == ()


def test_a_refused_import_leaves_a_record_named_as_its_quarantine(extract: Any) -> None:
    extract.bills(BILL, BAD)
    with pytest.raises(ImportRefused):
        extract.load()
    (record,) = read_records(extract.home)
    assert not record.accepted
    assert record.feeds[0].bad == 1
    (quarantined,) = (extract.home / "lake" / "quarantine").iterdir()
    assert quarantined.name == f"{record.import_id}-bills.parquet"


def test_an_import_that_fails_while_it_is_published_leaves_none(extract: Any) -> None:
    record = record_of("20250601T000000-abc", datetime(2025, 6, 1), [], accepted=True)
    with pytest.raises(OSError, match="full"), recorded(extract.home, record):
        raise OSError("full")
    assert read_records(extract.home) == []


def test_a_record_holds_no_customers_data(extract: Any) -> None:
    extract.load()
    (path,) = Home(extract.home).imports.iterdir()
    assert "C1" not in path.read_text("utf-8")


@pytest.mark.parametrize("content", ['{"at": 1}', "5", "[]", '{"feeds": 5}', ""])
def test_a_damaged_record_is_named(extract: Any, content: str) -> None:
    extract.load()
    (path,) = Home(extract.home).imports.iterdir()
    path.write_text(content, "utf-8")
    with pytest.raises(LakeError, match=path.name):
        read_records(extract.home)
