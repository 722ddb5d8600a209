"""Degrading in steps, tested by breaking things: the answer says which step gave it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from anyio import CapacityLimiter

from features.errors import (
    BundleError,
    LakeError,
    LiukeError,
    RequestRefused,
    SettingsError,
    UnknownCustomers,
)
from serving.decision import fallback
from serving.decision.fallback import Answered, Descent, Step


def breaks() -> str:
    raise LakeError("the table is gone")


def refuses(error: LiukeError) -> Callable[[], str]:
    def answer() -> str:
        raise error

    return answer


def down(descent: Descent, *steps: Step[str]) -> Answered[str]:
    return asyncio.run(descent.down(steps))


def step(name: str, answer: Callable[[], str], seconds: float = 5) -> Step[str]:
    return Step(name, answer, seconds)


def test_the_first_step_that_answers_counts_and_the_others_are_named() -> None:
    found = down(Descent(60), step("a", breaks), step("b", lambda: "yes"), step("c", breaks))
    assert found == Answered("yes", "b", {"a": "lake"})


def test_where_no_step_answers_the_first_refusal_is_raised() -> None:
    """It says what is wrong; the others were only needed because of it."""
    with pytest.raises(BundleError):
        down(Descent(60), step("a", refuses(BundleError("altered"))), step("b", breaks))


@pytest.mark.parametrize(
    "error",
    [
        UnknownCustomers("no such customer"),
        RequestRefused("objection", "the customer objects"),
        RequestRefused("not_ready", "the operational database cannot be read"),
        SettingsError("another currency"),
    ],
)
def test_what_no_other_step_can_repair_ends_the_descent(error: LiukeError) -> None:
    descent = Descent(60)
    with pytest.raises(type(error)):
        down(descent, step("a", refuses(error)), step("b", lambda: "yes"))
    with pytest.raises(type(error)):
        descent.at_once(step("a", refuses(error)))
    assert descent.at_once(step("a", lambda: "yes")) == Answered("yes", "a", {})


def test_a_fault_of_ours_is_not_hidden() -> None:
    def faulty() -> str:
        return str(1 / 0)

    with pytest.raises(ZeroDivisionError):
        down(Descent(60), step("a", faulty), step("b", lambda: "yes"))


def test_a_slow_step_is_given_up_and_not_tried_again_for_a_while() -> None:
    tried: list[float] = []

    def slow() -> str:
        tried.append(time.monotonic())
        time.sleep(0.3)
        return "late"

    descent = Descent(retry_seconds=60)
    begun = time.monotonic()
    for _ in range(3):
        found = down(descent, step("a", slow, 0.05), step("b", lambda: "yes"))
        assert found == Answered("yes", "b", {"a": "too_slow"})
    assert len(tried) == 1
    assert time.monotonic() - begun < 2
    again = Descent(retry_seconds=0)
    for _ in range(2):
        down(again, step("a", slow, 0.05), step("b", lambda: "yes"))
    assert len(tried) == 3


def test_at_once_a_step_answers_until_it_fails_and_again_once_it_is_well() -> None:
    descent = Descent(60)
    assert descent.at_once(step("a", lambda: "yes")) == Answered("yes", "a", {})
    assert descent.at_once(step("a", breaks)) is None
    assert descent.at_once(step("a", lambda: "yes")) is None, "it is tried in a thread first"
    assert down(descent, step("a", lambda: "yes")) == Answered("yes", "a", {})
    assert descent.at_once(step("a", lambda: "yes")) == Answered("yes", "a", {})


def test_a_step_that_held_up_the_others_goes_on_in_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fallback, "AT_ONCE_SECONDS", 0.05)

    def slow() -> str:
        time.sleep(0.1)
        return "late"

    descent = Descent(60)
    assert descent.at_once(step("a", slow)) == Answered("late", "a", {})
    assert descent.at_once(step("a", lambda: "yes")) is None
    assert down(descent, step("a", slow)).by == "a"
    assert descent.at_once(step("a", lambda: "yes")) is None, "it is as slow in a thread"
    assert down(descent, step("a", lambda: "yes")).by == "a"
    assert descent.at_once(step("a", lambda: "yes")) is not None


def test_threads_that_hang_in_one_step_are_not_those_of_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fallback, "MAX_THREADS", 2)
    hanging = threading.Event()
    descent = Descent(retry_seconds=0)

    def hang() -> str:
        hanging.wait(10)
        return "late"

    async def some() -> list[Answered[str]]:
        steps = [step("a", hang, 0.05), step("b", lambda: "yes")]
        return [await descent.down(steps) for _ in range(4)]

    async def ended() -> list[Answered[str]]:
        try:
            return await some()
        finally:
            hanging.set()

    assert [found.by for found in asyncio.run(ended())] == ["b"] * 4


def test_turns_bound_how_many_compute_and_do_not_count_as_slowness() -> None:
    descent, running, most = Descent(60), [0], [0]

    def busy() -> str:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.1)
        running[0] -= 1
        return "yes"

    async def together() -> list[Answered[str]]:
        turns = CapacityLimiter(1)
        return await asyncio.gather(*(descent.down([step("a", busy, 0.3)], turns) for _ in "abcde"))

    assert [found.by for found in asyncio.run(together())] == ["a"] * 5
    assert most[0] == 1
