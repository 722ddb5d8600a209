"""`/decide` against the real service: from the customer at the counter to how it ended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import insert, select

from features.home import Home
from serving.database import open_engine
from serving.database.tables import audit, audit_subjects, decisions, events, objections
from tests.serving.retention.rules import people

if TYPE_CHECKING:
    from tests.serving.conftest import Server

CUSTOMER = "C0000007"
REQUEST = {
    "customer_id": CUSTOMER,
    "intent": "cancel",
    "channel": "store",
    "purpose": "customer_present",
}


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as opened:
        yield opened


def decided(client: httpx.Client, **other: Any) -> dict[str, Any]:
    answer = client.post("/decide", json={**REQUEST, **other})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_decision_is_live_and_stored_with_its_row(client: httpx.Client, server: Server) -> None:
    found = decided(client)
    score = client.post("/score", json={"customer_ids": [CUSTOMER]}).json()["scores"][0]
    assert (found["answered_by"], found["model_version"]) == ("live", "1")
    assert found["churn_risk"] == score["churn_risk"]
    assert found["reasons"] == score["reasons"]
    assert found["value_tier"] == score["value_tier"]
    engine = open_engine(server.home)
    with engine.connect() as connection:
        row = connection.execute(
            select(decisions).where(decisions.c.id == found["decision_id"])
        ).one()
    engine.dispose()
    assert (row.customer_id, row.intent, row.purpose) == (CUSTOMER, "cancel", "customer_present")
    assert (row.answered_by, row.role, row.model_version) == ("live", "store", "1")
    assert len(row.row_sha256) == 64
    assert httpx.Response(200, content=row.answer).json() == found


def test_the_texts_are_in_the_requested_language(client: httpx.Client) -> None:
    assert "感谢您告诉我们。" in decided(client, language="zh")["words"]["use"]


def test_a_decision_is_explained_and_audited(client: httpx.Client, server: Server) -> None:
    """In a home without a lake: the row, its score and the ladder are there all the same."""
    found = decided(client)
    body = {"decision_id": found["decision_id"], "purpose": "customer_present"}
    answer = client.post("/explain", json=body)
    assert answer.status_code == 200, answer.text
    explained = answer.json()
    assert (explained["verified"], explained["row_rebuilt"]) == (True, False)
    assert explained["churn_risk"] == found["churn_risk"]
    assert explained["risk_band"] == found["risk_band"]
    assert explained["ladder_rebuilt"]
    engine = open_engine(server.home)
    with engine.connect() as connection:
        own = audit.c.request_id == answer.headers["x-request-id"]
        row = connection.execute(select(audit).where(own)).mappings().one()
        of_row = audit_subjects.c.number == row["number"]
        assert len(connection.execute(select(audit_subjects).where(of_row)).all()) == 1
    engine.dispose()
    assert (row["route"], row["purpose"]) == ("/explain", "customer_present")
    assert found["decision_id"] in str(row["detail"])
    unknown = client.post("/explain", json=body | {"decision_id": "0" * 32})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_decision")
    more = client.post("/explain", json=body | {"customer_id": CUSTOMER})
    assert (more.status_code, more.json()["error"]["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"reason": "boredom"}, 422),
        ({"rival": "Rival of another country"}, 422),
        ({"intent": "steal"}, 422),
        ({"discount": 100}, 422),
        ({"customer_id": "C9999999"}, 404),
    ],
)
def test_another_request_is_refused(
    client: httpx.Client, other: dict[str, Any], status: int
) -> None:
    assert client.post("/decide", json={**REQUEST, **other}).status_code == status


def test_facts_that_cannot_be_used_are_said_and_not_passed_over(client: httpx.Client) -> None:
    """The lake of this home is not there: the row is the night's."""
    customer = {"customer_id": "C0001150"}
    before = decided(client, **customer)
    event = {
        "key": "decide-1", "feed": "complaints", **customer,
        "fields": {"complaint_id": "K1", "event": "opened"},
    }  # fmt: skip
    assert client.post("/events", json=event).status_code == 200
    after = decided(client, **customer)
    assert (before["answered_by"], before["is_stale"]) == ("live", False)
    assert (after["answered_by"], after["is_stale"]) == ("last_night", True)
    assert (after["churn_risk"], after["fresh_events"]) == (before["churn_risk"], 0)


CONFIRMED = {"kind": "signature", "reference": "form 8812"}


def outcome(
    client: httpx.Client, found: dict[str, Any], key: str, result: str, **other: Any
) -> httpx.Response:
    body = {
        "key": key,
        "customer_id": found["customer_id"],
        "decision_id": found["decision_id"],
        "outcome": result,
        "purpose": "customer_present",
    }
    return client.post("/outcomes", json=body | other)


