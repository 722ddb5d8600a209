"""What each night was computed from, counted and kept beside its scores: no customer is in it.

    <home>/lake/profiles/2026-03-02.3.json.gz    of the night scored by version 3

A night that is scored again replaces its profile. The first night of a version is the one that its
later nights are compared with; it has the bins of the nights before it, made again where they have
become coarse.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from features.catalogue.families import Feature
from features.disk.atomic import remove, replacing
from features.errors import LakeError
from features.home import Home
from features.imports.records import read_records
from features.lake import StoredFeed, read_manifest
from training.drift.sketches import Bins, Numbers, Sketch, bins_of
from training.encoding import Matrix

RISK, REASON, REASON_GROUP = "churn_risk", "first_reason", "first_reason_group"
SCORES = (RISK, REASON, REASON_GROUP)
SCHEMA = 1
ENDING = ".json.gz"
MAX_PARTS = 30  # of a feed, the newest, that are looked into for the latest row


@dataclass(frozen=True)
class FeedState:
    """A feed at a night: its rows in the lake, and over all imports those read and quarantined.

    `latest`: the latest known_at before the night, null where the files do not say it;
    `late_days`: how long before the night.
    """

    rows: int
    latest: str | None
    late_days: float | None
    read: int
    quarantined: int


@dataclass(frozen=True)
class NightProfile:
    """What a night was computed from. `definitions` and `families` are those of the features."""

    as_of: str
    model_version: str
    definitions: Mapping[str, str]
    families: Mapping[str, str]
    feeds: Mapping[str, FeedState]
    sketch: Sketch

    @property
    def customers(self) -> int:
        return int(self.sketch.rows.sum())


class Profiling:
    """Counts the parts of a night as they are scored."""

    def __init__(
        self, home: Path, as_of: datetime, version: str, features: Sequence[Feature],
        definitions: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._home, self._as_of, self._version = home, as_of, version
        self._features, self._definitions = features, definitions
        self._groups = {one.name: one.group for one in features}
        self._sketch: Sketch | None = None

    def add(self, rows: pd.DataFrame, numbers: Matrix, scores: pd.DataFrame) -> None:
        """Count a part: its features, numbers apart, and its scores with `first_reason`."""
        own = {
            one.name: numbers[:, place]
            for place, one in enumerate(self._features)
            if not one.is_category
        }
        risk = scores["churn_risk"].where(scores["eligible"]).to_numpy(np.float64)
        categories = {one.name: rows[one.name] for one in self._features if one.is_category}
        first = scores[REASON]
        categories |= {REASON: first, REASON_GROUP: first.map(self._groups)}
        places = rows["city"] if "city" in rows else pd.Series(None, rows.index, dtype="object")
        found: Numbers = {**own, RISK: risk}
        if self._sketch is None:
            self._sketch = Sketch(self._bins(found, places), list(categories))
        self._sketch.add(found, categories, places)

    def _bins(self, numbers: Numbers, places: pd.Series) -> Bins:
        """Those of the latest night that is kept, of features that are defined as then."""
        try:
            last = read_profile(nights[-1]) if (nights := kept_profiles(self._home)) else None
        except LakeError:  # written again with this night's, or reported when it is compared
            last = None
        if last is None:
            return bins_of(numbers, places)
        known = {
            name: edges
            for name, edges in last.sketch.bins.edges.items()
            if last.definitions.get(name) == self._definitions.get(name)
        }
        own = [path for path in nights if version_of(path) == self._version]
        bins = Bins(known, last.sketch.bins.places)
        return bins_of(numbers, places, bins, renew=not own)

    def keep(self) -> Path:
        """Write the profile; the file that holds it. Raises OutputError, LakeError."""
        assert self._sketch is not None, "a night has at least one part"
        profile = NightProfile(
            f"{self._as_of:%F}",
            self._version,
            {one.name: self._definitions[one.name] for one in self._features},
            {one.name: f"{one.stream}.{one.column}" for one in self._features},
            feeds_at(self._home, self._as_of),
            self._sketch,
        )
        return write_profile(self._home, profile)


def write_profile(home: Path, profile: NightProfile) -> Path:
    """Keep the profile in the place of that date's. Raises OutputError."""
    folder = Home(home).profiles
    path = folder / f"{profile.as_of}.{profile.model_version}{ENDING}"
    content = {
        "schema": SCHEMA,
        "as_of": profile.as_of,
        "model_version": profile.model_version,
        "definitions": dict(profile.definitions),
        "families": dict(profile.families),
        "feeds": {name: asdict(own) for name, own in profile.feeds.items()},
        "sketch": profile.sketch.to_json(),
    }
    with replacing(path) as temporary:
        temporary.write_bytes(gzip.compress(json.dumps(content).encode(), 6, mtime=0))
    for older in folder.glob(f"{profile.as_of}.*{ENDING}"):
        if older != path:
            remove(older)
    return path


def kept_profiles(home: Path) -> list[Path]:
    """The files of the profiles, the earliest night first."""
    return sorted(Home(home).profiles.glob(f"????-??-??.*{ENDING}"))


def night_of(path: Path) -> str:
    """The night of a profile's file.

    >>> night_of(Path("2026-03-02.3.json.gz")), version_of(Path("2026-03-02.3.json.gz"))
    ('2026-03-02', '3')
    """
    return path.name[:10]


def version_of(path: Path) -> str:
    """The version of the model that scored the night of a profile's file."""
    return path.name.removesuffix(ENDING)[11:]


def read_profile(path: Path) -> NightProfile:
    """The profile in this file. Raises LakeError where it is damaged or of another version."""
    try:
        content: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        if content.pop("schema") != SCHEMA:
            raise ValueError("another schema")
        feeds = {name: FeedState(**own) for name, own in content.pop("feeds").items()}
        sketch = Sketch.from_json(content.pop("sketch"))
        return NightProfile(**content, feeds=feeds, sketch=sketch)
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise LakeError(
            f"{path} cannot be read ({error}). Remove it; `liuke score --as-of {night_of(path)}` "
            f"writes it again."
        ) from error


def feeds_at(home: Path, as_of: datetime) -> dict[str, FeedState]:
    """The feeds as the imports left them. Raises LakeError where a record is damaged."""
    read: dict[str, int] = {}
    bad: dict[str, int] = {}
    for record in read_records(home):
        for own in record.feeds:
            read[own.feed] = read.get(own.feed, 0) + own.read
            bad[own.feed] = bad.get(own.feed, 0) + own.bad
    found = {}
    for name, feed in read_manifest(home).items():
        latest = _latest(home, feed, as_of)
        found[name] = FeedState(
            sum(part.rows for part in feed.parts),
            None if latest is None else latest.isoformat(timespec="seconds"),
            None if latest is None else (as_of - latest).total_seconds() / 86_400,
            read.get(name, 0),
            bad.get(name, 0),
        )
    return found


def _latest(home: Path, feed: StoredFeed, as_of: datetime) -> datetime | None:
    """The latest known_at up to `as_of` by what the files say of their columns; no row is read."""
    found: datetime | None = None
    for part in feed.parts[: -MAX_PARTS - 1 : -1]:
        try:
            about = pq.read_metadata(Home(home).feeds / part.file)
        except OSError:
            continue
        place = about.schema.to_arrow_schema().get_field_index("known_at")
        for group in range(about.num_row_groups):
            statistics = about.row_group(group).column(place).statistics
            if statistics is None or not statistics.has_min_max or statistics.min >= as_of:
                continue
            latest = min(statistics.max, as_of)
            found = latest if found is None else max(found, latest)
    return found
