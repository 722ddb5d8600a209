"""What each import did, kept for the people who run the lake: counts, no customer's data.

    <home>/lake/imports/20250601T040000-1a2b3c.json

The rows themselves are in the lake's parts and in the quarantine, whose files begin with the
same name. A refused import leaves its record too. Imports made before records were kept have
none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.disk.atomic import remove, replace_json
from features.errors import LakeError
from features.home import Home
from features.imports.queries.files import FileRead
from features.imports.staging import FeedReport


@dataclass(frozen=True)
class FeedRecord:
    """Rows of one feed: read = new + versions + ignored + bad + erased; see `staging.FeedReport`.

    `files` are those that were read; imports made before they were kept have none.
    """

    feed: str
    read: int
    new: int
    versions: int
    ignored: int
    bad: int
    files: tuple[FileRead, ...] = ()
    erased: int = 0


@dataclass(frozen=True)
class ImportRecord:
    """One import: its name, its moment (ISO, the operator's local time), whether it went in."""

    import_id: str
    at: str
    accepted: bool
    feeds: tuple[FeedRecord, ...]


def record_of(
    import_id: str, now: datetime, reports: Sequence[FeedReport], *, accepted: bool
) -> ImportRecord:
    """The record of an import with these reports."""
    feeds = tuple(
        FeedRecord(
            one.feed, one.read, one.new, one.versions, one.ignored, one.bad, one.files, one.erased
        )
        for one in reports
    )
    return ImportRecord(import_id, now.isoformat(timespec="seconds"), accepted, feeds)


def write_record(home: Path, record: ImportRecord) -> Path:
    """Keep the record; the file that holds it. Raises OutputError."""
    path = Home(home).imports / f"{record.import_id}.json"
    replace_json(path, asdict(record))
    return path


@contextmanager
def recorded(home: Path, record: ImportRecord) -> Iterator[None]:
    """Keep the record if the block succeeds.

    It is written first: once an import is visible, nothing more of it may fail. One that is
    killed in the block leaves the record of what the next import will do again.
    """
    path = write_record(home, record)
    try:
        yield
    except BaseException:
        remove(path)
        raise


def read_records(home: Path) -> list[ImportRecord]:
    """The records of this home, oldest first. Raises LakeError if one is damaged."""
    return [_read(path) for path in sorted(Home(home).imports.glob("*.json"))]


def _read(path: Path) -> ImportRecord:
    try:
        content = json.loads(path.read_text("utf-8"))
        feeds = tuple(_feed(**feed) for feed in content.pop("feeds"))
        return ImportRecord(**content, feeds=feeds)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"{path} cannot be read ({error!r}). Restore it from a backup, or remove it: it holds "
            f"the counts of one import and nothing else."
        ) from error


def _feed(*, files: Sequence[dict[str, Any]] = (), **counts: Any) -> FeedRecord:
    return FeedRecord(**counts, files=tuple(FileRead(**file) for file in files))
