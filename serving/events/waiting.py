"""Which customers have posted facts, in memory: one cheap look-up for the requests of the rest.

Every worker of the service reads what all of them wrote. Rows of the table are numbered in the
order of their commits, since each is written under the audit's lock. A row may be removed, of a
cancellation that was undone; SQLite then numbers the next one alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Engine, select

from serving.database.tables import events
from serving.events.ledger import reading

_own = events.c
_rows = select(_own.id, _own.event_key, _own.customer_id).order_by(_own.id)


class WaitingEvents:
    """The customers with posted facts, each with the key of the latest one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._read: tuple[int, str] | None = None  # number and key of the latest one that was read
        self._last: dict[str, str] = {}

    def of(self, customer_ids: Iterable[str], since: datetime) -> dict[str, str]:
        """Those of these customers of whom facts were posted; `since` counts at the first call."""
        self._refresh(since)
        last = self._last
        return {own: last[own] for own in customer_ids if own in last} if last else {}

    def _refresh(self, since: datetime) -> None:
        with self._lock, reading(self._engine) as connection:
            if self._read is not None:
                # The latest is read again: where it was removed, its number may be another's.
                rows = connection.execute(_rows.where(_own.id >= self._read[0])).all()
                if rows and (rows[0].id, rows[0].event_key) == self._read:
                    self._take(rows[1:], self._last)
                    return
            self._read = None
            self._take(connection.execute(_rows.where(_own.known_at >= since)).all(), {})

    def _take(self, rows: Sequence[Any], last: dict[str, str]) -> None:
        """Read these rows, beside what `last` holds already."""
        for row in rows:
            last[row.customer_id] = row.event_key
            self._read = row.id, row.event_key
        self._last = last
