"""Writing a backup: the operational database, last night's rows and scores, models, settings.

The lake's feeds are the operator's own extracts and come again by import; `with_lake` adds them.
Commands that write in the home wait meanwhile; the service goes on, and the database is read as it
was at one moment.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Engine

from features.disk.atomic import replacing
from features.disk.locks import writing
from features.disk.secrets import read_secrets, text_of
from features.errors import OutputError
from features.home import Home
from features.progress import Progress, silent
from serving.backup.archive import Writer, writing_archive
from serving.backup.sealed import sealed
from serving.database.snapshot import dumped, revision_of, snapshot, tables_of

STORE, FILES = "store", "home"
SECRETS, PSEUDONYMS = "secrets.sealed", "pseudonyms.sealed"
COMMAND = "liuke backup"


@dataclass(frozen=True)
class BackedUp:
    """The file, its size and hash; rows of the database, files of the home.

    `secrets`: whether the keys of phone numbers and pseudonyms are in it: sealed, excluded, or none
    (there are none yet).
    """

    file: str
    bytes: int
    sha256: str
    rows: int
    files: int
    secrets: str


def contents(home: Path, *, with_lake: bool) -> list[Path]:
    """What of the home is backed up, files and folders; those that are not there too."""
    own = Home(home)
    always = [
        own.latest, own.counter, own.scores, own.topics, own.models, own.tables, own.erased,
        own.settings("serving").parent, own.assessments, own.demo_mark,
    ]  # fmt: skip
    return [*always, own.feeds, own.imports, own.quarantine] if with_lake else always


def back_up(
    home: Path,
    engine: Engine,
    out: Path,
    now: datetime,
    *,
    passphrase: str | None = None,
    with_lake: bool = False,
    force: bool = False,
    progress: Progress = silent,
) -> BackedUp:
    """Write the backup to the new file `out`, all or nothing.

    Raises OutputError where it is there already and not `force`, or cannot be written;
    SettingsError for a short passphrase; HomeBusy.
    """
    if out.exists() and not force:
        raise OutputError(f"{out} is there already; choose another name, or replace it by --force")
    with writing(home, COMMAND), replacing(out) as temporary, snapshot(engine) as connection:
        secrets = _secrets(home)
        kept = "none" if not secrets else "sealed" if passphrase is not None else "excluded"
        header = {
            "made_at": now.isoformat(timespec="seconds"),
            "liuke": version("liuke"),
            "revision": revision_of(connection),
            "database": connection.dialect.name,
            "with_lake": with_lake,
            "secrets": kept,
            "pseudonyms": kept if PSEUDONYMS in secrets else "none",
        }
        with writing_archive(temporary, header) as writer:
            if passphrase is not None:
                for name, content in secrets.items():
                    _add_bytes(writer, name, sealed(content, passphrase))
            rows = _add_tables(writer, connection, progress)
            files = _add_files(writer, home, with_lake, progress)
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return BackedUp(str(out), out.stat().st_size, digest, rows, files, kept)


def _secrets(home: Path) -> dict[str, bytes]:
    """The keys that leave the home under a passphrase alone, by the member that holds each."""
    found, phones = {}, read_secrets(home)
    if phones is not None:
        found[SECRETS] = text_of(phones).encode()
    if Home(home).pseudonym_key.is_file():
        found[PSEUDONYMS] = Home(home).pseudonym_key.read_bytes()
    return found


def _add_tables(writer: Writer, connection: Connection, progress: Progress) -> int:
    tables, rows = tables_of(connection), 0
    for done, table in enumerate(tables):
        progress("tables", done, len(tables))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "rows")
            with file.open("w", encoding="utf-8") as lines:
                for line in dumped(connection, table):
                    lines.write(f"{line}\n")
                    rows += 1
            writer.add(f"{STORE}/{done:03d}-{table.name}.jsonl", file)
    progress("tables", 1, 1)
    return rows - len(tables)


def _add_files(writer: Writer, home: Path, with_lake: bool, progress: Progress) -> int:
    files = list(_files(contents(home, with_lake=with_lake)))
    for done, file in enumerate(files):
        progress("files", done, len(files))
        writer.add(f"{FILES}/{file.relative_to(home).as_posix()}", file)
    progress("files", 1, 1)
    return len(files)


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*"))
            yield from (own for own in inside if own.is_file() and not own.name.startswith("."))
        elif path.is_file():
            yield path


def _add_bytes(writer: Writer, name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "content")
        file.write_bytes(content)
        writer.add(name, file)
