"""Who was in a manager's care in a period, and what happened to them, from what the home keeps.

In care is whom the manager's customers of a night's scores are: of the night that opens the period
(the last kept one up to its first day, else the first kept in it) or of the one that closes it (the
last kept one up to its end).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from features.errors import LakeError
from features.home import Home
from features.lake import part_paths, read_manifest
from serving.database.tables import contacts
from serving.decision.outcomes.reported import UNDONE
from serving.managers.listing import due_within
from serving.managers.tasks import Task
from training.labels import LEAVING

AT_ONCE = 500
COLUMNS = ("customer_id", "event", "event_time", "reason")
SAVED = "saved"
BACK = ("started", "restored")  # events after which a customer may leave again


@dataclass(frozen=True)
class Night:
    """The manager's customers as one night knew them; `revenue`: a month, of all of them."""

    as_of: date
    customers: frozenset[str]
    revenue: float


@dataclass(frozen=True)
class Care:
    """What a manager's indicators are computed from; the nights are null where none is kept.

    `tasks`: those that are due in the period.
    """

    opening: Night | None
    closing: Night | None
    churned: frozenset[str]
    saved: frozenset[str]
    contacts: int
    tasks: Sequence[Task]
    today: date


def care_of(
    home: Path,
    connection: Connection,
    manager_id: str,
    since: date,
    until: date,
    today: date,
    competing: Collection[str],
) -> Care:
    """What is known of the manager's customers in [since, until).

    `competing`: reasons of an end that is not a departure (`[label] competing_reasons`). Raises
    LakeError where a night's scores cannot be read.
    """
    opening, closing = _nights(home, manager_id, since, until)
    customers = sorted({own for night in (opening, closing) if night for own in night.customers})
    count, saved = _contacts(connection, customers, since, until)
    return Care(
        opening, closing, _churned(home, customers, since, until, competing), saved, count,
        due_within(connection, manager_id, since, until), today,
    )  # fmt: skip


def _nights(
    home: Path, manager_id: str, since: date, until: date
) -> tuple[Night | None, Night | None]:
    """The night that opens the period and the one that closes it."""
    kept: dict[date, Path] = {}
    for path in sorted(Home(home).scores.glob("????-??-??-*.parquet"), key=_written):
        kept[date.fromisoformat(path.name[:10])] = path
    days = [day for day in sorted(kept) if day <= until]
    if not days:
        return None, None
    before = [day for day in days if day <= since]
    opens, closes = before[-1] if before else days[0], days[-1]
    found = {day: _night(day, kept[day], manager_id) for day in {opens, closes}}
    return found[opens], found[closes]


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns


def _night(day: date, path: Path, manager_id: str) -> Night:
    own = [("manager_id", "=", manager_id)]
    table = _read(path, ["customer_id", "revenue"], own, f"Run `liuke score --as-of {day}` again.")
    revenue = sum(value or 0.0 for value in table["revenue"].to_pylist())
    return Night(day, frozenset(table["customer_id"].to_pylist()), round(revenue, 2))


def _churned(
    home: Path, customers: Sequence[str], since: date, until: date, competing: Collection[str]
) -> frozenset[str]:
    """Who of them cancelled, first of all pre-cancelled, or ported out in the period."""
    stored = read_manifest(home).get("contracts")
    if stored is None or not customers:
        return frozenset()
    names = [name for name in COLUMNS if name in stored.columns]
    wanted = [("customer_id", "in", list(customers)), ("event", "in", [*LEAVING, *BACK])]
    parts = [
        _read(path, names, wanted, "Import the contracts again.")
        for path in part_paths(home, stored)
    ]
    events = pa.concat_tables(parts).sort_by("event_time").to_pylist()
    first, last = datetime.combine(since, time()), datetime.combine(until, time())
    leaving: dict[str, bool] = {}  # by customer: whether they left in the period
    for event in events:
        customer_id = event["customer_id"]
        if event["event"] in BACK:
            leaving.pop(customer_id, None)
        elif event["event_time"] < last and event.get("reason") not in competing:
            leaving.setdefault(customer_id, event["event_time"] >= first)
    return frozenset(own for own, is_in in leaving.items() if is_in)


def _read(path: Path, columns: list[str], wanted: list[Any], remedy: str) -> pa.Table:
    try:
        return pq.read_table(path, columns=columns, filters=wanted)
    except (OSError, pa.ArrowException) as error:
        raise LakeError(
            f"{path} cannot be read, or an earlier version wrote it without {', '.join(columns)} "
            f"({error}). {remedy}"
        ) from error


def _contacts(
    connection: Connection, customers: Sequence[str], since: date, until: date
) -> tuple[int, frozenset[str]]:
    """How many contacts with them the ledger has of the period, and who was saved by one."""
    own, count, saved = contacts.c, 0, set[str]()
    undone = select(own.undoes).where(own.undoes.is_not(None))
    query = select(own.customer_id, own.outcome).where(
        own.at >= datetime.combine(since, time()),
        own.at < datetime.combine(until, time()),
        own.outcome != UNDONE,
        own.idempotency_key.not_in(undone),
    )
    for start in range(0, len(customers), AT_ONCE):
        some = query.where(own.customer_id.in_(customers[start : start + AT_ONCE]))
        for row in connection.execute(some):
            count += 1
            saved |= {row.customer_id} if row.outcome == SAVED else set()
    return count, frozenset(saved)
