"""The operational database as the service writes it: many requests in one transaction.

A thread takes the requests that wait, opens one transaction, locks the audit's head, does each
request's work inside a savepoint, appends the rows, commits and wakes the requests. So the disk is
waited for once however many there are, and no request is answered before it is durable.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)

from features.errors import OutputError, RequestRefused
from serving.audit.chain import Head
from serving.audit.entry import Entry
from serving.audit.journal import append, locked_head, subjects_of
from serving.audit.pseudonyms import Customers, storable

Result = TypeVar("Result")
Work = Callable[[Connection], Any]

MAX_BATCH = 256
GOODBYE_SECONDS = 10.0
# What the database raises where it fails; other exceptions are the work's own.
FAILING = (OperationalError, InternalError, InterfaceError, PendingRollbackError)

logger = logging.getLogger("liuke.serving")


@dataclass(eq=False)
class Waiting:
    """One request in the queue: its row, its work if it has any, and how it ended."""

    entry: Entry
    work: Work | None
    loop: asyncio.AbstractEventLoop
    ended: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None
    _is_settled: bool = False
    _lock: Lock = field(default_factory=Lock)

    def settle(self) -> bool:
        """Take it, or take it back: true for the first who does."""
        with self._lock:
            first, self._is_settled = not self._is_settled, True
        return first

    def wake(self) -> None:
        """On its loop: end the request's waiting."""
        if self.ended.cancelled():
            return
        if self.error is not None:
            self.ended.set_exception(self.error)
        else:
            self.ended.set_result(self.result)


class BrokenOffError(Exception):
    """The database failed in the work of one request, and with it the whole transaction."""

    def __init__(self, own: Waiting, cause: Exception) -> None:
        super().__init__(str(cause))
        self.own, self.cause = own, cause


class Transactions:
    """Records requests, with their work, one batch after the other.

    `now` is the operator's local time; `customers` says which ids that refused requests named are
    customers'. The thread begins with the first request and ends with
    `close`. `head` is that of the last batch of this process, null before.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime] = datetime.now,
        customers: Customers = lambda _: (),
    ) -> None:
        self.engine, self._now, self._customers = engine, now, customers
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._is_closed = False
        self._starting = Lock()
        self.head: Head | None = None

    async def record(self, entry: Entry, work: Callable[[Connection], Result]) -> Result:
        """Do `work` and write the entry's row in one transaction; returns once both are durable.

        Raises RequestRefused (`not_ready`) where the operational database refuses, and what
        `work` raises; then neither is there. A request that is cancelled is taken back; where it
        is too late for that, this waits for the end and returns as if it had not been cancelled.
        """
        result: Result = await self.ended(self.begin(entry, work))
        return result

    async def note(self, entry: Entry) -> None:
        """Write the entry's row; returns once it is durable. Raises as `record` does."""
        await self.ended(self.begin(entry))

    def begin(self, entry: Entry, work: Work | None = None) -> Waiting:
        """Give it to the thread; `ended` waits for it. Raises RequestRefused (`not_ready`)."""
        loop = asyncio.get_running_loop()
        own = Waiting(entry, work, loop, loop.create_future())
        self._start()
        self._queue.put(own)
        os.sched_yield()  # or the thread may begin only once the answer is made, on the same core
        return own

    async def ended(self, own: Waiting) -> Any:
        """Its result, once it is durable. Raises as `record` does."""
        try:
            return await asyncio.shield(own.ended)
        except asyncio.CancelledError:
            if own.settle():
                raise
            return await own.ended

    def close(self) -> None:
        """Write what waits, and end. Later requests are refused."""
        with self._starting:
            self._is_closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(GOODBYE_SECONDS)

    def _start(self) -> None:
        if self._thread is not None:
            return
        with self._starting:
            if self._is_closed:
                raise RequestRefused("not_ready", "the service ends; try again shortly")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            batch, is_last = self._taken()
            if batch:
                self._do(batch)
                _wake(batch)
            if is_last:
                return

    def _taken(self) -> tuple[list[Waiting], bool]:
        """What waits, at least one; and whether the end has come."""
        found, batch = self._queue.get(), list[Waiting]()
        while found is not None:
            if found.settle():
                batch.append(found)
            if len(batch) == MAX_BATCH:
                return batch, False
            try:
                found = self._queue.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _do(self, batch: list[Waiting]) -> None:
        """Give each of the batch its result or its error."""
        left = list(batch)
        while left:
            try:
                self.head = self._transaction(left)
                return
            except BrokenOffError as error:
                self._refuse([error.own], error.cause)
                left.remove(error.own)  # the others' work is done again without it
            except (SQLAlchemyError, OSError, OutputError) as error:
                self._refuse(left, error)
                return
            except Exception as error:  # noqa: BLE001 - a fault of ours; each of them reports it
                for own in left:
                    own.error = error
                return

    def _transaction(self, batch: list[Waiting]) -> Head:
        """Do and record the batch; the new head."""
        customers = self._named([own.entry for own in batch])
        with self.engine.begin() as connection:
            head = locked_head(connection)
            for own in batch:
                _attempt(connection, own)
            done = [own.entry for own in batch if own.error is None]
            return append(connection, head, done, self._now(), customers) if done else head

    def _named(self, entries: list[Entry]) -> Collection[str]:
        """The customers whom refused requests named; found before others wait for the lock."""
        named = subjects_of(entries, are_answered=False)
        # What no database stores as it is cannot be a customer's id.
        ids = [own for own in dict.fromkeys(named) if storable(own) == own]
        return self._customers(ids) if ids else ()

    def _refuse(self, batch: list[Waiting], error: Exception) -> None:
        self.engine.dispose()  # a connection that failed once may fail for ever
        for own in batch:
            own.error = RequestRefused(
                "not_ready", "the operational database cannot be written; try again shortly"
            )
            own.error.__cause__ = error.orig if isinstance(error, DBAPIError) else error


def _attempt(connection: Connection, own: Waiting) -> None:
    """Do its work in a savepoint. Raises BrokenOffError where the database fails in it."""
    own.result = own.error = None
    if own.work is None:
        return
    try:
        with connection.begin_nested():
            own.result = own.work(connection)
    except FAILING as error:
        raise BrokenOffError(own, error) from error
    except Exception as error:  # noqa: BLE001 - the request raises it
        own.error = error


def _wake(batch: list[Waiting]) -> None:
    """Wake the requests, with one call into each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for own in batch:
        by_loop.setdefault(own.loop, []).append(own)
    for loop, some in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake_all, some)


def _wake_all(batch: list[Waiting]) -> None:
    for own in batch:
        own.wake()