def test_who_comes_to_cancel_is_saved(client: httpx.Client) -> None:
    found = decided(client, reason="price")
    assert found["cancellation"]["missing"] == ["rival"]
    assert found["ladder"] or found["blocked"]
    answer = outcome(client, found, "saved-1", "saved")
    assert (answer.status_code, answer.json()["pre_cancelled"]) == (200, False)
    assert outcome(client, found, "saved-1", "saved").json() == answer.json()
    again = outcome(client, found, "saved-1", "no_answer")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


def test_who_cancels_is_pre_cancelled_once_they_confirmed(
    client: httpx.Client, server: Server
) -> None:
    found = decided(client, customer_id="C0000008", reason="price", rival="none")
    bare = outcome(client, found, "left-1", "cancelled")
    assert (bare.status_code, bare.json()["error"]["code"]) == (422, "confirmation_missing")
    answer = outcome(client, found, "left-1", "cancelled", confirmation=CONFIRMED)
    assert (answer.status_code, answer.json()["pre_cancelled"]) == (200, True)
    engine = open_engine(server.home)
    with engine.connect() as connection:
        (fact,) = connection.execute(select(events).where(events.c.customer_id == "C0000008")).all()
    engine.dispose()
    assert '"pre_cancelled"' in fact.content
    undone = outcome(client, found, "left-1-undo", "undone", undoes="left-1")
    assert undone.status_code == 200


def test_a_call_of_ours_is_recorded_where_the_rules_allow_it(
    client: httpx.Client, server: Server
) -> None:
    call = {
        "key": "call-1", "customer_id": "C0000010", "outcome": "no_answer", "started_by": "us",
        "channel": "hotline", "purpose": "service_ordered",
    }  # fmt: skip
    missing = client.post("/outcomes", json=call)
    assert (missing.status_code, missing.json()["error"]["code"]) == (503, "lake")
    path = Home(server.home).scores / "no scores"  # as the night of this home names them
    path.parent.mkdir(parents=True)
    people.scores({"C0000010": {}, "C0000011": {"consent": False}}).to_parquet(path)
    first = client.post("/outcomes", json=call)
    assert first.status_code == 200, first.text
    assert first.json()["decision_id"] is None
    assert client.post("/outcomes", json=call).json() == first.json()
    for other, rule in (
        ({"key": "call-2"}, "contact_cap"),
        ({"key": "call-3", "customer_id": "C0000011"}, "no_consent"),
        ({"key": "call-4", "customer_id": "C0000011", "campaign_id": "A"}, "no_consent"),
    ):
        refused = client.post("/outcomes", json=call | other)
        assert refused.status_code == 409
        error = refused.json()["error"]
        assert (error["code"], error["details"]) == ("contact_forbidden", {"rule": rule})
    shutil.rmtree(path.parent)


def test_a_promise_blocks_selling_until_it_is_kept(client: httpx.Client) -> None:
    customer = {"customer_id": "C0000009"}
    body = {**customer, "kind": "complaint", "purpose": "customer_present"}
    promise = client.post("/promises", json=body).json()
    found = decided(client, **customer)
    assert "keep_promise" in [rung["action"] for rung in found["ladder"]]
    assert "money" not in [rung["kind"] for rung in found["ladder"]]
    assert all("open_promise" in blocked["because"] for blocked in found["blocked"])
    kept = client.post(
        f"/promises/{promise['promise_id']}/kept", headers={"liuke-purpose": "customer_present"}
    )
    assert (kept.status_code, kept.json()["kept_at"] is not None) == (200, True)
    assert decided(client, **customer)["facts"]["open_promises"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/promises", {"customer_id": "C9999999", "kind": "complaint"}, 404),
        ("/promises", {"customer_id": CUSTOMER, "kind": "moon"}, 422),
        ("/promises/none/kept", None, 404),
    ],
)
def test_another_promise_is_refused(
    client: httpx.Client, path: str, body: dict[str, Any] | None, status: int
) -> None:
    named = None if body is None else {**body, "purpose": "customer_present"}
    headers = {"liuke-purpose": "customer_present"}
    assert client.post(path, json=named, headers=headers).status_code == status


def test_an_objection_holds_from_the_next_call_on(client: httpx.Client, server: Server) -> None:
    customer = {"customer_id": "C0001100"}
    before = decided(client, **customer)
    engine = open_engine(server.home)
    with engine.begin() as connection:
        connection.execute(
            insert(objections).values(
                customer_id="C0001100", recorded_at=datetime(2026, 3, 2), caller="K1"
            )
        )
    engine.dispose()
    after = decided(client, **customer)
    assert (after["answered_by"], after["because"]) == ("rules", "objection")
    assert (after["churn_risk"], after["reasons"], after["value_band"]) == (None, [], None)
    assert {rung["margin_effect"] for rung in after["ladder"]} <= {None}
    assert after["model_version"] is None
    assert after["facts"] == before["facts"]
    assert [rung["action"] for rung in after["ladder"]] == [
        rung["action"] for rung in before["ladder"]
    ]
