"""Which customers have posted facts, in memory: one cheap look-up for the requests of the rest.

Every worker of the service reads what all of them wrote. Rows of the table are numbered in the
order of their commits, since each is written under the audit's lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine, bindparam, select

from serving.database.prepared import Prepared
from serving.database.tables import events
from serving.events.ledger import readable

_after = (
    select(events.c.id, events.c.customer_id)
    .where(events.c.id > bindparam("read"))
    .order_by(events.c.id)
)
_first = Prepared(_after.where(events.c.known_at >= bindparam("since")))
_next = Prepared(_after)


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
        with self._lock, readable():
            wanted = _next if self._read else _first
            found = wanted.look_up(self._engine, {"read": self._read, "since": since})
            for number, customer_id in found:
                self._last[customer_id] = number
                self._read = number
