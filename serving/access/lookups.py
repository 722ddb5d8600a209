"""More look-ups than one person can serve: an alarm to the auditor, once a window.

How many there were is counted in the audit, so that it is right over several processes and after a
restart. A process only decides when to count: each time that a caller has looked at a tenth of the
limit more. Purposes of programs that work through many customers (`permissions.IN_BULK`) are not
counted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, exists, func, insert, literal, or_, select

from serving.access.access_settings import AccessSettings
from serving.access.permissions import IN_BULK
from serving.database.tables import alarms, audit, audit_head

KIND = "lookups"
MAX_CALLERS = 10_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAUSE = timedelta(minutes=10)  # until a caller who is over every limit is counted again


@dataclass(frozen=True)
class Alarm:
    """What the auditor should look at; `detail` says what was found, and names no customer."""

    id: int
    at: datetime
    kind: str
    caller: str
    detail: dict[str, Any]


@dataclass
class Lookups:
    """How many customers each caller looked at in this process since they were last counted."""

    settings: AccessSettings
    _since: dict[str, int] = field(default_factory=dict)
    _paused: dict[str, datetime] = field(default_factory=dict)  # until when

    def is_due(self, caller: str, purpose: str | None, customers: int, now: datetime) -> bool:
        """Note so many look-ups; whether the caller's are to be counted now."""
        if not customers or purpose in IN_BULK or now < self._paused.get(caller, now):
            return False
        if len(self._since) >= MAX_CALLERS:
            self._since.clear()
        since = self._since.get(caller, 0) + customers
        is_due = since >= max(1, self.settings.lookups_per_hour // 10)
        self._since[caller] = 0 if is_due else since
        return is_due

    def count(self, engine: Engine, caller: str, now: datetime) -> None:
        """Raise the alarms that are due; one who is over every limit is left alone for a while.

        `engine`: one for transactions.
        """
        if raise_alarms(engine, caller, now, self.settings):
            if len(self._paused) >= MAX_CALLERS:
                self._paused.clear()
            self._paused[caller] = now + PAUSE


def raise_alarms(engine: Engine, caller: str, now: datetime, settings: AccessSettings) -> bool:
    """Write an alarm for each window in which the caller looked at more customers than its limit.

    One that was raised in the same window is not raised again. Whether all limits are exceeded.
    """
    windows = (("hour", HOUR, settings.lookups_per_hour), ("day", DAY, settings.lookups_per_day))
    exceeded = 0
    for name, window, limit in windows:
        found = _counted(engine, caller, now - window)
        if found > limit:
            _raise(engine, caller, name, now, window, {"customers": found, "limit": limit})
            exceeded += 1
    return exceeded == len(windows)


def _counted(engine: Engine, caller: str, since: datetime) -> int:
    query = select(func.coalesce(func.sum(audit.c.subjects), 0)).where(
        audit.c.caller == caller,
        audit.c.at > since,
        or_(audit.c.purpose.is_(None), audit.c.purpose.not_in(IN_BULK)),
    )
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _raise(
    engine: Engine, caller: str, name: str, now: datetime, window: timedelta, found: dict[str, int]
) -> None:
    """Write it unless it stands already; one process after the other, so that none does so twice.

    Of two statements at one moment neither would see the row of the other: the audit's head is
    what all writers lock.
    """
    detail = json.dumps({"window": name, **found})
    same = and_(
        alarms.c.kind == KIND,
        alarms.c.caller == caller,
        alarms.c.at > now - window,
        alarms.c.detail.startswith(json.dumps({"window": name})[:-1]),
    )
    row = {"at": now, "kind": KIND, "caller": caller, "detail": detail}
    values = (literal(value, alarms.c[column].type) for column, value in row.items())
    new = select(*values).where(~exists().where(same))
    with engine.begin() as connection:
        connection.execute(select(audit_head.c.number).with_for_update())
        connection.execute(insert(alarms).from_select(list(row), new))


def known_alarms(engine: Engine, limit: int, before: int | None = None) -> list[Alarm]:
    """The newest alarms, of any kind; `before`: with a lower id than this."""
    query = select(alarms).order_by(alarms.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(alarms.c.id < before)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [Alarm(row.id, row.at, row.kind, row.caller, json.loads(row.detail)) for row in rows]
