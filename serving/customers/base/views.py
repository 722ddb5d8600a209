"""Saved views: searches that a person keeps under a name of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from features.errors import RequestRefused
from serving.customers.base.grammar import parsed
from serving.customers.fields import nearest
from serving.database.tables import LONGEST_ID, views

MAX_VIEWS = 200  # of one owner
LONGEST_SEARCH = 8_000


def saved_views(connection: Connection, owner: str) -> list[dict[str, Any]]:
    """The owner's views by name: name, `search` (its texts) and changed_at."""
    columns = views.c
    query = select(columns.name, columns.content, columns.changed_at)
    rows = connection.execute(query.where(columns.owner == owner).order_by(columns.name))
    return [
        {"name": name, "search": json.loads(content), "changed_at": f"{changed_at:%F %T}"}
        for name, content, changed_at in rows
    ]


def view_of(connection: Connection, owner: str, name: str) -> dict[str, str]:
    """The search of a view. Raises RequestRefused (`unknown_view`)."""
    found = {own["name"]: own["search"] for own in saved_views(connection, owner)}
    if name not in found:
        raise _unknown(name, list(found))
    search: dict[str, str] = found[name]
    return search


def save_view(
    connection: Connection,
    owner: str,
    name: str,
    search: Mapping[str, str],
    now: datetime,
    role: str | None = None,
) -> dict[str, Any]:
    """Keep a search under a name; one of that name is replaced.

    Raises RequestRefused (`invalid_request`) for a name or a search that cannot be kept: a view
    holds a rule, so it names no single customers and no page.
    """
    _check(name, search, role)
    content = json.dumps(dict(search), ensure_ascii=False, sort_keys=True)
    if len(content) > LONGEST_SEARCH:
        raise RequestRefused("invalid_request", "search: too long to be kept as a view")
    row = {"content": content, "changed_at": now}
    own = (views.c.owner == owner) & (views.c.name == name)
    if connection.execute(update(views).where(own).values(row)).rowcount == 0:
        _check_count(connection, owner)
        connection.execute(insert(views).values(owner=owner, name=name, **row))
    return {"name": name, "search": dict(search), "changed_at": f"{now:%F %T}"}


def delete_view(connection: Connection, owner: str, name: str) -> None:
    """Forget a view. Raises RequestRefused (`unknown_view`)."""
    own = (views.c.owner == owner) & (views.c.name == name)
    if connection.execute(delete(views).where(own)).rowcount == 0:
        raise _unknown(name, [own["name"] for own in saved_views(connection, owner)])


def _check(name: str, search: Mapping[str, str], role: str | None) -> None:
    if not 1 <= len(name) <= LONGEST_ID or not name.isprintable():
        raise RequestRefused(
            "invalid_request",
            f"the view's name has {len(name)} characters; expected 1 to {LONGEST_ID}, printable",
        )
    if "/" in name:
        raise RequestRefused(
            "invalid_request",
            "the view's name has a slash, which would end its part of the address; write another",
        )
    unfit = sorted({"customer_id", "after"} & set(search))
    if unfit:
        raise RequestRefused(
            "invalid_request", f"search: a view keeps a rule, not {' and '.join(unfit)}"
        )
    parsed(search, role)


def _check_count(connection: Connection, owner: str) -> None:
    if len(saved_views(connection, owner)) >= MAX_VIEWS:
        raise RequestRefused(
            "invalid_request", f"{MAX_VIEWS} views are kept already; delete one first"
        )


def _unknown(name: str, names: list[str]) -> RequestRefused:
    return RequestRefused(
        "unknown_view", f"there is no view {name[:64]!r} of yours.{nearest(name, names)}"
    )
