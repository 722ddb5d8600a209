"""Batches behind the gateway: previewed, done as shown, within reach, taken back, in the audit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select

from features.errors import RequestRefused
from serving.access.principal import Principal
from serving.database.tables import audit, tasks
from serving.http.endpoints.managers.batches import BatchDesk
from serving.http.endpoints.managers.shared import Managing
from tests.serving.http.endpoints.managers.test_tasks import (
    MARKETING,
    Callers,
    at_desk,
    callers,
)

__all__ = ["callers"]
BODY = {"action": "issue", "kind": "call", "text": "Look at the bill together"}


@pytest.fixture
def many(callers: Callers) -> Callers:
    callers.handlers |= BatchDesk(Managing(callers.context)).handlers
    return callers


def search(*ids: str) -> dict[str, str]:
    return {"customer_id": ",".join(ids)}


def previewed(many: Callers, caller: Principal, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = many.call("previewBatch", caller, **BODY | body)[1].model_dump()
    return found


def test_what_was_shown_is_done_and_taken_back(many: Callers, store: Engine) -> None:
    mine = many.own[many.first]
    whom = search(*mine[:3], "C-unknown")
    many.issued(mine[0], kind="call")
    seen = previewed(many, MARKETING, search=whom)
    assert (seen["count"], seen["customers"]) == (2, mine[1:3])
    assert {own["rule"]: own["customers"] for own in seen["excluded"]} == {
        "unknown": ["C-unknown"], "has_task": [mine[0]],
    }  # fmt: skip
    assert many.listed(MARKETING, "state=open").__len__() == 1, "a preview does nothing"
    body = BODY | {"search": whom, "mark": seen["mark"], "key": "k1"}
    call, made = many.call("doBatch", MARKETING, **body)
    assert set(call.subjects) == set(mine[:3])
    assert (made.count, made.states, made.excluded) == (
        2,
        {"open": 2},
        {"unknown": 1, "has_task": 1},
    )
    assert many.call("doBatch", MARKETING, **body)[1] == made, "sent twice it is done once"
    assert [own.batch_id for own in many.call("batches", MARKETING)[1].batches] == [made.batch_id]
    with store.connect() as connection:
        own = {
            row.customer_id: row.id
            for row in connection.execute(select(tasks).where(tasks.c.batch_id == made.batch_id))
        }
    many.call("noteTask", at_desk(many.first), task_id=own[mine[1]], note="Called")
    call, undone = many.call("undoBatch", MARKETING, batch_id=made.batch_id)
    assert (undone.batch.undone, [one.customer_id for one in undone.stayed]) == (1, [mine[1]])
    assert set(call.subjects) == set(mine[1:3])
    with store.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.route.like("/tasks/batches%"))).all()
    details = [json.loads(row.detail) for row in rows]
    assert {own["batch"] for own in details if "batch" in own} == {made.batch_id}
    assert not any(customer in row.detail for row in rows for customer in mine[:3])


def test_where_another_thing_would_come_of_it_nothing_is_done(many: Callers) -> None:
    mine = many.own[many.first]
    seen = previewed(many, MARKETING, search=search(*mine[:2]))
    many.issued(mine[0], kind="call")
    with pytest.raises(RequestRefused) as refused:
        many.call("doBatch", MARKETING, **BODY, search=search(*mine[:2]), mark=seen["mark"])
    assert refused.value.code == "conflict"
    assert len(many.listed(MARKETING)) == 1


def test_a_manager_reaches_their_own_customers_alone(many: Callers) -> None:
    mine, theirs = many.own[many.first], many.own[many.second]
    seen = previewed(many, at_desk(many.first), search=search(mine[0], theirs[0]))
    assert (seen["customers"], seen["by_manager"]) == ([mine[0]], {many.first: 1})
    assert [own["customers"] for own in seen["excluded"]] == [[theirs[0]]]
    body = BODY | {"search": search(mine[0], theirs[0]), "mark": seen["mark"]}
    _, made = many.call("doBatch", at_desk(many.first), **body)
    assert made.issuer == many.first
    with pytest.raises(RequestRefused) as refused:
        many.call("undoBatch", MARKETING, batch_id=made.batch_id)
    assert refused.value.code == "unknown_batch"


def test_more_than_can_be_done_at_once_is_refused(
    many: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.managers.batches.planning.MAX_CUSTOMERS", 3)
    with pytest.raises(RequestRefused, match="expected at most 3 at once"):
        previewed(many, MARKETING, search={})
