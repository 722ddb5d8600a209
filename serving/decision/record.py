"""Decisions as they are stored: what was requested, what was answered, from which row."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, literal, select, tuple_

from features.errors import RequestRefused
from serving.database.tables import decisions

ID = re.compile(r"[0-9a-f]{32}")
PART = 500  # rows read at once


@dataclass(frozen=True)
class Stored:
    """A decision as it was stored. The row is null where none was scored."""

    id: str
    customer_id: str
    at: datetime
    intent: str
    channel: str
    answered_by: str
    model_version: str | None
    row_content: bytes | None
    answer: dict[str, Any]


def new_id() -> str:
    """An id that cannot be guessed from another."""
    return secrets.token_hex(16)


def could_be_id(text: str) -> bool:
    """Whether `new_id` could have made it.

    >>> could_be_id(new_id()), could_be_id("15400000001")
    (True, False)
    """
    return ID.fullmatch(text) is not None


def write_decision(
    connection: Connection, values: dict[str, Any], request: dict[str, Any], answer: dict[str, Any]
) -> None:
    """Store one decision; `values` are the other columns of the table."""
    texts = {
        "request": json.dumps(request, ensure_ascii=False),
        "answer": json.dumps(answer, ensure_ascii=False),
    }
    connection.execute(insert(decisions).values(**values, **texts))


def stored_answers(
    engine: Engine, since: datetime | None = None, until: datetime | None = None
) -> Iterator[dict[str, Any]]:
    """The answers of the decisions from `since` on and before `until`, the oldest first."""
    own = decisions.c
    query = select(own.at, own.id, own.answer).order_by(own.at, own.id).limit(PART)
    query = query if since is None else query.where(own.at >= since)
    query = query if until is None else query.where(own.at < until)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
        while rows:
            yield from (json.loads(row.answer) for row in rows)
            last = tuple_(literal(rows[-1].at), literal(rows[-1].id))
            rows = connection.execute(query.where(tuple_(own.at, own.id) > last)).all()


def find_decision(connection: Connection, decision_id: str, customer_id: str) -> Stored:
    """The decision. Raises RequestRefused (`unknown_decision`), for another customer's too."""
    found = read_decision(connection, decision_id)
    if found.customer_id != customer_id:
        raise unknown_decision()
    return found


def read_decision(connection: Connection, decision_id: str) -> Stored:
    """The decision, whosever it is. Raises RequestRefused (`unknown_decision`)."""
    row = connection.execute(_columns.where(decisions.c.id == decision_id)).mappings().first()
    if row is None:
        raise unknown_decision()
    return Stored(**{**row, "answer": json.loads(row["answer"])})


def is_stored(connection: Connection, decision_id: str) -> bool:
    """Whether a decision has this id."""
    own = select(decisions.c.id).where(decisions.c.id == decision_id)
    return connection.execute(own).first() is not None


def unknown_decision() -> RequestRefused:
    """The same for one that does not exist and for one that the caller may not know of."""
    return RequestRefused(
        "unknown_decision", "no decision of this customer has this id; decide again"
    )


_columns = select(*(decisions.c[name] for name in Stored.__dataclass_fields__))
