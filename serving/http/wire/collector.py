"""Python's collector of unused objects, moved out of the requests' way.

Left to itself the collector runs whenever enough objects were made, which is in the middle of
a request, and walks every object of the service: tens of milliseconds. Here it is off; what
was loaded at the start is frozen for good, and what arises later is collected when no
request is under way.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PATIENCE = 30  # turns to wait for an idle moment, before a busy one must do


class Collector:
    """Collects between requests; the handler of one keeps `requests` up to date."""

    def __init__(self, every_seconds: float) -> None:
        self.every_seconds = every_seconds
        self.requests = 0

    def freeze(self) -> None:
        """What there is now stays for good: no later collection walks it again."""
        gc.collect()
        gc.freeze()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Collection is this object's business inside the block, and Python's again after it."""
        gc.disable()
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            gc.unfreeze()
            gc.enable()

    async def _run(self) -> None:
        while True:
            for _ in range(PATIENCE):
                await asyncio.sleep(self.every_seconds)
                if not self.requests:
                    break
            gc.collect()
