"""How an import becomes visible: prepared in a folder of its own, published in one step.

Both happen under the writer's lock.

Everything is written in a folder of its own. Publishing moves the finished parts to their
places, where no reader sees them yet, and then replaces the manifest. What a killed import
leaves is its folder and perhaps parts without a line in the manifest; both are swept by the
next import, which holds the lock and so knows that they are not in use.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from features.disk.atomic import UNFINISHED, remove, replacing, sweep
from features.disk.locks import writing
from features.home import Home
from features.lake import (
    Clock,
    FeedPart,
    Manifest,
    StoredFeed,
    read_manifest,
    write_manifest,
)
from features.progress import Progress


@dataclass(frozen=True)
class Addition:
    """What an import adds to a feed: a finished part in the import's folder."""

    part: Path
    rows: int
    columns: tuple[str, ...]
    clock: Clock
    delay_days: float | None


@contextmanager
def importing(home: Path) -> Iterator[Path]:
    """Yield an empty folder in the lake for one import; it is gone when the block ends.

    Raises HomeBusy while another command writes in this home.
    """
    lake = Home(home).lake
    with writing(home, "liuke import", new=True):
        lake.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        work = lake / f".import.{uuid.uuid4().hex[:8]}{UNFINISHED}"
        work.mkdir()
        try:
            yield work
        finally:
            remove(work)


def publish(home: Path, additions: Mapping[str, Addition], progress: Progress) -> None:
    """Make the additions part of their feeds, all at once; without any, touch nothing.

    Raises OutputError if the disk refuses; then the lake is as it was.
    """
    if not additions:
        return
    manifest = read_manifest(home)
    for done, (feed, addition) in enumerate(additions.items()):
        progress("storing", done, len(additions))
        manifest[feed] = _with(manifest.get(feed), addition, _place(home, feed, addition))
    progress("storing", len(additions), len(additions))
    write_manifest(home, manifest)


def _place(home: Path, feed: str, addition: Addition) -> FeedPart:
    with addition.part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    part = FeedPart(
        file=f"{feed}/{digest[:16]}.parquet",
        rows=addition.rows,
        size=addition.part.stat().st_size,
        sha256=digest,
    )
    with replacing(Home(home).feeds / part.file) as temporary:
        addition.part.rename(temporary)
    return part


def _with(stored: StoredFeed | None, addition: Addition, part: FeedPart) -> StoredFeed:
    if stored is None:
        return StoredFeed(addition.columns, addition.clock, addition.delay_days, (part,))
    assumed = "assumed" in (stored.clock, addition.clock)
    return StoredFeed(
        columns=stored.columns,
        clock="assumed" if assumed else "recorded",
        delay_days=stored.delay_days if addition.delay_days is None else addition.delay_days,
        parts=(*stored.parts, part),
    )


def _sweep(home: Path) -> None:
    """Remove what killed imports left; the manifest says what counts."""
    listed = _listed(home, read_manifest(home))
    beside = [Home(home).lake / name for name in ("quarantine", "imports")]
    folders = [Home(home).lake, Home(home).feeds, *beside]
    for folder in [*folders, *Home(home).feeds.glob("*/")]:
        sweep(folder)
    for part in Home(home).feeds.glob("*/*.parquet"):
        if part not in listed:
            remove(part)


def _listed(home: Path, manifest: Manifest) -> set[Path]:
    return {Home(home).feeds / part.file for stored in manifest.values() for part in stored.parts}
