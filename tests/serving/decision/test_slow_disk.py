"""What is recorded at the counter while the disk under the customers' rows hangs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from threading import Event as Signal
from typing import Any

import pytest
from pydantic import BaseModel

from features.errors import UnknownCustomers
from serving.access.principal import EVERYWHERE, Scope
from serving.http.call import Call
from serving.http.contract.forms.events import EventForm
from serving.http.contract.forms.objections import ObjectionRequest
from serving.http.contract.forms.outcomes import OutcomeRequest, PromiseRequest
from serving.http.endpoints.decision.ending import Endings
from serving.http.endpoints.events import post_event
from serving.http.endpoints.objections import record
from serving.scoring import Scorer
from tests.serving.decision.conftest import People
from tests.serving.decision.counter import Counter

pytestmark = pytest.mark.slow

PATIENCE = 0.2  # seconds that a step may take here
Post = Callable[[Call], Coroutine[Any, Any, BaseModel]]


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Signal]:
    """From when it is cleared, who looks for rows waits for the end of the test."""
    goes_on, check = Signal(), Scorer.check_customers
    goes_on.set()

    def slowly(self: Scorer, *given: Any) -> None:
        assert goes_on.wait(60)
        check(self, *given)

    monkeypatch.setattr(Scorer, "check_customers", slowly)
    yield goes_on
    goes_on.set()


def posts(counter: Counter, customer_id: str, decision_id: str) -> dict[str, tuple[Post, Any]]:
    """By name what is sent about the customer, and who takes it."""
    own, desk = Endings(lambda: counter.desk), lambda: counter.desk
    outcome = OutcomeRequest(
        key="o1", customer_id=customer_id, decision_id=decision_id, outcome="saved"
    )
    fields: dict[str, Any] = {"complaint_id": "K1", "event": "opened"}
    return {
        "outcome": (own.post_outcome, outcome),
        "promise": (own.make_promise, PromiseRequest(customer_id=customer_id, kind="complaint")),
        "event": (
            lambda call: post_event(desk, call),
            EventForm(key="e1", feed="complaints", customer_id=customer_id, fields=fields),
        ),
        "objection": (
            lambda call: record(desk, call), ObjectionRequest(customer_id=customer_id),
        ),
    }  # fmt: skip


async def beside(work: Coroutine[Any, Any, Any]) -> tuple[Any, float]:
    """What the work returns, and for how long at most it held up what runs beside it."""
    longest, done = 0.0, asyncio.create_task(work)
    while not done.done():
        begun = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - begun)
    return await done, longest


def impatient(counter: Counter) -> None:
    quick = replace(counter.settings.fallback, live_seconds=PATIENCE, night_seconds=60.0)
    counter._set(replace(counter.settings, fallback=quick))


@pytest.mark.parametrize("name", ["outcome", "promise", "event", "objection"])
def test_it_is_recorded_all_the_same_and_holds_up_no_other_request(
    counter: Counter, people: People, hanging: Signal, name: str
) -> None:
    """The night's facts say whether the customer is known, as far as the caller may know them."""
    customer_id = people.fitting[0]
    decision = counter.decided(customer_id)
    city = counter.desk.sources.counter.need(customer_id, EVERYWHERE).city
    impatient(counter)
    hanging.clear()
    post, form = posts(counter, customer_id, decision.id)[name]
    for scope in (Scope(city="elsewhere"), Scope(city=city)):
        call = counter.call(scope=scope)
        call.form = form
        work = beside(post(call))
        if scope.city != city:
            with pytest.raises(UnknownCustomers):
                asyncio.run(work)
            continue
        answer, held_up = asyncio.run(work)
        assert answer.customer_id == customer_id
        assert call.is_recorded
        assert held_up < PATIENCE / 2
