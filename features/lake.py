"""The lake: checked facts in Parquet parts that are only ever added, never changed.

    <home>/lake/feeds/manifest.json            what counts, replaced in one step by an import
    <home>/lake/feeds/bills/<content>.parquet  a part, named by its content
    <home>/lake/quarantine/...                 bad rows (see `quarantine`)
    <home>/lake/imports/...                    the counts of each import (see `records`)

A part that the manifest does not list does not exist for any reader: it is what a killed
import left behind, and the next import removes it. A correction is one more row of the same
key, known later; the reader takes the version known at the requested moment.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from features.disk.atomic import replace_json
from features.errors import LakeError
from features.feeds import CLOCKS, FEEDS, Feed
from features.home import Home

Clock = Literal["recorded", "assumed"]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class FeedPart:
    """One file of a feed. `file` is relative to `lake/feeds`; `size` is in bytes."""

    file: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class StoredFeed:
    """What the lake holds of a feed.

    `columns`: those present, in the feed's order, the two clocks last.
    `clock`: "recorded" if every import brought its own `known_at`, "assumed" if any computed
    it as `event_time` plus `delay_days` (null where recorded).
    """

    columns: tuple[str, ...]
    clock: Clock
    delay_days: float | None
    parts: tuple[FeedPart, ...]


Manifest = dict[str, StoredFeed]


def read_manifest(home: Path) -> Manifest:
    """The stored feeds by name; empty in a home without imports. Raises LakeError if damaged."""
    path = Home(home).feeds / "manifest.json"
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["schema"] != SCHEMA_VERSION:
            raise LakeError(
                f"{path} has schema {content['schema']}; this version of Liuke reads "
                f"{SCHEMA_VERSION}. Use the version that wrote it, or import into a new home."
            )
        return manifest_of(content["feeds"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"{path} cannot be read ({error!r}). Restore it from a backup, or import again "
            f"into a new home."
        ) from error


def write_manifest(home: Path, manifest: Manifest) -> None:
    """Make these feeds the ones that every reader sees from now on, in one step."""
    content = {"schema": SCHEMA_VERSION, "feeds": manifest_json(manifest)}
    replace_json(Home(home).feeds / "manifest.json", content)


def manifest_json(manifest: Manifest) -> dict[str, Any]:
    """The feeds as plain values, as `manifest_of` reads them."""
    return {name: asdict(stored) for name, stored in manifest.items()}


def manifest_of(feeds: dict[str, Any]) -> Manifest:
    """The feeds that `manifest_json` wrote."""
    return {name: _stored(value) for name, value in feeds.items()}


def has_feed(home: Path, feed: str) -> bool:
    """Whether anything was imported for the feed."""
    return feed in read_manifest(home)


def feed_columns(home: Path, feed: str) -> tuple[str, ...]:
    """The feed's columns as present, the two clocks last. Raises LakeError if it is absent."""
    return _present(home, feed).columns


def feed_files(home: Path, feed: str) -> list[Path]:
    """The feed's parts in the order of import. Raises LakeError if the feed or a part is absent."""
    return part_paths(home, _present(home, feed))


def clocks(home: Path, feed: str) -> Clock:
    """Whether the feed's `known_at` was recorded by the operator or is assumed from a delay."""
    return _present(home, feed).clock


def assumed_clocks(home: Path) -> list[str]:
    """The feeds whose `known_at` is not recorded but computed from a delay."""
    return [name for name, stored in read_manifest(home).items() if stored.clock == "assumed"]


def fingerprint(home: Path) -> str:
    """A hash of all that the lake holds: equal content, imported in equal steps, equal hash."""
    manifest = manifest_json(read_manifest(home))
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def delivered(manifest: Manifest) -> frozenset[str]:
    """What the lake has, as features need it: `usage.data_kb`, ..."""
    return frozenset(
        f"{name}.{column}" for name, feed in manifest.items() for column in feed.columns
    )


def open_feeds(connection: Any, home: Path, manifest: Manifest | None = None) -> dict[str, Any]:
    """The stored feeds as lazy Ibis tables by name; absent optional feeds are not in it.

    `manifest`: which feeds and parts, where it was read before; parts never change, so that
    what is read is of that one moment. `connection` is an Ibis DuckDB backend. Columns are those
    of `feed_columns`: timestamps without zone in microseconds, dates, int64, boolean, string. All
    versions of a fact are in it. Raises LakeError where a required feed is absent.
    """
    manifest = read_manifest(home) if manifest is None else manifest
    for feed in FEEDS.values():
        if feed.required and feed.name not in manifest:
            raise _absent(home, feed.name)
    return open_delivered(connection, home, manifest)


def open_delivered(connection: Any, home: Path, manifest: Manifest) -> dict[str, Any]:
    """As `open_feeds`, of the feeds in the manifest, be required ones absent."""
    return {
        name: connection.read_parquet(
            [str(path) for path in part_paths(home, stored)],
            table_name=f"feed_{name}",
            hive_partitioning=False,
        )
        for name, stored in manifest.items()
    }


def open_feed(connection: Any, home: Path, feed: str) -> Any:
    """As `open_feeds`, of this feed alone. Raises LakeError where it is absent."""
    return open_delivered(connection, home, {feed: _present(home, feed)})[feed]


def part_paths(home: Path, stored: StoredFeed) -> list[Path]:
    """The parts on disk. Raises LakeError if one is absent or has another size than listed."""
    files = []
    for part in stored.parts:
        path = Home(home).feeds / part.file
        size = path.stat().st_size if path.is_file() else None
        if size != part.size:
            found = "is not there" if size is None else f"has {size} bytes"
            raise LakeError(
                f"{path} {found}; the manifest lists it with {part.size} bytes. "
                f"Restore lake/ from a backup, or import again into a new home."
            )
        files.append(path)
    return files


def in_order(feed: Feed, present: set[str]) -> tuple[str, ...]:
    """The feed's columns that are present, in the feed's order, then the two clocks."""
    return (*(column.name for column in feed.columns if column.name in present), *CLOCKS)


def _present(home: Path, feed: str) -> StoredFeed:
    manifest = read_manifest(home)
    if feed not in manifest:
        raise _absent(home, feed)
    return manifest[feed]


def _absent(home: Path, feed: str) -> LakeError:
    return LakeError(
        f"the lake in {home} has no feed {feed}. Import it: "
        f"liuke import MAPPING.toml --from DIR --home {home}, with a table [feed.{feed}].",
        feed=feed,
    )


def _stored(value: dict[str, Any]) -> StoredFeed:
    return StoredFeed(
        columns=tuple(value["columns"]),
        clock=value["clock"],
        delay_days=value["delay_days"],
        parts=tuple(FeedPart(**part) for part in value["parts"]),
    )
