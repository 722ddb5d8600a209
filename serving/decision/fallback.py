"""Degrading in steps, never silently: live, else last night's, else by rule.

Each step returns its answer or raises a LiukeError. A step that fails, or takes longer than it
may, is passed over for the next; one that was too slow is not tried again for a while, so that a
slow disk does not take a thread for every request. Customers that a step does not know end the
descent: an unknown id is not a fault of the step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from anyio import CapacityLimiter, move_on_after, to_thread

from features.errors import LiukeError, RequestRefused, UnknownCustomers

LIVE, LAST_NIGHT, RULES = "live", "last_night", "rules"  # `answered_by`
MAX_THREADS = 16

Answer = TypeVar("Answer")

logger = logging.getLogger("liuke.serving")


@dataclass(frozen=True)
class Step(Generic[Answer]):
    """One step: what it is called, how it answers, how long it may take."""

    name: str
    answer: Callable[[], Answer]
    seconds: float


@dataclass(frozen=True)
class Answered(Generic[Answer]):
    """The answer, the step that gave it, and of each step before it why it did not."""

    answer: Answer
    by: str
    passed_over: dict[str, str]


@dataclass
class Descent:
    """Tries the steps of one server; remembers which were too slow."""

    retry_seconds: float
    _not_before: dict[str, float] = field(default_factory=dict)
    _troubles: set[str] = field(default_factory=set)

    async def down(self, steps: Sequence[Step[Answer]]) -> Answered[Answer]:
        """The first step's answer that comes.

        Raises UnknownCustomers as soon as a step does, and the last step's refusal where none
        answers.
        """
        passed_over: dict[str, str] = {}
        refusal: LiukeError | None = None
        for step in steps:
            try:
                found = await self._tried(step)
            except UnknownCustomers:
                raise
            except LiukeError as error:
                passed_over[step.name], refusal = error.code, error
                self._say_once(step.name, error)
                continue
            self._troubles.discard(step.name)
            return Answered(found, step.name, passed_over)
        assert refusal is not None
        raise refusal

    async def _tried(self, step: Step[Answer]) -> Answer:
        if time.monotonic() < self._not_before.get(step.name, 0.0):
            raise _too_slow(step)
        found: list[Answer] = []
        with move_on_after(step.seconds):
            run = partial(to_thread.run_sync, step.answer, limiter=_limiter())
            found.append(await run(abandon_on_cancel=True))
        if not found:
            self._not_before[step.name] = time.monotonic() + self.retry_seconds
            raise _too_slow(step)
        return found[0]

    def _say_once(self, name: str, error: LiukeError) -> None:
        if name not in self._troubles:
            self._troubles.add(name)
            logger.warning("decisions are not answered %s: %s", name, error.message)


_limiters: dict[int, CapacityLimiter] = {}


def _limiter() -> CapacityLimiter:
    """Of the running loop: threads that are stuck must not take those of the other requests."""
    import asyncio

    loop = id(asyncio.get_running_loop())
    if loop not in _limiters:
        _limiters[loop] = CapacityLimiter(MAX_THREADS)
    return _limiters[loop]


def _too_slow(step: Step[Answer]) -> RequestRefused:
    return RequestRefused("too_slow", f"the step {step.name} took more than {step.seconds} s")
