"""Holds: a customer held by one live campaign is held by no other, until the hold expires.

The database decides: its unique index over the holds that were not released lets one in. A hold
that has expired and was not released would keep that index, so it is released here, as of its end,
before another takes its place. Rows are locked and written in the order of the customers, so that
two requests for the same ones wait for each other and never for each other's rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.errors import RequestRefused
from serving.database.tables import holds

PART = 500  # customers in a statement
LOOKS = 10  # each finds what another request committed meanwhile


@dataclass(frozen=True)
class Member:
    """A customer of a campaign: `arm` is treated or control, `propensity` the chance of treated."""

    customer_id: str
    arm: str | None = None
    propensity: float | None = None


def hold(
    connection: Connection,
    campaign_id: str,
    members: Sequence[Member],
    until: datetime,
    now: datetime,
) -> None:
    """Hold these customers for the campaign; whom it holds already stays as they are.

    Raises RequestRefused (`held_elsewhere`) with their count where another campaign holds any, and
    then holds none of them.
    """
    by_id = {own.customer_id: own for own in members}
    elsewhere: set[str] = set()
    with connection.begin_nested():
        for part in _parts(sorted(by_id)):
            elsewhere |= _hold_part(connection, campaign_id, part, by_id, until, now)
        if elsewhere:
            raise RequestRefused(
                "held_elsewhere",
                f"{len(elsewhere):,} of {len(by_id):,} customers are held by another campaign; "
                "nothing was changed. Request the list again, without them, or wait until those "
                "holds expire.",
                count=len(elsewhere),
            )


def release(connection: Connection, campaign_id: str, now: datetime) -> int:
    """End all holds of the campaign; how many had not expired before."""
    _release_expired(connection, holds.c.campaign_id == campaign_id, now)
    ended = update(holds).where(holds.c.campaign_id == campaign_id, holds.c.released_at.is_(None))
    return connection.execute(ended.values(released_at=now)).rowcount


def hold_of(connection: Connection, customer_id: str, now: datetime) -> Any | None:
    """The customer's hold that has not expired (campaign_id, arm, propensity, until), or null."""
    own = holds.c.customer_id == customer_id
    live = select(holds).where(own, holds.c.released_at.is_(None), holds.c.until > now)
    return connection.execute(live).first()


def _hold_part(
    connection: Connection,
    campaign_id: str,
    customer_ids: Sequence[str],
    members: Mapping[str, Member],
    until: datetime,
    now: datetime,
) -> set[str]:
    """Hold those of these customers who are free; returns those whom another campaign holds."""
    for _ in range(LOOKS):
        found = _live(connection, customer_ids, now)
        rows = [
            vars(members[own]) | {"campaign_id": campaign_id, "held_at": now, "until": until}
            for own in customer_ids
            if own not in found
        ]
        try:
            with connection.begin_nested():
                if rows:
                    connection.execute(insert(holds), rows)
        except IntegrityError:
            continue  # another request held one of them since the look
        return {own for own, holder in found.items() if holder != campaign_id}
    raise RequestRefused(
        "held_elsewhere", "other requests hold the same customers again and again; try again"
    )


def _live(connection: Connection, customer_ids: Sequence[str], now: datetime) -> dict[str, str]:
    """By customer the campaign of the live hold, locked; those that have expired are released."""
    own = holds.c.customer_id.in_(customer_ids)
    live = select(holds.c.customer_id, holds.c.campaign_id, holds.c.until).where(
        own, holds.c.released_at.is_(None)
    )
    found = connection.execute(live.order_by(holds.c.customer_id).with_for_update()).all()
    if any(row.until <= now for row in found):
        _release_expired(connection, own, now)
    return {row.customer_id: row.campaign_id for row in found if row.until > now}


def _release_expired(connection: Connection, which: Any, now: datetime) -> None:
    expired = update(holds).where(which, holds.c.released_at.is_(None), holds.c.until <= now)
    connection.execute(expired.values(released_at=holds.c.until))


def _parts(customer_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(customer_ids), PART):
        yield customer_ids[start : start + PART]
