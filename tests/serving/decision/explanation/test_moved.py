"""Why a risk moved between two kept rows: exact differences, of facts and not of models."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from features.errors import UnknownCustomers
from serving.access.principal import EVERYWHERE, Scope
from serving.customers.rights.objections import record_objection
from serving.decision.explanation.moved import NIGHT, Kept, kept_rows, pair_of
from serving.events.ledger import Event
from serving.http.contract.examples.base import EXAMPLES
from serving.http.contract.forms.customer import MovedAnswer, MovedQuery
from tests.serving.decision.conftest import People
from tests.serving.decision.counter import Counter


def row(row_id: str, day: int, hour: int = 9) -> Kept:
    return Kept(row_id, datetime(2026, 3, day, hour), "1", 0.1)


ROWS = [row(NIGHT, 2, 0), row("a", 2), row("b", 4), row("c", 4, 11)]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ["a", "c"]),  # the last row, and the last of an earlier day
        (NIGHT, None, [NIGHT, "c"]),
        ("c", NIGHT, [NIGHT, "c"]),  # in time, however they were named
        (None, "a", [NIGHT, "a"]),
        ("b", "b", ["b"]),
        ("gone", None, ["a", "c"]),
    ],
)
def test_the_rows_that_are_compared(
    since: str | None, until: str | None, expected: list[str]
) -> None:
    assert [own.row_id for own in pair_of(ROWS, since, until)] == expected


def test_without_two_rows_there_is_no_pair() -> None:
    assert pair_of([], None, None) == []
    assert [own.row_id for own in pair_of(ROWS[:1], None, None)] == [NIGHT]


def moved(
    counter: Counter, customer_id: str, scope: Scope = EVERYWHERE, **query: str
) -> MovedAnswer:
    call = replace(counter.call(scope=scope), place={"customer_id": customer_id})
    call.form = MovedQuery.model_validate(query)
    return asyncio.run(counter.explanations.risk_moved(call))


def test_the_example_of_the_contract_is_an_answer() -> None:
    MovedAnswer.model_validate(EXAMPLES["riskMoved"][1])


@pytest.mark.slow
def test_a_fact_that_changed_is_why_the_risk_moved(counter: Counter, people: People) -> None:
    customer_id = people.owing[0]
    first = counter.decided(customer_id)
    fields = {"payment_id": "P-1", "amount_fen": 9_000_000}
    counter.now += timedelta(hours=1)
    counter.post(Event("K-1", "payments", customer_id, counter.now, counter.now, fields))
    counter.now += timedelta(minutes=1)
    second = counter.decided(customer_id)
    found = moved(counter, customer_id, since=first.id, until=second.id)
    assert [own.row_id for own in found.rows] == [NIGHT, first.id, second.id]
    assert found.because is None
    assert found.since is not None
    assert found.since.churn_risk == first.answer["churn_risk"]
    assert found.risk_since == pytest.approx(first.answer["churn_risk"])
    assert found.risk_until == pytest.approx(second.answer["churn_risk"])
    assert found.moves
    assert found.others is not None
    # SHAP values are exact: what is said and what is not add up to the difference of raw scores.
    champion = counter.explanations._explainer.version(found.model_version or "")
    rows = [own.rows(champion.bundle.features) for own in kept_rows(counter.store, customer_id)]
    raw = [float(champion.bundle.raw(own.encoded(champion.maps))[0]) for own in rows]
    total = math.fsum([*(one.effect for one in found.moves), found.others])
    assert total == pytest.approx(raw[1] - raw[0], abs=1e-6)
    assert all(one.before != one.after for one in found.moves)
    assert "→" in found.moves[0].text


@pytest.mark.slow
def test_without_a_decision_there_is_one_row(counter: Counter, people: People) -> None:
    found = moved(counter, people.fitting[1])
    assert (found.because, [own.row_id for own in found.rows]) == ("one_row", [NIGHT])
    assert found.moves == []


@pytest.mark.slow
def test_who_objects_and_who_is_out_of_reach_are_not_compared(
    counter: Counter, people: People
) -> None:
    customer_id = people.complaining[0]
    counter.decided(customer_id)
    with pytest.raises(UnknownCustomers):
        moved(counter, customer_id, Scope(city="nowhere"))
    with counter.store.begin() as connection:
        record_objection(connection, customer_id, "K1", counter.now)
    found = moved(counter, customer_id)
    assert (found.because, found.rows, found.moves) == ("objection", [], [])
