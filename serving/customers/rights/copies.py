"""A copy of everything held about one customer, for programs (JSON) and people (text).

From the lake each fact of each feed, with both its clocks and the part that holds it; from the
operational database each row; what the night prepared and every kept score; every further file in
which they stand; the phone number in full; and whom the customer was shown to, from the audit. What
an erasure removes, a copy shows: both go by `stored` and `traces`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select

from features.disk.atomic import replacing_together
from features.disk.secrets import read_secrets
from features.errors import UnknownCustomers
from features.words import LANGUAGES, say
from serving.audit.search import Wanted, search, unnamed_exports
from serving.customers.phones.phones import Ciphers, numbers_of
from serving.customers.rights import filed
from serving.customers.rights.filed import Held, plain
from serving.customers.rights.stored import CUSTOMER, mentions, tables_of_persons
from serving.database.tables import phones

PAGE = 500
COUNTED = ("mentions", "scores", "standing", "files", "shown_to")


def copy_of(home: Path, engine: Engine, customer_id: str, now: datetime) -> Held:
    """Everything that is held, by where it is held. Raises UnknownCustomers where nothing is.

    Keys: customer_id, made_at, `feeds` (facts by feed), `store` (rows by table), `mentions` (rows
    that people wrote), `phone`, `latest` and `counter` (what the night prepared), `scores` and
    `standing` (by night), `files` (all others), `shown_to`, `exports` (which may have included
    them), and `counts`.
    """
    held: Held = {
        "feeds": filed.facts(home, customer_id),
        "store": _rows(engine, customer_id),
        "mentions": _mentions(engine, customer_id),
        "phone": _phone(home, engine, customer_id),
        "latest": filed.latest(home, customer_id),
        "counter": filed.counter(home, customer_id),
        "scores": filed.scores(home, customer_id),
        "standing": filed.standing(home, customer_id),
        "files": list(filed.others(home, customer_id)),
        "shown_to": list(_shown_to(engine, customer_id)),
    }
    counts = {
        "facts": sum(map(len, held["feeds"].values())),
        "rows": sum(map(len, held["store"].values())),
        **{name: len(held[name]) for name in COUNTED},
    }
    if not any(counts.values()) and not held["latest"] and not held["counter"]:
        raise UnknownCustomers(
            f"nothing is held about {customer_id}: the id is wrong, or they were erased.",
            customer_ids=[customer_id],
        )
    about = {"customer_id": customer_id, "made_at": now.isoformat(timespec="seconds")}
    return about | held | {"exports": unnamed_exports(engine), "counts": counts}


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
    for name in ("latest", "counter"):
        if held[name]:
            yield from _part(say("people", f"copy_{name}", language), [held[name]])
    for name in ("scores", "standing"):
        yield from _part(say("people", f"copy_{name}", language), held[name])
    for name in ("mentions", "files"):
        if held[name]:
            yield from _part(say("people", f"copy_{name}", language), held[name])
    yield from _part(say("people", "copy_shown_to", language), held["shown_to"])
    if held["exports"]:
        yield from _part(say("people", "copy_exports", language), held["exports"])


def _part(title: str, rows: list[Held]) -> Iterator[str]:
    yield ""
    yield f"{title}: {len(rows):,}"
    for row in rows:
        known = (f"{name}={value}" for name, value in row.items() if value is not None)
        yield f"  - {'; '.join(known)}"


def _rows(engine: Engine, customer_id: str) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    with engine.connect() as connection:
        for table in tables_of_persons():
            query = select(table).where(table.c.customer_id == customer_id)
            rows = [dict(row) for row in connection.execute(query).mappings()]
            # The number itself stands in `phone`; its cipher says nothing to the customer.
            hidden = ("phone_hmac", "phone_encrypted", "key_number") if table is phones else ()
            found[table.name] = [
                {name: plain(value) for name, value in row.items() if name not in hidden}
                for row in rows
            ]
    return {name: rows for name, rows in found.items() if rows}


def _mentions(engine: Engine, customer_id: str) -> list[Held]:
    with engine.connect() as connection:
        return [
            {"table": table.name}
            | {
                name: plain(value)
                for name, value in row.items()
                if name != CUSTOMER  # they are another
            }
            for table, row in mentions(connection, customer_id)
        ]


def _phone(home: Path, engine: Engine, customer_id: str) -> str | None:
    secrets = read_secrets(home)
    if secrets is None:
        return None
    with engine.connect() as connection:
        return numbers_of(connection, [customer_id], Ciphers(secrets)).get(customer_id)


def _shown_to(engine: Engine, customer_id: str) -> Iterator[Held]:
    before: int | None = None
    while True:
        page = search(engine, Wanted(customer_id=customer_id, before=before), PAGE)
        for row in page.rows:
            kept = ("at", "caller", "role", "method", "route", "purpose", "status")
            yield {name: plain(row[name]) for name in kept}
        before = page.next
        if before is None:
            return
