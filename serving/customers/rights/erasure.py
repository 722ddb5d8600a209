"""Erasure: one customer is gone from everything that the home holds, within one command.

Every step finds nothing to do where it was done before, so a run that was cut off is run again.
First the customer is remembered as erased, so that no import brings them back; last the rows of
the operational database are deleted, with the key that their pseudonym in the audit rests on: from
then on no row of the audit names them, and its chain is whole as it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, update

from features.disk.atomic import remove, replace_json
from features.disk.erased import erased_hashes, remember_erased
from features.disk.locks import writing
from features.disk.secrets import made_secrets
from features.engine.store import build_histories
from features.errors import OutputError, UnknownCustomers
from features.home import Home
from features.imports.erasure import REMOVED, erase_from_feeds
from features.lake import read_manifest
from features.progress import Progress, silent
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.customers.rights.stored import WRITTEN, is_known, mentions, tables_of_persons, word_of
from serving.customers.rights.traces import erase_from_files, erase_from_rows, files_naming
from serving.database.scrub import scrub
from serving.database.tables import person_keys, views

COMMAND = "liuke person erase"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Erasure:
    """How much was erased: rows of the database, rows of feeds, files; models now marked."""

    rows: int
    facts: int
    files: int
    models: tuple[str, ...]


def erase(
    home: Path, engine: Engine, customer_id: str, entry: Entry, now: datetime,
    progress: Progress = silent,
) -> Erasure:  # fmt: skip
    """Erase the customer; `entry` is the audit's row, which must not name them.

    Raises UnknownCustomers where nothing is held about this id, OutputError where something could
    not be erased, HomeBusy.
    """
    with writing(home, COMMAND):
        _check_known(home, engine, customer_id)
        models = _mark_models(home, customer_id, now)
        remember_erased(home, customer_id)
        facts = erase_from_feeds(home, customer_id, progress)
        was_built = Home(home).histories.is_dir() or Home(home).latest.is_file()
        for computed in (Home(home).histories, Home(home).results):
            remove(computed)
        erase_from_rows(home, customer_id)
        files = erase_from_files(home, customer_id)
        rows = record_now(engine, entry, now, lambda connection: _delete(connection, customer_id))
        scrub(engine)
        if was_built and read_manifest(home):
            build_histories(home, progress)
        left = files_naming(home, customer_id)
    if left:
        raise OutputError(
            f"{len(left)} files still name the customer: {', '.join(map(str, left[:10]))}. All "
            f"else is erased. Remove these files, or end what holds them, then run it again."
        )
    return Erasure(rows, facts, files, models)


def _check_known(home: Path, engine: Engine, customer_id: str) -> None:
    with engine.connect() as connection:
        if is_known(connection, customer_id):
            return
    if made_secrets(home).erased_hash(customer_id) in erased_hashes(home):
        return  # cut off before: the rest is done now
    if not files_naming(home, customer_id):
        raise UnknownCustomers(
            f"nothing is held about {customer_id}: the id is wrong. Nothing was changed.",
            customer_ids=[customer_id],
        )


def _mark_models(home: Path, customer_id: str, now: datetime) -> tuple[str, ...]:
    """Mark each model as trained with data that were erased since; those marked now.

    A model holds no row of a customer; a new training, which knows nothing of them, ends the mark.
    """
    versions = sorted(path.name for path in Home(home).models.glob("*") if path.is_dir())
    is_done = made_secrets(home).erased_hash(customer_id) in erased_hashes(home)
    if not versions or is_done:
        return ()
    path = Home(home).marked
    known = json.loads(path.read_text("utf-8"))["versions"] if path.exists() else {}
    for own in versions:
        before = known.get(own, {"customers": 0})
        known[own] = {"customers": before["customers"] + 1, "last": f"{now:%F}"}
    replace_json(path, {"schema": SCHEMA_VERSION, "versions": known})
    return tuple(versions)


def _delete(connection: Connection, customer_id: str) -> int:
    count = 0
    for table in (*tables_of_persons(), person_keys):
        own = table.c.customer_id == customer_id
        count += connection.execute(delete(table).where(own)).rowcount
    return count + _delete_mentions(connection, customer_id)


def _delete_mentions(connection: Connection, customer_id: str) -> int:
    """A saved search that names them is deleted, other texts lose the id."""
    word, count = word_of(customer_id), 0
    for table, row in mentions(connection, customer_id):
        own = table.c.id == row["id"]
        if table is views:
            count += connection.execute(delete(views).where(own)).rowcount
        else:
            texts = {name: row[name] for name in WRITTEN[table] if row[name] is not None}
            cleaned = {name: word.sub(REMOVED, text) for name, text in texts.items()}
            connection.execute(update(table).where(own).values(cleaned))
    return count
