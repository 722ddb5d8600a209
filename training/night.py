"""Last night's rows, by what they are: the description that stands in `<home>/latest.sqlite`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.errors import LakeError
from features.home import Home

SCHEMA = 1  # another one wherever the columns of the rows or of their scores change


@dataclass(frozen=True)
class Night:
    """What the rows are: date, features' names and fingerprint, and the file of their scores.

    `schema` is that of the columns of both. `definitions` are the features' own hashes
    (`features.engine.store.Histories.definitions`), null in a file written before they were kept;
    so is `histories`, which build of the histories the rows were computed from.
    """

    as_of: str
    features: tuple[str, ...]
    fingerprint: str
    scores: str
    schema: int = SCHEMA
    definitions: Mapping[str, str] | None = None
    histories: str | None = None


def open_latest(home: Path) -> tuple[sqlite3.Connection, Night]:
    """The latest rows, open for reading from any thread, and what they are.

    Raises LakeError where there are none, or none that this version of the program reads.
    """
    path = Home(home).latest
    try:
        if not path.exists():
            raise LakeError(
                f"no customer has been scored in {home}. Run `liuke score --as-of DATE`."
            )
        # Immutable: the file is replaced by another, never written to.
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
    except (sqlite3.Error, OSError) as error:
        raise damaged(path, error) from error
    try:
        return connection, _read(connection, path)
    except LakeError:
        connection.close()
        raise


def damaged(path: Path, error: Exception) -> LakeError:
    """The refusal where the file of the latest rows is there and cannot be read."""
    return LakeError(
        f"{path} cannot be read ({error}). Let this user read it, or write it again with "
        f"`liuke score --as-of DATE`."
    )


def last_night(home: Path) -> Night | None:
    """What last night's rows are; null where there are none that this version reads."""
    try:
        connection, night = open_latest(home)
    except LakeError:
        return None
    connection.close()
    return night


def _read(connection: sqlite3.Connection, path: Path) -> Night:
    try:
        (content,) = connection.execute("select content from night").fetchone()
        values = dict(json.loads(content))
    except (sqlite3.DatabaseError, TypeError, ValueError) as error:
        raise damaged(path, error) from error
    schema = values.get("schema")
    if schema != SCHEMA:
        raise LakeError(
            f"{path} has {'no schema' if schema is None else f'schema {schema}'}; this version "
            f"reads schema {SCHEMA}. Write it again with `liuke score --as-of DATE`."
        )
    return Night(**(values | {"features": tuple(values["features"])}))
