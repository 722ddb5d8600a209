"""Objections to automated decisions: recorded once, they hold from the next call on.

Every process reads them from the database at each call, so none answers from an older state. For
a customer who objected no score is shown or used; the rule-based answer takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from features.home import Home
from serving.database import opened
from serving.database.prepared import Prepared
from serving.database.tables import objections
from serving.service_settings import serving_settings

AT_ONCE = 500
MESSAGE = (
    "{count} of {of} customers object to automated decisions: no score is shown or used for them. "
    "Serve them by the rules, and score the others."
)

_live = objections.c.withdrawn_at.is_(None)
_one = Prepared(
    select(objections.c.recorded_at)
    .where(objections.c.customer_id == bindparam("own"), _live)
    .order_by(objections.c.id)
)
_of = select(objections.c.customer_id).where(
    objections.c.customer_id.in_(bindparam("customer_ids", expanding=True)), _live
)


def record_objection(
    connection: Connection, customer_id: str, caller: str, now: datetime
) -> datetime:
    """From now on no automated decision is made for this customer; since when that is so."""
    for found in _one.all(connection, {"own": customer_id}):
        since: datetime = found.recorded_at
        return since
    row = {"customer_id": customer_id, "recorded_at": now, "caller": caller}
    connection.execute(insert(objections).values(row))
    return now


def withdraw_objection(connection: Connection, customer_id: str, now: datetime) -> None:
    """The customer takes the objection back. Raises RequestRefused (`no_objection`) without one."""
    ended = connection.execute(
        update(objections)
        .where(objections.c.customer_id == customer_id, _live)
        .values(withdrawn_at=now)
    )
    if not ended.rowcount:
        raise RequestRefused("no_objection", f"{customer_id} has no objection that holds")


def has_objection(connection: Connection, customer_ids: Sequence[str]) -> frozenset[str]:
    """Those of these customers who object; one look-up by an index for 500 of them."""
    found: set[str] = set()
    for start in range(0, len(customer_ids), AT_ONCE):
        some = {"customer_ids": list(customer_ids[start : start + AT_ONCE])}
        found.update(connection.execute(_of, some).scalars())
    return frozenset(found)


def check_objections(engine: Engine, customer_ids: Sequence[str]) -> None:
    """Raises RequestRefused: `objection`, naming who objects, or `not_ready` without a database.

    `engine` is best one opened for `reading`.
    """
    try:
        if len(customer_ids) == 1:  # as most requests
            found = _one.look_up(engine, {"own": customer_ids[0]})
            named = customer_ids if found else ()
        else:
            with engine.connect() as connection:
                objecting = has_objection(connection, customer_ids)
            named = [own for own in customer_ids if own in objecting]
    except DBAPIError as error:
        raise RequestRefused(
            "not_ready", "the database of objections cannot be read; try again shortly"
        ) from error.orig
    if named:
        raise RequestRefused(
            "objection",
            MESSAGE.format(count=len(named), of=len(customer_ids)),
            customer_ids=list(named),
        )


def objecting(home: Path) -> frozenset[str]:
    """All customers of this home who object now."""
    url = serving_settings(home).database_url
    if not url and not Home(home).operational.exists():
        return frozenset()
    with opened(home, url, looking=True) as engine, engine.connect() as connection:
        query = select(objections.c.customer_id).where(_live)
        return frozenset(connection.execute(query).scalars())
