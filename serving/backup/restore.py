"""Restoring a backup into a home: read and checked to its end first, then put in place.

The new home is made beside the old one and takes its place by two renames. What the backup does
not hold (the lake's feeds, the registry) is taken over from the old one. A restore that was cut
off between the renames leaves the old home beside its place, and the next one begins by putting it
back.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from features.disk.atomic import UNFINISHED, remove
from features.disk.erased import erased_hashes
from features.disk.locks import writing
from features.disk.secrets import PLACE, parsed, read_secrets, write_secrets
from features.errors import BackupRefused, OutputError
from features.home import Home
from features.progress import Progress, silent
from serving.backup.archive import unpack
from serving.backup.backup import FILES, PSEUDONYMS, SECRETS, STORE, contents
from serving.backup.sealed import opened as unsealed
from serving.database import head_revision, open_engine, upgrade
from serving.database.snapshot import count_on, empty, load, tables_of
from serving.service_settings import serving_settings

BEFORE = ".before"


@dataclass(frozen=True)
class Restored:
    """What was restored: of when, into which database, how many rows and files.

    `secrets`, the keys of phone numbers: restored, kept (those that were there), or missing: then
    phone numbers that the backup holds cannot be read. `pseudonyms`, their key, likewise, or none
    (there was none yet); where it is missing a new one gives customers other pseudonyms.
    """

    home: str
    made_at: str
    database: str
    rows: int
    files: int
    secrets: str
    pseudonyms: str


def restore(
    file: Path,
    home: Path,
    *,
    passphrase: str | None = None,
    database_url: str | None = None,
    sha256: str | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> Restored:
    """Put the backup in the place of `home`.

    `database_url`: of the operational database from now on, empty for the file in the home; null
    for the one of the restored settings. `sha256`: as the backup's receipt has it. Raises
    BackupRefused where the file is damaged, OutputError where the home or its database is not empty
    and not `force`; nothing is changed then. Raises HomeBusy.
    """
    home = home.absolute()
    settle(home)
    _check_sum(file, sha256)
    if not force and _holds_anything(home):
        raise OutputError(
            f"{home} is not empty. Restore into another folder, or replace it by --force; what "
            f"the backup does not hold, such as the lake's feeds, then stays."
        )
    new = home.with_name(f".{home.name}.{uuid.uuid4().hex[:8]}{UNFINISHED}")
    with writing(home, "liuke restore", new=True):
        try:
            return _restore(file, home, new, passphrase, database_url, force, progress)
        finally:
            remove(new)


def _restore(
    file: Path,
    home: Path,
    new: Path,
    passphrase: str | None,
    database_url: str | None,
    force: bool,
    progress: Progress,
) -> Restored:
    unpacked = new / "unpacked"
    unpacked.mkdir(parents=True, mode=0o700)
    progress("checking", 0, 1)
    header = unpack(file, unpacked)
    progress("checking", 1, 1)
    _check_revision(file, header)
    secrets, pseudonyms = (
        unsealed(seal.read_bytes(), passphrase) if passphrase and seal.exists() else None
        for seal in (unpacked / SECRETS, unpacked / PSEUDONYMS)
    )
    made = new / "home"
    (unpacked / FILES).mkdir(exist_ok=True)
    (unpacked / FILES).rename(made)
    files = sum(1 for path in made.rglob("*") if path.is_file())
    if database_url is not None:
        _set_database(made, database_url)
    _take_over(home, made, with_lake=header["with_lake"])
    state, named = _put_secrets(home, made, secrets), _put_pseudonyms(made, pseudonyms)
    if header.get("pseudonyms") == "none" and named == "missing":
        named = "none"  # there were none yet; an earlier version does not say
    url = serving_settings(made).database_url
    rows = _load(made, url, unpacked / STORE, header["revision"], force, progress)
    swap(home, made)
    kind = "postgresql" if url else "sqlite"
    return Restored(str(home), header["made_at"], kind, rows, files, state, named)


def _check_sum(file: Path, sha256: str | None) -> None:
    if not file.is_file():
        raise BackupRefused(f"{file} is not there. Nothing was changed.")
    if sha256 is None:
        return
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != sha256.lower():
        raise BackupRefused(
            f"{file} has the SHA-256 {found}; expected {sha256}. Nothing was changed: it is "
            f"another backup, or was altered."
        )


def _check_revision(file: Path, header: dict[str, Any]) -> None:
    if header["revision"] > head_revision():
        raise BackupRefused(
            f"{file} was written by a newer version of Liuke (tables of step {header['revision']}; "
            f"this one knows {head_revision()}). Nothing was changed."
        )


def _holds_anything(home: Path) -> bool:
    lock = Home(home).writer_lock.name
    return home.exists() and any(path.name != lock for path in home.iterdir())


def _set_database(made: Path, url: str) -> None:
    path = Home(made).settings("serving")
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not line.lstrip().startswith("database_url")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"database_url = {_quoted(url)}", *kept]) + "\n", "utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _take_over(home: Path, made: Path, *, with_lake: bool) -> None:
    """Link what the backup does not hold into the new home; files are replaced, never changed."""
    if not home.exists():
        return
    own = Home(home)
    erased = erased_hashes(home) - erased_hashes(made)
    if erased:
        raise BackupRefused(
            f"{len(erased)} customers were erased in {home} since this backup was made; to restore "
            f"it would bring them back. Nothing was changed. Make a new backup after each erasure, "
            f"or restore into another folder and erase them there."
        )
    names = [path.relative_to(home) for path in contents(home, with_lake=with_lake)]
    gone = {*names, own.writer_lock.relative_to(home)}
    database = own.operational.name
    for folder, folders, files in os.walk(home):
        place = Path(folder).relative_to(home)
        folders[:] = [name for name in folders if place / name not in gone]
        for name in files:
            if place / name in gone or (place == Path() and name.startswith(database)):
                continue
            target = made / place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(Path(folder, name), target)


def _put_secrets(home: Path, made: Path, secrets: bytes | None) -> str:
    """Where the backup holds them, they take the place of those in the home, or outside of it."""
    there = read_secrets(home) is not None
    if secrets is None:
        return "kept" if there else "missing"
    new = parsed(secrets, "the backup")
    found = read_secrets(made)
    if found is not None and found != new:
        if os.environ.get(PLACE):
            raise BackupRefused(
                f"{PLACE} names secrets that are not those of the backup. Nothing was changed. "
                f"Name another file, which is made then."
            )
        Home(made).secrets.unlink()
    Home(made).secrets.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_secrets(made, new)
    return "restored"


def _put_pseudonyms(made: Path, key: bytes | None) -> str:
    """Where the backup holds the key, it takes the place of the home's."""
    path = Home(made).pseudonym_key
    if key is None:  # not sealed, or of a version that did not keep it
        return "kept" if path.is_file() else "missing"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a link to that of the old home
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return "restored"


