"""`<home>/counter.sqlite`: what the counter needs of each customer, written at night.

One customer is read by the key in some 0.1 ms. The file is replaced in one step; a reader that
has it open goes on with the old one until it looks again.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from features.disk.atomic import replacing
from features.errors import LakeError, UnknownCustomers
from features.home import Home
from serving.access.principal import Scope
from serving.decision.bill_fit.rating import Plan, Use

SCHEMA = 1
PLACES = ("city", "store_id", "manager_id")
AT_ONCE = 500  # customers in a query


@dataclass(frozen=True)
class Month:
    """One billed month: its first day, the plan at its end, the bill, the use."""

    period: str
    plan: str | None
    revenue_fen: int
    use: Use


@dataclass(frozen=True)
class Record:
    """One customer at `as_of`; null where a fact is not known. `months`: the latest first."""

    customer_id: str
    as_of: datetime
    city: str | None
    store_id: str | None
    manager_id: str | None
    payment_mode: str | None
    brand: str | None
    plan: str | None
    days_to_contract_end: int | None
    tenure_days: int | None
    consent: bool
    open_complaints: int
    overdue_complaints: int
    months: tuple[Month, ...]

    @property
    def mean_bill_fen(self) -> float | None:
        """Of the latest bills; null without any."""
        if not self.months:
            return None
        return sum(month.revenue_fen for month in self.months) / len(self.months)


def write_counter(home: Path, as_of: datetime, plans: list[Plan], records: Iterable[Record]) -> int:
    """Replace the file; returns how many customers it holds."""
    count = 0
    with replacing(Home(home).counter) as temporary:
        connection = sqlite3.connect(temporary)
        try:
            connection.executescript(
                "pragma journal_mode=off; pragma synchronous=off;"
                "create table about (content text not null);"
                "create table customers (customer_id text primary key, city text, store_id text,"
                " manager_id text, content text not null) without rowid;"
            )
            about = {
                "schema": SCHEMA,
                "as_of": f"{as_of:%FT%T}",
                "plans": [asdict(plan) for plan in plans],
            }
            connection.execute("insert into about values (?)", (json.dumps(about),))
            for record in records:
                connection.execute("insert into customers values (?, ?, ?, ?, ?)", _row(record))
                count += 1
            connection.commit()
        except sqlite3.OperationalError as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
    return count


def _row(record: Record) -> tuple[str | None, ...]:
    content = asdict(record)
    for name in ("customer_id", "as_of", *PLACES):
        del content[name]
    places = (getattr(record, name) for name in PLACES)
    return record.customer_id, *places, json.dumps(content, ensure_ascii=False)


@dataclass(frozen=True, eq=False)
class _Opened:
    """One night's file; closed with the last that reads it, so that reading takes no lock."""

    connection: sqlite3.Connection
    as_of: datetime
    plans: tuple[Plan, ...]

    def __post_init__(self) -> None:
        weakref.finalize(self, self.connection.close)


class CounterFacts:
    """The file, open for reading; safe to use from several threads."""

    def __init__(self, home: Path) -> None:
        self._path = Home(home).counter
        self._lock = Lock()
        self._seen: object = None
        self._state: _Opened | None = None

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans on sale that night; none without a file."""
        return self._current().plans if self._path.exists() else ()

    def find(self, customer_id: str) -> Record | None:
        """The customer's record, whatever the scope; null where the file has none."""
        try:
            return self.need(customer_id, Scope())
        except (LakeError, UnknownCustomers):
            return None

    def need(self, customer_id: str, scope: Scope) -> Record:
        """The customer's record. Raises LakeError without a file, UnknownCustomers."""
        return self.need_all([customer_id], scope)[0]

    def need_all(self, customer_ids: Sequence[str], scope: Scope) -> list[Record]:
        """These customers' records, in order. Raises LakeError, UnknownCustomers for the absent."""
        state = self._current()
        found: dict[str, Record] = {}
        try:
            for start in range(0, len(customer_ids), AT_ONCE):
                query, values = _query(customer_ids[start : start + AT_ONCE], scope)
                for row in state.connection.execute(query, values):
                    found[row[0]] = _record(row, state.as_of)
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error
        absent = [customer_id for customer_id in customer_ids if customer_id not in found]
        if absent:
            raise UnknownCustomers(
                f"nothing is known of {len(absent)} of {len(customer_ids)} customers: they are not "
                f"in the network at {state.as_of:%F}, or the id is wrong.",
                customer_ids=absent,
            )
        return [found[customer_id] for customer_id in customer_ids]

    def check(self) -> None:
        """Raises LakeError where the file cannot be read."""
        self._current()

    def _current(self) -> _Opened:
        seen = self._identity()
        if self._state is None or seen != self._seen:
            with self._lock:
                if self._state is None or seen != self._seen:
                    self._state, self._seen = self._opened(), seen
        return self._state

    def _identity(self) -> object:
        try:
            status = self._path.stat()
        except OSError as error:
            raise LakeError(
                f"{self._path} is not there. Run `liuke score --as-of DATE`, which writes it."
            ) from error
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _opened(self) -> _Opened:
        address = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
        try:
            connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from error
        try:
            (content,) = connection.execute("select content from about").fetchone()
            about = json.loads(content)
            plans = tuple(Plan(**plan) for plan in about["plans"])
            return _Opened(connection, datetime.fromisoformat(about["as_of"]), plans)
        except (sqlite3.DatabaseError, TypeError, ValueError, KeyError) as error:
            connection.close()
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> LakeError:
        return LakeError(
            f"{self._path} cannot be read ({error}). Write it again with "
            f"`liuke score --as-of DATE`."
        )


def _query(customer_ids: Sequence[str], scope: Scope) -> tuple[str, tuple[str, ...]]:
    marks = ",".join("?" * len(customer_ids))
    within = "".join(f" and {name} = ?" for name in scope.limits)
    query = f"select * from customers where customer_id in ({marks}){within}"
    return query, (*customer_ids, *scope.limits.values())


def _record(row: tuple[Any, ...], as_of: datetime) -> Record:
    customer_id, city, store_id, manager_id, content = row
    own: Mapping[str, Any] = json.loads(content)
    months = tuple(Month(**{**month, "use": Use(**month["use"])}) for month in own["months"])
    places = {"city": city, "store_id": store_id, "manager_id": manager_id}
    return Record(**{**own, **places, "months": months}, customer_id=customer_id, as_of=as_of)
