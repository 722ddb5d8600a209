"""A copy of everything held about one customer, for programs (JSON) and people (text).

From the lake each fact of each feed, with both its clocks and the part that holds it; from the
operational database each row; last night's row and every kept score; the phone number in full; and
whom the customer was shown to, from the audit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Engine, select

from features.disk.atomic import replacing_together
from features.disk.secrets import read_secrets
from features.errors import UnknownCustomers
from features.home import Home
from features.imports.erasure.erased import PERSONS
from features.imports.fields.checks import literal, quoted
from features.lake import part_paths, read_manifest
from features.words import LANGUAGES, say
from serving.audit.search import Wanted, search
from serving.customers.phones.phones import Ciphers, numbers_of
from serving.customers.rights.stored import tables_of_persons
from serving.database.tables import phones
from serving.scores.latest import Latest

PAGE = 500
Held = dict[str, Any]


def copy_of(home: Path, engine: Engine, customer_id: str, now: datetime) -> Held:
    """Everything that is held, by where it is held. Raises UnknownCustomers where nothing is.

    Keys: customer_id, made_at, `feeds` (facts by feed), `store` (rows by table), `phone`,
    `latest` (last night's row), `scores` (by night), `shown_to`, and `counts` of each.
    """
    held: Held = {
        "feeds": _facts(home, customer_id),
        "store": _rows(engine, customer_id),
        "phone": _phone(home, engine, customer_id),
        "latest": _latest(home, customer_id),
        "scores": _scores(home, customer_id),
        "shown_to": list(_shown_to(engine, customer_id)),
    }
    counts = {
        "facts": sum(map(len, held["feeds"].values())),
        "rows": sum(map(len, held["store"].values())),
        "scores": len(held["scores"]),
        "shown_to": len(held["shown_to"]),
    }
    if not any(counts.values()) and not held["latest"]:
        raise UnknownCustomers(
            f"nothing is held about {customer_id}: the id is wrong, or they were erased.",
            customer_ids=[customer_id],
        )
    about = {"customer_id": customer_id, "made_at": now.isoformat(timespec="seconds")}
    return about | held | {"counts": counts}


def write_copy(out: Path, held: Held) -> None:
    """Write the copy as `out` (JSON) and, in both languages, as text beside it: both or neither."""
    text = "\n".join(line for language in LANGUAGES for line in in_words(held, language))
    with replacing_together(out.with_suffix(".txt"), out) as (readable, plain):
        readable.write_text(text + "\n", "utf-8")
        plain.write_text(
            json.dumps(held, ensure_ascii=False, indent=2, default=str) + "\n", "utf-8"
        )


def in_words(held: Held, language: str) -> Iterator[str]:
    """The copy as lines for people."""
    yield say(
        "people", "copy_title", language, customer_id=held["customer_id"], made_at=held["made_at"]
    )
    for name, facts in held["feeds"].items():
        yield from _part(say("people", "copy_feed", language, name=name), facts)
    for name, rows in held["store"].items():
        yield from _part(say("people", "copy_table", language, name=name), rows)
    if held["phone"]:
        yield from _part(say("people", "copy_phone", language), [{"phone": held["phone"]}])
    if held["latest"]:
        yield from _part(say("people", "copy_latest", language), [held["latest"]])
    yield from _part(say("people", "copy_scores", language), held["scores"])
    yield from _part(say("people", "copy_shown_to", language), held["shown_to"])


def _part(title: str, rows: list[Held]) -> Iterator[str]:
    yield ""
    yield f"{title}: {len(rows):,}"
    for row in rows:
        known = (f"{name}={value}" for name, value in row.items() if value is not None)
        yield f"  - {'; '.join(known)}"


def _facts(home: Path, customer_id: str) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    for name, stored in read_manifest(home).items():
        named = [column for column in PERSONS if column in stored.columns]
        if named:
            own = " OR ".join(f"{quoted(column)} = {literal(customer_id)}" for column in named)
            files = [str(path) for path in part_paths(home, stored)]
            found[name] = [
                row | {"part": Path(row.pop("filename")).name}
                for row in _read(files, f"{own} ORDER BY event_time, known_at")
            ]
    return {name: facts for name, facts in found.items() if facts}


def _scores(home: Path, customer_id: str) -> list[Held]:
    files = sorted(Home(home).scores.glob("*.parquet"))
    own = f"customer_id = {literal(customer_id)}"
    return [
        {"file": Path(row.pop("filename")).name} | row
        for path in files
        for row in _read([str(path)], own)
    ]


def _read(files: list[str], where: str) -> list[Held]:
    names = ", ".join(literal(file) for file in files)
    query = f"SELECT * FROM read_parquet([{names}], filename = true) WHERE {where}"
    with duckdb.connect() as connection:
        found = connection.execute(query)
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, map(_plain, row), strict=True)) for row in found.fetchall()]


def _rows(engine: Engine, customer_id: str) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    with engine.connect() as connection:
        for table in tables_of_persons():
            query = select(table).where(table.c.customer_id == customer_id)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            # The number itself stands in `phone`; its cipher says nothing to the customer.
            hidden = ("phone_hmac", "phone_encrypted", "key_number") if table is phones else ()
            found[table.name] = [
                {name: _plain(value) for name, value in row.items() if name not in hidden}
                for row in rows
            ]
    return {name: rows for name, rows in found.items() if rows}


def _phone(home: Path, engine: Engine, customer_id: str) -> str | None:
    secrets = read_secrets(home)
    if secrets is None:
        return None
    with engine.connect() as connection:
        return numbers_of(connection, [customer_id], Ciphers(secrets)).get(customer_id)


def _latest(home: Path, customer_id: str) -> Held | None:
    if not Home(home).latest.is_file():
        return None
    latest = Latest(home)
    try:
        rows = latest.rows([customer_id])
        names = latest.night.features
        values = {
            name: float(value)
            for name, value in zip(names, rows.numbers[0], strict=True)
            if value == value  # not NaN
        }
        return {"as_of": latest.night.as_of} | values | rows.categories[0]
    except UnknownCustomers:
        return None
    finally:
        latest.close()


def _shown_to(engine: Engine, customer_id: str) -> Iterator[Held]:
    before: int | None = None
    while True:
        page = search(engine, Wanted(customer_id=customer_id, before=before), PAGE)
        for row in page.rows:
            kept = ("at", "caller", "role", "method", "route", "purpose", "status")
            yield {name: _plain(row[name]) for name in kept}
        before = page.next
        if before is None:
            return


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
