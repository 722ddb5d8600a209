"""Work that takes longer than one answer: one at a time, in a thread, with its progress."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread

from features.errors import RequestRefused
from features.progress import Progress
from serving.http.call import Call
from serving.results.figures import Figures

KEPT = 32  # works whose results are kept
PATIENCE_SECONDS = 20.0  # so long an answer waits for what is counted

Result = TypeVar("Result")


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

    async def kept(
        self, call: Call, figures: Figures, name: str, do: Callable[[], Result]
    ) -> Result:
        """What `do` makes of the figures: at once where the result of this name is kept.

        Others are waited for as long as who sent the call does, at most PATIENCE_SECONDS; then it
        raises RequestRefused (`too_slow`), and the work goes on for who requests it again.
        """
        if await to_thread.run_sync(figures.results.find, name) is not None:
            return await to_thread.run_sync(do)
        wanted = call.patience_seconds
        seconds = PATIENCE_SECONDS if wanted is None else min(wanted, PATIENCE_SECONDS)
        work = await self.on(name, lambda _: do(), seconds)
        if not work.is_done:
            raise RequestRefused(
                "too_slow", "this is still being counted; request it again shortly"
            )
        found: Result = work.result
        return found

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
