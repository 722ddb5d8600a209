"""The lake as it was: parts are only ever added, and the records of the imports date them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from features.imports.records import ImportRecord, read_records
from features.lake import FeedPart, Manifest, StoredFeed, read_manifest

ALWAYS = datetime.min  # when a part came of which no record is kept


def lakes_until(home: Path, moment: datetime) -> list[tuple[datetime, Manifest]]:
    """The lake after each import that ended by `moment`, with that import's; the newest first.

    Parts older than the records stand in every one of them. Without an import by then, none.
    """
    manifest, records = read_manifest(home), read_records(home)
    dated = {name: _dated(name, feed.parts, records) for name, feed in manifest.items()}
    moments = {at for parts in dated.values() for at, _ in parts if at <= moment}
    return [(at, _until(manifest, dated, at)) for at in sorted(moments, reverse=True)]


def _dated(
    feed: str, parts: Sequence[FeedPart], records: Sequence[ImportRecord]
) -> list[tuple[datetime, FeedPart]]:
    """The feed's parts with the moments of their imports.

    An import adds at most one part, of as many rows as it found new. Both are read backwards: a
    killed import leaves a record without a part, and the oldest parts may have none.
    """
    rows = [
        (datetime.fromisoformat(record.at), own.new + own.versions)
        for record in records
        for own in record.feeds
        if record.accepted and own.feed == feed
    ]
    found = []
    for part in reversed(parts):
        while rows and rows[-1][1] != part.rows:
            rows.pop()
        found.append((rows.pop()[0] if rows else ALWAYS, part))
    return found[::-1]


def _until(
    manifest: Manifest, dated: dict[str, list[tuple[datetime, FeedPart]]], moment: datetime
) -> Manifest:
    kept: dict[str, StoredFeed] = {}
    for name, feed in manifest.items():
        parts = tuple(part for at, part in dated[name] if at <= moment)
        if parts:
            kept[name] = replace(feed, parts=parts)
    return kept
