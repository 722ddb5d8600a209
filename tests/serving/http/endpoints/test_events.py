"""Facts posted to the real service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select

from serving.access.keys import NewKey, new_key
from serving.database import open_engine
from serving.database.tables import audit, audit_subjects, contacts, events
from serving.decision.clusters import clusters, read_month
from serving.decision.decision_settings import decision_settings
from tests.serving.conftest import MONDAY, Server
from tests.serving.decision.test_clusters import contact

FACT: dict[str, Any] = {
    "key": "k1",
    "feed": "complaints",
    "customer_id": "C0000011",
    "fields": {"complaint_id": "K1", "event": "opened", "text": "'); DROP TABLE events; --"},
}


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


def recorded(server: Server, key: str) -> list[dict[str, Any]]:
    engine = open_engine(server.home)
    with engine.connect() as connection:
        found = connection.execute(select(events).where(events.c.event_key == key)).mappings()
        rows = [dict(row) for row in found]
    engine.dispose()
    return rows


def test_a_fact_is_recorded_once_and_answered_the_same(
    server: Server, client: httpx.Client
) -> None:
    first, again = client.post("/events", json=FACT), client.post("/events", json=FACT)
    assert first.status_code == 200, first.text
    assert again.json() == first.json()
    answer = first.json()
    assert answer["event_time"] == answer["known_at"]
    assert {name: answer[name] for name in ("key", "feed", "customer_id")} == {
        name: FACT[name] for name in ("key", "feed", "customer_id")
    }
    (row,) = recorded(server, "k1")
    assert (row["feed"], row["customer_id"]) == ("complaints", "C0000011")


def test_a_score_without_a_lake_says_that_it_is_last_nights(client: httpx.Client) -> None:
    posted = FACT | {"key": "k2", "customer_id": "C0000012"}
    assert client.post("/events", json=posted).status_code == 200
    ids = ["C0000012", "C0000013"]
    first, second = client.post("/score", json={"customer_ids": ids}).json()["scores"]
    assert (first["answered_by"], first["fresh_events"]) == ("last_night", 0)
    assert (second["answered_by"], second["fresh_events"]) == ("live", 0)


@pytest.mark.parametrize(
    ("own", "status", "code"),
    [
        ({"fields": {"complaint_id": "K2", "event": "opened"}}, 409, "event_key"),
        ({"key": "k9", "fields": {"complaint_id": "K1"}}, 422, "event"),
        ({"key": "k9", "event_time": "2200-01-01T00:00:00"}, 422, "event"),
        ({"key": "k9", "event_time": "2020-01-01T00:00:00"}, 422, "event"),
        ({"key": "k9", "customer_id": "C9999999"}, 404, "unknown_customers"),
        ({"key": "k9", "feed": "usage"}, 422, "invalid_request"),
        ({"key": "k9", "fields": {"complaint_id": 1.5}}, 422, "invalid_request"),
        ({"key": "k9", "more": 1}, 422, "invalid_request"),
        ({"key": "", "more": 1}, 422, "invalid_request"),
    ],
)
def test_a_fact_that_cannot_be_taken_is_refused_and_not_recorded(
    server: Server, client: httpx.Client, own: dict[str, Any], status: int, code: str
) -> None:
    assert client.post("/events", json=FACT).status_code == 200
    answer = client.post("/events", json=FACT | own)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert recorded(server, "k9") == []
    assert len(recorded(server, "k1")) == 1


def test_a_post_has_its_row_of_the_audit_without_what_it_says(
    server: Server, client: httpx.Client
) -> None:
    answer = client.post("/events", json=FACT | {"key": "k3"})
    engine = open_engine(server.home)
    with engine.connect() as connection:
        row = connection.execute(
            select(audit).where(audit.c.request_id == answer.headers["x-request-id"])
        ).mappings().one()  # fmt: skip
        assert connection.execute(
            select(audit_subjects).where(audit_subjects.c.number == row["number"])
        ).all()
    engine.dispose()
    assert (row["route"], row["status"]) == ("/events", 200)
    assert "DROP TABLE" not in str(dict(row))


TRANSFER: dict[str, Any] = {
    "key": "t1", "feed": "contracts", "customer_id": "C0000300", "fields": {"event": "transferred"},
}  # fmt: skip
CONFIRMED = {"confirmation": {"kind": "signature", "reference": "form 17"}}


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ({}, "confirmation_missing"),
        ({"confirmation": {"kind": "a nod", "reference": "r"}}, "invalid_request"),
        ({"confirmation": {"kind": "signature"}}, "invalid_request"),
        ({"confirmation": None}, "confirmation_missing"),
        (FACT | CONFIRMED, "invalid_request"),
    ],
)
def test_a_transfer_needs_the_customers_recorded_confirmation(
    server: Server, client: httpx.Client, own: dict[str, Any], code: str
) -> None:
    answer = client.post("/events", json=TRANSFER | own | {"key": "t0"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), answer.text
    assert recorded(server, "t0") == []


@pytest.fixture
def clerks(server: Server) -> list[NewKey]:
    engine = open_engine(server.home)
    made = [new_key(engine, "hotline", MONDAY) for _ in range(12)]
    engine.dispose()
    return made


def transferred(server: Server, clerk: NewKey, key: str, **other: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {clerk.secret}"}
    post = TRANSFER | CONFIRMED | {"key": key} | other
    answer = httpx.post(f"{server.url}/events", json=post, headers=headers)
    found: dict[str, Any] = answer.json()
    return found


def test_a_confirmed_transfer_is_recorded_with_who_made_it(
    server: Server, clerks: list[NewKey]
) -> None:
    first, again = (transferred(server, clerks[0], "t1") for _ in range(2))
    assert first == again
    assert first["key"] == "t1"
    other = {"kind": "signature", "reference": "form 18"}
    assert transferred(server, clerks[0], "t1", confirmation=other)["error"]["code"] == "event_key"
    (row,) = recorded(server, "t1")
    assert json.loads(row["content"])["confirmation"] == "signature:form 17"
    assert row["caller"] == clerks[0].id


def test_a_clerk_whose_transfers_cluster_is_flagged_to_the_auditor(
    server: Server, clerks: list[NewKey]
) -> None:
    """Of twelve clerks with a month's work one posts fourteen transfers, the others one each."""
    posts = [
        transferred(server, clerk, f"m{number}", customer_id=f"C{400 + number:07d}")
        for number, clerk in enumerate([*clerks, *[clerks[3]] * 13])
    ]
    at = datetime.fromisoformat(posts[0]["known_at"])
    ledger = [
        contact(10_000 + 100 * place + number, clerk.id, "no_answer", at=at)
        for place, clerk in enumerate(clerks)
        for number in range(30)
    ]
    engine = open_engine(server.home)
    with engine.begin() as connection:
        connection.execute(insert(contacts), ledger)
        month = read_month(connection, at.year, at.month)
    engine.dispose()
    found = clusters(month, decision_settings(server.home).clusters)
    own = [one for one in found if one.kind == "transfers"]
    assert [(one.group, one.who, one.number) for one in own] == [("clerk", clerks[3].id, 14)]
