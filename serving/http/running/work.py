"""Work that takes longer than one answer: one at a time, in a thread, with its progress."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter, to_thread

from features.progress import Progress

KEPT = 32  # works whose results are kept


@dataclass
class Work:
    """A piece of work: how far it is, of how much, and what came of it once it `is_done`.

    `is_raised`: a caller got its error, so that the next one may begin it again.
    """

    done: int = 0
    total: int = 0
    is_done: bool = False
    result: Any = None
    error: Exception | None = None
    is_raised: bool = False
    task: asyncio.Task[None] | None = None

    def note(self, _: str, done: int, total: int) -> None:
        """As `features.progress.Progress`, from the thread."""
        self.done, self.total = done, total


class Works:
    """The works of one server, by what they are about; the latest results are kept."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._works: OrderedDict[str, Work] = OrderedDict()
        self._one = CapacityLimiter(1)

    async def on(
        self, about: str, do: Callable[[Progress], Any], seconds: float, *, again: bool = False
    ) -> Work:
        """The work about this, waited for at most so long; begun if it is not there.

        `again`: one that is done is done once more. Raises what the work raised.
        """
        own = self._works.get(about)
        if own is None or (own.is_done and (again or own.is_raised)):
            own = Work()
            self._works[about] = own
            own.task = asyncio.create_task(self._do(own, do))
            self._forget()
        self._works.move_to_end(about)
        if not own.is_done and own.task is not None:
            await asyncio.wait({own.task}, timeout=seconds)
        if own.error is not None:
            own.is_raised = True
            raise own.error
        return own

    async def _do(self, own: Work, do: Callable[[Progress], Any]) -> None:
        try:
            own.result = await to_thread.run_sync(do, own.note, limiter=self._one)
        except Exception as error:  # noqa: BLE001 - raised to who waits
            own.error = error
        finally:
            own.is_done = True

    def _forget(self) -> None:
        """What failed first, since it would be done again, then what was not requested longest."""
        done = [about for about, own in self._works.items() if own.is_done]
        done.sort(key=lambda about: self._works[about].error is None)
        for about in done[: max(0, len(self._works) - self._kept)]:
            del self._works[about]