def _load(
    made: Path, url: str, folder: Path, revision: str, force: bool, progress: Progress
) -> int:
    engine = open_engine(made, url)
    try:
        upgrade(engine, revision)
        rows = _load_tables(engine, folder, force, progress)
        upgrade(engine)
    except SQLAlchemyError as error:
        raise OutputError(
            f"the operational database refuses: {getattr(error, 'orig', error)}. Nothing was "
            f"changed there; the home is as it was."
        ) from error
    finally:
        engine.dispose()
    return rows


def _load_tables(engine: Engine, folder: Path, force: bool, progress: Progress) -> int:
    files = {path.stem.partition("-")[2]: path for path in sorted(folder.glob("*.jsonl"))}
    with engine.begin() as connection:
        tables = tables_of(connection)
        known = {table.name: table for table in tables}
        held = [
            table.name
            for table in tables
            if table.name != "audit_head" and connection.execute(table.select().limit(1)).first()
        ]
        if held and not force:
            raise OutputError(
                f"the operational database holds rows ({', '.join(held)}). Name an empty one with "
                f"--database-url, or replace them by --force."
            )
        empty(connection, tables)
        rows = 0
        for done, (name, path) in enumerate(files.items()):
            progress("tables", done, len(files))
            with path.open(encoding="utf-8") as lines:
                rows += load(connection, known[name], lines)
        progress("tables", 1, 1)
        count_on(connection, tables)
    return rows


def swap(home: Path, made: Path) -> None:
    """Put the new home in the place of the old one, which is removed."""
    before = home.with_name(f".{home.name}{BEFORE}")
    if home.exists():
        home.rename(before)
    made.rename(home)
    remove(before)


def settle(home: Path) -> None:
    """Put back the home that a restore left beside its place when it was cut off."""
    before = home.with_name(f".{home.name}{BEFORE}")
    if not before.exists():
        return
    if home.exists():
        remove(before)
    else:
        before.rename(home)
