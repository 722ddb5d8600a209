"""The histories: what the lake's feeds become, kept beside them so that no date reads it all.

    <home>/lake/histories/manifest.json      which folder counts, and what it was made from
    <home>/lake/histories/<id>/*.parquet     the tables (see `features.engine.history_tables`)

A build that is interrupted leaves the histories as they were.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb
import ibis
from ibis.expr.types import Table

from features import lake
from features.catalogue import available, definition_hash, fingerprint
from features.catalogue.families import Feature
from features.disk.atomic import remove, replace_json, replacing, sweep
from features.disk.locks import Held, remove_unless_held
from features.engine.history_tables import write_tables
from features.engine.streams import constant_values, stream_constants
from features.errors import LakeError, OutputError
from features.home import Home
from features.progress import Progress, silent
from features.settings import FeatureSettings, home_settings
from features.topics.files import freeze_topics, read_topics, topics_id

SCHEMA_VERSION = 5
MEMORY = "1500MB"
TOPICS = "topics"  # the stream that the frozen topics change
TOPIC = "topics.topic"  # what features of topics need beside their feed


@dataclass(frozen=True)
class Histories:
    """All that the builder of features reads.

    `tables`: the feeds' facts and the tables computed from them, as lazy Ibis tables by name.
    `features`: those that the delivered feeds can give, in the catalogue's order. `topics` is the
    id of the frozen topics and `topics_fitted_at` the moment up to which their texts were known;
    both null while there are none. No model may be fitted on a date before it. `queries` is where
    compiled queries over these tables are kept.
    """

    connection: Any
    tables: dict[str, Table]
    features: tuple[Feature, ...]
    settings: FeatureSettings
    topics: str | None = None
    topics_fitted_at: datetime | None = None
    held: Held | None = field(default=None, repr=False, compare=False)
    queries: Path | None = field(default=None, repr=False, compare=False)

    @property
    def lag_days(self) -> int:
        return self.settings.usage_lag_days

    @property
    def fingerprint(self) -> str:
        """`<definitions>.<inputs>`: two matrices with one fingerprint mean the same.

        The first part is the catalogue's; the second covers what else changes the numbers: the
        settings and constants of the streams, and the topics.
        """
        made = json.dumps([*constant_values(self.settings), self.topics])
        return f"{fingerprint(self.features)}.{hashlib.sha256(made.encode()).hexdigest()[:8]}"

    @property
    def definitions(self) -> dict[str, str]:
        """`<definition>.<inputs>` of each feature, by name.

        As the fingerprint, feature by feature: another feature more, or other topics, change
        nothing in the hashes of those that have nothing to do with them.
        """
        return {
            feature.name: f"{definition_hash(feature)}.{self._stream_hash(feature.stream)}"
            for feature in self.features
        }

    def _stream_hash(self, stream: str) -> str:
        made = [stream_constants(stream, self.settings), self.topics if stream == TOPICS else None]
        return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:8]


def build_histories(home: Path, progress: Progress = silent) -> bool:
    """Bring the histories up to date with the feeds; false if they already were.

    Those whose manifest is damaged or whose folder is gone are built again. Raises LakeError where
    a required feed is absent, OutputError where the disk refuses.
    """
    made_from = _made_from(home)
    if _up_to_date(home, made_from):
        return False
    folder = Home(home).histories
    sweep(folder)
    connection = connect(home)
    feeds = lake.open_feeds(connection, home)
    settings = home_settings(home, "features", FeatureSettings)
    if freeze_topics(home, feeds, settings.topics):
        made_from = _made_from(home)
    target = folder / made_from["folder"]
    try:
        with replacing(target) as temporary:
            temporary.mkdir()
            write_tables(connection, feeds, settings, read_topics(home), temporary, progress)
            remove(target)  # of a killed build, or of one whose manifest was damaged since
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OutputError(
            f"cannot write {target}: {str(error).splitlines()[0]}. The histories are as they were. "
            f"Free the disk, then build again."
        ) from error
    replace_json(folder / "manifest.json", made_from)
    for old in folder.iterdir():
        if old.is_dir() and old != target:
            remove_unless_held(old, _mark(old))
    progress("histories", 1, 1)
    return True


def open_histories(home: Path) -> Histories:
    """The histories of this home, and the feeds that they were made from.

    They stay readable as long as this object lives: a build meanwhile makes others beside them.
    Raises LakeError if they are missing, damaged or older than the feeds.
    """
    while True:
        made_from = _made_from(home)
        folder = Home(home).histories / made_from["folder"]
        if _manifest(home) != made_from or not folder.is_dir():
            if made_from != _made_from(home):
                continue  # an import ended between two looks
            raise LakeError(
                "the histories are missing or older than the feeds. Run `liuke build --as-of DATE`."
            )
        try:
            held = Held(_mark(folder))
        except FileNotFoundError:
            if _up_to_date(home, made_from):
                raise LakeError(
                    f"{folder} is damaged: {_mark(folder).name} is missing. Remove the folder and "
                    f"run `liuke build --as-of DATE`, which builds it again from the feeds."
                ) from None
            continue  # a build ended between two looks
        manifest = lake.read_manifest(home)
        if _made_from(home) == made_from:
            return _opened(home, folder, manifest, held)


def histories_of(
    home: Path,
    manifest: lake.Manifest,
    folder: Path,
    progress: Progress = silent,
    settings: FeatureSettings | None = None,
) -> Histories:
    """Histories of the lake as this manifest has it, built into an empty `folder`.

    Topics are today's, and so are settings where none are given. They are readable as long as the
    folder is there. Raises LakeError where a part of the manifest is absent.
    """
    connection = connect(home)
    feeds = lake.open_feeds(connection, home, manifest)
    settings = settings or home_settings(home, "features", FeatureSettings)
    write_tables(connection, feeds, settings, read_topics(home), folder, progress)
    return _opened(home, folder, manifest, None, settings)


def open_last_histories(home: Path) -> Histories:
    """As `open_histories`, be the feeds newer than the histories: what was known when last built.

    Raises LakeError where none were built, or their files are gone.
    """
    while True:
        made_from = _manifest(home)
        if not isinstance(made_from, dict):
            raise LakeError("the histories are missing. Run `liuke build --as-of DATE`.")
        folder = Home(home).histories / str(made_from["folder"])
        try:
            held = Held(_mark(folder))
        except FileNotFoundError:
            if _manifest(home) != made_from:
                continue  # a build ended between two looks
            raise LakeError(
                f"{folder} is damaged or missing. Run `liuke build --as-of DATE`, which builds it "
                f"again from the feeds."
            ) from None
        return _opened(home, folder, lake.read_manifest(home), held)


def histories_id(home: Path) -> str | None:
    """Which build of the histories counts now; null where there is none."""
    made_from = _manifest(home)
    return str(made_from["folder"]) if isinstance(made_from, dict) else None


def _opened(
    home: Path,
    folder: Path,
    manifest: lake.Manifest,
    held: Held | None,
    settings: FeatureSettings | None = None,
) -> Histories:
    connection = connect(home)
    tables = lake.open_feeds(connection, home, manifest)
    for path in sorted(folder.glob("*.parquet")):
        tables[path.stem] = connection.read_parquet(path, table_name=f"history_{path.stem}")
    settings = settings or home_settings(home, "features", FeatureSettings)
    columns = lake.delivered(manifest)
    if "topics" in tables:
        columns |= {TOPIC}
    chosen = available(settings.currency, columns)
    topics = read_topics(home)
    fitted_at = topics.fitted_at if topics else None
    return Histories(
        connection,
        tables,
        chosen,
        settings,
        topics_id(home),
        fitted_at,
        held,
        Home(home).queries,
    )


def last_files(home: Path) -> tuple[dict[str, Path], Held]:
    """The files of the histories as they were last built, by table, be the feeds newer by now.

    They stay readable as long as what is returned last lives. Raises LakeError without any.
    """
    while True:
        stored = _manifest(home)
        folder = Home(home).histories / stored["folder"] if isinstance(stored, dict) else None
        if folder is None or not _mark(folder).is_file():
            if stored == _manifest(home):
                raise LakeError(f"{home} has no histories. Run `liuke build --as-of DATE`.")
            continue  # a build ended between two looks
        try:
            held = Held(_mark(folder))
        except FileNotFoundError:
            continue
        return {path.stem: path for path in sorted(folder.glob("*.parquet"))}, held


def _mark(folder: Path) -> Path:
    """The file that a reader of these histories holds."""
    return folder / "days.parquet"


def connect(home: Path) -> Any:
    """An Ibis DuckDB backend in memory that spills into the home, not into the system's /tmp.

    It holds at most `MEMORY` and goes on on disk beyond it. It draws no bar of its own: where
    Python has no file to run, as in a notebook, that would go among our output.
    """
    spill = _spill(home)
    connection = ibis.duckdb.connect(
        temp_directory=str(spill), preserve_insertion_order=False, memory_limit=MEMORY
    )
    connection.raw_sql("SET enable_progress_bar = false")
    connection.raw_sql("SET enable_external_file_cache = false")  # the system keeps files
    return connection


def _spill(home: Path) -> Path:
    """Where queries spill: in the home, on the operator's disk; of a home that may only be read,
    in the system's folder for such files."""
    spill = Home(home).spill
    try:
        spill.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(gettempdir())
    return spill if os.access(spill, os.W_OK) else Path(gettempdir())


def _made_from(home: Path) -> dict[str, Any]:
    made_from = {
        "schema": SCHEMA_VERSION,
        "feeds": lake.fingerprint(home),
        "usage_lag_days": home_settings(home, "features", FeatureSettings).usage_lag_days,
        "topics": topics_id(home),
    }
    text = json.dumps(made_from, sort_keys=True)
    return made_from | {"folder": hashlib.sha256(text.encode()).hexdigest()[:16]}


def _up_to_date(home: Path, made_from: dict[str, Any]) -> bool:
    """Whether these histories are there; a damaged manifest counts as a missing one."""
    try:
        stored = _manifest(home)
    except LakeError:
        return False
    return stored == made_from and (Home(home).histories / made_from["folder"]).is_dir()


def _manifest(home: Path) -> object:
    """What the manifest holds, null where there is none. Raises LakeError if it is damaged."""
    path = Home(home).histories / "manifest.json"
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LakeError(
            f"{path} is damaged ({error}). Run `liuke build --as-of DATE`: it builds the "
            f"histories again from the feeds."
        ) from error
