"""The histories: what the lake's feeds become, kept beside them so that no date reads it all.

    <home>/lake/histories/manifest.json      which folder counts, and what it was made from
    <home>/lake/histories/<id>/days.parquet  usage by day, each version with its lifetime
    <home>/lake/histories/<id>/cells.parquet the weekly cells, as known when the week closed
    <home>/lake/histories/<id>/late.parquet  the weekly cells, recomputed when more was learned

Bills, payments, complaints, contracts and profiles are read as facts and need no copy. A build
that is interrupted leaves the histories as they were.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
from ibis.expr.types import Table

from features import lake, usage
from features.atomic import remove, replace_json, replacing, sweep
from features.catalogue import available, fingerprint
from features.errors import LakeError, OutputError
from features.families import Feature
from features.progress import Progress, silent
from features.settings import FeatureSettings, home_settings

SCHEMA_VERSION = 1
TABLES = ("days", "cells", "late")


@dataclass(frozen=True)
class Histories:
    """All that the builder of features reads.

    `tables`: the feeds' facts and `TABLES`, as lazy Ibis tables by name. `features`: those
    that the delivered feeds can give, in the catalogue's order; `fingerprint` is theirs.
    """

    connection: Any
    tables: dict[str, Table]
    features: tuple[Feature, ...]
    settings: FeatureSettings

    @property
    def lag_days(self) -> int:
        return self.settings.usage_lag_days

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.features)


def build_histories(home: Path, progress: Progress = silent) -> bool:
    """Bring the histories up to date with the feeds; false if they already were.

    Raises LakeError where a required feed is absent, OutputError where the disk refuses.
    """
    made_from = _made_from(home)
    if _manifest(home) == made_from:
        return False
    folder = histories_folder(home)
    sweep(folder)
    connection = connect(home)
    feeds = lake.open_feeds(connection, home)
    lag_days = home_settings(home, "features", FeatureSettings).usage_lag_days
    target = folder / made_from["folder"]
    # A folder that the manifest does not name is what a killed build left behind.
    remove(target)
    try:
        with replacing(target) as aside:
            aside.mkdir()
            _write(connection, feeds["usage"], lag_days, aside, progress)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OutputError(
            f"cannot write {target}: {str(error).splitlines()[0]}. The histories are as they were. "
            f"Free the disk, then build again."
        ) from error
    replace_json(folder / "manifest.json", made_from)
    for old in folder.iterdir():
        if old.is_dir() and old != target:
            remove(old)
    progress("histories", len(TABLES), len(TABLES))
    return True


def _write(connection: Any, facts: Table, lag_days: int, folder: Path, progress: Progress) -> None:
    """Write `TABLES`, made of the feed's `facts`, as Parquet files into `folder`."""
    names = usage.measures(tuple(facts.columns))
    progress("daily usage", 0, len(TABLES))
    # By day, so that a reader of a few weeks skips the rest of the file.
    connection.to_parquet(usage.daily(facts).order_by("day"), folder / "days.parquet")
    days = connection.read_parquet(folder / "days.parquet")
    progress("weekly cells", 1, len(TABLES))
    connection.to_parquet(usage.cells(days, names, lag_days), folder / "cells.parquet")
    progress("late cells", 2, len(TABLES))
    connection.to_parquet(usage.late(days, names, lag_days), folder / "late.parquet")


def open_histories(home: Path) -> Histories:
    """The histories of this home. Raises LakeError if they are missing or older than the feeds."""
    made_from = _made_from(home)
    if _manifest(home) != made_from:
        raise LakeError(
            "the histories are missing or older than the feeds. Run `liuke build --as-of DATE`."
        )
    connection = connect(home)
    tables = lake.open_feeds(connection, home)
    folder = histories_folder(home) / made_from["folder"]
    for name in TABLES:
        tables[name] = connection.read_parquet(folder / f"{name}.parquet")
    settings = home_settings(home, "features", FeatureSettings)
    columns = frozenset(
        f"{feed}.{column}"
        for feed in lake.read_manifest(home)
        for column in lake.feed_columns(home, feed)
    )
    return Histories(connection, tables, available(settings.currency, columns), settings)


def histories_folder(home: Path) -> Path:
    """Where the histories and their manifest lie."""
    return home / "lake" / "histories"


def connect(home: Path) -> Any:
    """An Ibis DuckDB backend in memory that spills into the home, not into the system's /tmp."""
    spill = home / "lake" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    return ibis.duckdb.connect(temp_directory=str(spill), preserve_insertion_order=False)


def _made_from(home: Path) -> dict[str, Any]:
    made_from = {
        "schema": SCHEMA_VERSION,
        "feeds": lake.fingerprint(home),
        "usage_lag_days": home_settings(home, "features", FeatureSettings).usage_lag_days,
    }
    text = json.dumps(made_from, sort_keys=True)
    return made_from | {"folder": hashlib.sha256(text.encode()).hexdigest()[:16]}


def _manifest(home: Path) -> dict[str, Any] | None:
    path = histories_folder(home) / "manifest.json"
    if not path.exists():
        return None
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content
