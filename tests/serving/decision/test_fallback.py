"""Degrading in steps, tested by breaking things: the answer says which step gave it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from features.errors import LakeError, UnknownCustomers
from serving.decision.fallback import Answered, Descent, Step


def breaks() -> str:
    raise LakeError("the table is gone")


def unknown() -> str:
    raise UnknownCustomers("no such customer")


def down(descent: Descent, *steps: Step[str]) -> Answered[str]:
    return asyncio.run(descent.down(steps))


def step(name: str, answer: Callable[[], str], seconds: float = 5) -> Step[str]:
    return Step(name, answer, seconds)


def test_the_first_step_that_answers_counts_and_the_others_are_named() -> None:
    found = down(Descent(60), step("a", breaks), step("b", lambda: "yes"), step("c", breaks))
    assert found == Answered("yes", "b", {"a": "lake"})


def test_where_no_step_answers_the_last_refusal_is_raised() -> None:
    with pytest.raises(LakeError, match="gone"):
        down(Descent(60), step("a", breaks), step("b", breaks))


def test_an_unknown_customer_ends_the_descent() -> None:
    with pytest.raises(UnknownCustomers):
        down(Descent(60), step("a", unknown), step("b", lambda: "yes"))


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
