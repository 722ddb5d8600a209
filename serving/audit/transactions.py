"""The operational database as the service writes it: a request's work in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from serving.audit.entry import Entry

Result = TypeVar("Result")


class Transactions:
    """Does the work of one request after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def record(self, _entry: Entry, work: Callable[[Connection], Result]) -> Result:
        """Do `work` and write the entry's row in one transaction; returns once both are durable.

        Raises RequestRefused (`not_ready`) where the operational database refuses, and what
        `work` raises; then neither is there.
        """
        return await to_thread.run_sync(self._do, work)

    def _do(self, work: Callable[[Connection], Result]) -> Result:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            raise RequestRefused(
                "not_ready", "the operational database cannot be written; try again shortly"
            ) from error.orig
