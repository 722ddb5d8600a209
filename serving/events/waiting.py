"""Which customers have posted facts, in memory: one cheap look-up for the requests of the rest.

Every worker of the service reads what all of them wrote. Rows of the table are numbered in the
order of their commits, since each is written under the audit's lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine, select

from serving.database.tables import events
from serving.events.ledger import reading


class WaitingEvents:
    """The customers with posted facts, each with the number of the latest one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._read = 0
        self._last: dict[str, int] = {}

    def of(self, customer_ids: Iterable[str], since: datetime) -> dict[str, int]:
        """Those of these customers of whom facts were posted; `since` counts at the first call."""
        self._refresh(since)
        last = self._last
        return {own: last[own] for own in customer_ids if own in last} if last else {}

    def _refresh(self, since: datetime) -> None:
        wanted = select(events.c.id, events.c.customer_id).where(events.c.id > self._read)
        if not self._read:
            wanted = wanted.where(events.c.known_at >= since)
        with self._lock, reading(self._engine) as connection:
            for number, customer_id in connection.execute(wanted.order_by(events.c.id)):
                self._last[customer_id] = number
                self._read = number
