"""One customer taken out of the lake: the one time that parts change.

Parts that hold rows of theirs are written again without them, under the names of their new
content; the manifest is replaced in one step, and what it does not list any more is removed. Cut
off anywhere, it is done again from the beginning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from features.disk.atomic import remove, replacing, sweep
from features.errors import OutputError
from features.home import Home
from features.imports.erasure.erased import PERSONS
from features.imports.fields.checks import literal, quoted
from features.lake import FeedPart, read_manifest, write_manifest
from features.progress import Progress, silent

REMOVED = "…"
Result = TypeVar("Result")


def erase_from_feeds(home: Path, customer_id: str, progress: Progress = silent) -> int:
    """Take the customer out of every feed; how many rows. Call it under the writer's lock."""
    manifest, rows = read_manifest(home), 0
    for done, (name, stored) in enumerate(manifest.items()):
        progress("erasing from the lake", done, len(manifest))
        parts = [_without(home, name, part, customer_id) for part in stored.parts]
        rows += sum(old.rows - new.rows for old, new in zip(stored.parts, parts, strict=True))
        manifest[name] = replace(stored, parts=tuple(parts))
    if manifest:
        write_manifest(home, manifest)
    listed = {Home(home).feeds / part.file for own in manifest.values() for part in own.parts}
    for folder in Home(home).feeds.glob("*/"):
        sweep(folder)
    for part in Home(home).feeds.glob("*/*.parquet"):
        if part not in listed:
            remove(part)
    progress("erasing from the lake", 1, 1)
    return rows


def _without(home: Path, feed: str, part: FeedPart, customer_id: str) -> FeedPart:
    """The part without the customer, or itself where it does not name them."""
    path = Home(home).feeds / part.file
    if not path.exists() or not names(path, customer_id):
        return part
    folder = Home(home).feeds / feed
    with replacing(folder / "erased.parquet") as temporary:
        rows = write_without(path, temporary, customer_id)
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        new = FeedPart(f"{feed}/{digest[:16]}.parquet", rows, temporary.stat().st_size, digest)
        target = Home(home).feeds / new.file
        if target != path:
            with replacing(target) as placed:
                temporary.rename(placed)
            temporary.touch()
    remove(folder / "erased.parquet")
    return new


def erase_from_parquet(path: Path, customer_id: str) -> bool:
    """Write the file again without the customer; false where it does not name them."""
    if not names(path, customer_id):
        return False
    with replacing(path) as temporary:
        write_without(path, temporary, customer_id)
    return True


def names(path: Path, customer_id: str) -> bool:
    """Whether any text of a Parquet file has the customer's id as a word."""
    return _query(path, _names, customer_id)


def write_without(path: Path, out: Path, customer_id: str) -> int:
    """Write a Parquet file without the customer's rows; the number of rows that are left.

    A row is theirs where a column is their id, or a raw row of the quarantine has it; in other
    texts the id alone is taken out.
    """

    def write(connection: duckdb.DuckDBPyConnection, texts: Sequence[str], source: str) -> int:
        word = literal(_word(customer_id))
        own = [f"{quoted(name)} = {literal(customer_id)}" for name in texts]
        own += [f"regexp_matches({quoted(name)}, {word})" for name in texts if name == "row"]
        free = [name for name in texts if name not in (*PERSONS, "row")]
        cleaned = ", ".join(
            f"regexp_replace({quoted(name)}, {word}, {literal(REMOVED)}, 'g') AS {quoted(name)}"
            for name in free
        )
        columns = f"* REPLACE ({cleaned})" if cleaned else "*"
        ((rows,),) = connection.execute(
            f"COPY (SELECT {columns} FROM {source} WHERE NOT coalesce({' OR '.join(own)}, false)) "
            f"TO {literal(str(out))} (FORMAT parquet, COMPRESSION zstd)"
        ).fetchall()
        return int(rows)

    return _query(path, write)


def rows_naming(path: Path, customer_id: str) -> list[dict[str, Any]]:
    """The rows of a Parquet file that name the customer."""
    return _query(path, _rows, customer_id)


def _names(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], source: str, customer_id: str
) -> bool:
    query = f"SELECT 1 FROM {source} WHERE {_naming(texts, customer_id)} LIMIT 1"
    return bool(connection.execute(query).fetchall())


def _rows(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], source: str, customer_id: str
) -> list[dict[str, Any]]:
    found = connection.execute(f"SELECT * FROM {source} WHERE {_naming(texts, customer_id)}")
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _naming(texts: Sequence[str], customer_id: str) -> str:
    """The condition that a row names the customer."""
    word = literal(_word(customer_id))
    found = " OR ".join(
        f"{quoted(name)} = {literal(customer_id)}"
        if name in PERSONS
        else f"regexp_matches({quoted(name)}, {word})"
        for name in texts
    )
    return found or "false"


def _query(path: Path, run: Callable[..., Result], *arguments: str) -> Result:
    source = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
    try:
        with duckdb.connect() as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            texts = [name for name, kind, *_ in described if kind == "VARCHAR"]
            return run(connection, texts, source, *arguments)
    except duckdb.Error as error:
        raise OutputError(
            f"{path} cannot be read or written again: {str(error).splitlines()[0]}. Free the disk "
            f"or restore the file, then run the erasure again."
        ) from error


def _word(customer_id: str) -> str:
    """A pattern of RE2 for the id where it stands alone."""
    return rf"(^|[^0-9A-Za-z_-]){re.escape(customer_id)}($|[^0-9A-Za-z_-])"
