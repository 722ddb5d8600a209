"""The lake as it was after each import."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from features.imports.past import ALWAYS, lakes_until
from features.imports.records import FeedRecord, ImportRecord, write_record
from features.lake import FeedPart, StoredFeed, write_manifest

NOON = datetime(2026, 3, 2, 12)


def day(number: int) -> datetime:
    return NOON + timedelta(days=number)


def part(name: str, rows: int) -> FeedPart:
    return FeedPart(f"bills/{name}.parquet", rows, 1, name)


def feed(*parts: FeedPart) -> StoredFeed:
    return StoredFeed(("customer_id",), "recorded", None, parts)


def record(home: Path, number: int, *, accepted: bool = True, **new: int) -> None:
    feeds = tuple(FeedRecord(name, own, own, 0, 0, 0) for name, own in new.items())
    at = day(number)
    write_record(home, ImportRecord(f"{at:%Y%m%dT%H%M%S}-a", at.isoformat(), accepted, feeds))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Bills came before records were kept and on days 1, 3 and 5; payments on day 3."""
    record(tmp_path, 1, bills=10)
    record(tmp_path, 2, bills=11, accepted=False)
    record(tmp_path, 3, bills=7, payments=3)
    record(tmp_path, 4, bills=0)  # nothing new: no part
    record(tmp_path, 5, bills=7)
    manifest = {
        "bills": feed(part("a", 99), part("b", 10), part("c", 7), part("d", 7)),
        "payments": feed(part("p", 3)),
    }
    write_manifest(tmp_path, manifest)
    return tmp_path


def names(home: Path, moment: datetime) -> list[tuple[datetime, list[str], list[str]]]:
    return [
        (
            at,
            [own.sha256 for own in manifest["bills"].parts],
            [own.sha256 for own in manifest["payments"].parts] if "payments" in manifest else [],
        )
        for at, manifest in lakes_until(home, moment)
    ]


def test_each_import_made_a_lake(home: Path) -> None:
    assert names(home, day(9)) == [
        (day(5), ["a", "b", "c", "d"], ["p"]),
        (day(3), ["a", "b", "c"], ["p"]),
        (day(1), ["a", "b"], []),
        (ALWAYS, ["a"], []),
    ]


def test_later_imports_are_not_there_yet(home: Path) -> None:
    assert [at for at, *_ in names(home, day(4))] == [day(3), day(1), ALWAYS]
    assert [at for at, *_ in names(home, day(3))] == [day(3), day(1), ALWAYS]


def test_an_import_that_was_killed_and_done_again_counts_once(tmp_path: Path) -> None:
    record(tmp_path, 1, bills=10)  # killed before its part was published
    record(tmp_path, 2, bills=12)
    write_manifest(tmp_path, {"bills": feed(part("a", 12))})
    assert [(at, own["bills"].parts) for at, own in lakes_until(tmp_path, day(3))] == [
        (day(2), (part("a", 12),))
    ]


def test_an_empty_home_has_no_lake(tmp_path: Path) -> None:
    assert lakes_until(tmp_path, day(9)) == []
