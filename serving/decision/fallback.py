"""Degrading in steps, never silently: live, else last night's, else by rule.

Each step returns its answer or raises a LiukeError. A step that fails, or takes longer than it
may, is passed over for the next; one that was too slow is not tried again for a while, so that a
slow disk does not take a thread for every request. What is wrong with the request, with the
settings or with the operational database ends the descent: no other step could repair it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from anyio import CapacityLimiter, move_on_after, to_thread

from features.errors import LiukeError, RequestRefused, SettingsError, UnknownCustomers

LIVE, LAST_NIGHT, RULES = "live", "last_night", "rules"  # `answered_by`
MAX_THREADS = 16  # of one step
AT_ONCE_SECONDS = 0.1  # an answer that took longer has held up the others long enough
TOO_SLOW = "too_slow"

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
    """Tries the steps of one server; remembers which failed and which were too slow."""

    retry_seconds: float
    _not_before: dict[str, float] = field(default_factory=dict)
    _troubles: set[str] = field(default_factory=set)
    _slow: set[str] = field(default_factory=set)
    _threads: dict[str, CapacityLimiter] = field(default_factory=dict)

    def at_once(self, step: Step[Answer]) -> Answered[Answer] | None:
        """The step's answer, computed here, where everyone waits for it; null where it fails.

        Null too where it failed or took long the last time: a hanging disk holds up the others
        once, and from then on `down` tries the step in a thread until it is well again. Raises
        what ends a descent.
        """
        if step.name in self._troubles or step.name in self._slow:
            return None
        begun = time.monotonic()
        try:
            found = step.answer()
        except LiukeError as error:
            if _ends(error):
                raise
            self._say_once(step.name, error)
            return None
        if time.monotonic() - begun > AT_ONCE_SECONDS:
            self._slow.add(step.name)
        return Answered(found, step.name, {})

    async def down(
        self, steps: Sequence[Step[Answer]], turns: CapacityLimiter | None = None
    ) -> Answered[Answer]:
        """The first step's answer that comes, computed in a thread.

        `turns`: how many may compute at a time; a step's seconds begin with its turn. Raises what
        ends a descent, and the first step's refusal where none answers.
        """
        passed_over: dict[str, str] = {}
        refusals: list[LiukeError] = []
        for step in steps:
            try:
                async with turns or nullcontext():
                    begun = time.monotonic()
                    found = await self._tried(step)
            except LiukeError as error:
                if _ends(error):
                    raise
                passed_over[step.name] = error.code
                refusals.append(error)
                self._say_once(step.name, error)
                continue
            self._troubles.discard(step.name)
            if time.monotonic() - begun <= AT_ONCE_SECONDS:
                self._slow.discard(step.name)
            return Answered(found, step.name, passed_over)
        raise refusals[0]

    async def _tried(self, step: Step[Answer]) -> Answer:
        if time.monotonic() < self._not_before.get(step.name, 0.0):
            raise _too_slow(step)
        found: list[Answer] = []
        with move_on_after(step.seconds):
            run = partial(to_thread.run_sync, step.answer, limiter=self._threads_of(step.name))
            found.append(await run(abandon_on_cancel=True))
        if not found:
            self._not_before[step.name] = time.monotonic() + self.retry_seconds
            raise _too_slow(step)
        return found[0]

    def _threads_of(self, name: str) -> CapacityLimiter:
        """Of each step its own: threads that hang in one must not take those of the next."""
        if name not in self._threads:
            self._threads[name] = CapacityLimiter(MAX_THREADS)
        return self._threads[name]

    def _say_once(self, name: str, error: LiukeError) -> None:
        if name not in self._troubles:
            self._troubles.add(name)
            logger.warning("the step %s does not answer: %s", name, error.message)


def _ends(error: LiukeError) -> bool:
    """Whether no other step may answer: of refused requests only one that was too slow goes on."""
    if isinstance(error, RequestRefused):
        return error.code != TOO_SLOW
    return isinstance(error, SettingsError | UnknownCustomers)


def _too_slow(step: Step[Answer]) -> RequestRefused:
    return RequestRefused(TOO_SLOW, f"the step {step.name} took more than {step.seconds:g} s")
