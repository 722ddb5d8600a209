"""Whose customers a caller may score: over HTTP, at the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from serving.access.keys import Terms, new_key
from serving.access.principal import Scope
from serving.access.pseudonyms import Pseudonyms, pseudonym_key
from serving.database import open_engine
from serving.database.tables import objections
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server

OWN, OTHERS, UNKNOWN = "C0000000", "C0000001", "C9999999"


def score(server: Server, role: str, ids: list[str], scope: Scope | None = None) -> httpx.Response:
    engine = open_engine(server.home)
    key = new_key(engine, role, MONDAY, Terms(scope=scope or Scope()))
    engine.dispose()
    return httpx.post(
        f"{server.url}/score", json={"customer_ids": ids},
        headers={"Authorization": f"Bearer {key.secret}"}, timeout=120,
    )  # fmt: skip


def refusal(answer: httpx.Response) -> tuple[int, str, Any]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["details"]


def test_a_customer_out_of_scope_is_refused_as_one_who_does_not_exist(server: Server) -> None:
    scope = Scope(store_id="S1")
    assert score(server, "store", [OWN], scope).status_code == 200
    others = score(server, "store", [OTHERS], scope)
    unknown = score(server, "store", [UNKNOWN], scope)
    assert refusal(others) == (404, "unknown_customers", {"customer_ids": [OTHERS]})
    assert refusal(unknown) == (404, "unknown_customers", {"customer_ids": [UNKNOWN]})
    messages = {own.json()["error"]["message"] for own in (others, unknown)}
    assert len(messages) == 1
    assert score(server, "hotline", [OWN, OTHERS]).status_code == 200


def test_an_objection_out_of_scope_is_not_recorded(server: Server) -> None:
    engine = open_engine(server.home)
    key = new_key(engine, "store", MONDAY, Terms(scope=Scope(store_id="S1")))
    own = {"Authorization": f"Bearer {key.secret}"}
    with httpx.Client(base_url=server.url, headers=own, timeout=120) as client:
        others = client.post("/objections", json={"customer_id": OTHERS})
        assert refusal(others) == (404, "unknown_customers", {"customer_ids": [OTHERS]})
        assert client.delete(f"/objections/{OTHERS}").status_code == 404
        assert client.post("/objections", json={"customer_id": OWN}).status_code == 200
        assert client.delete(f"/objections/{OWN}").status_code == 200
    with engine.connect() as connection:
        found = connection.execute(select(objections.c.customer_id)).scalars().all()
    engine.dispose()
    assert OTHERS not in found


def test_who_objects_is_not_named_to_callers_who_may_not_know_them(server: Server) -> None:
    own = Pseudonyms(pseudonym_key(server.home))
    with server.client() as client:
        assert client.post("/objections", json={"customer_id": OTHERS}).status_code == 200
    try:
        answer = score(server, "scientist", [own.of(OWN), own.of(OTHERS)])
        expected = (409, "objection", {"customer_ids": [own.of(OTHERS)]})
        assert refusal(answer) == expected
        limited = score(server, "store", [OTHERS], Scope(store_id="S1"))
        assert refusal(limited) == (404, "unknown_customers", {"customer_ids": [OTHERS]})
    finally:
        with server.client() as client:
            client.delete(f"/objections/{OTHERS}")


def test_a_limit_that_no_customer_meets_shows_none(server: Server) -> None:
    assert score(server, "manager", [OWN], Scope(manager_id="M1")).status_code == 404


def test_a_scientist_names_customers_by_pseudonym_and_gets_no_id(server: Server) -> None:
    own = Pseudonyms(pseudonym_key(server.home))
    names = [own.of(OTHERS), own.of(OWN)]
    answer = score(server, "scientist", names)
    assert [one["customer_id"] for one in answer.json()["scores"]] == names
    assert OWN not in answer.text
    (same,) = score(server, "hotline", [OTHERS]).json()["scores"]
    assert answer.json()["scores"][0] | {"customer_id": OTHERS} == same
    for wrong in (OWN, own.of(UNKNOWN)):
        assert refusal(score(server, "scientist", [wrong])) == (
            404, "unknown_customers", {"customer_ids": [wrong]},
        )  # fmt: skip


@pytest.mark.parametrize("role", ["auditor", "admin", "approver"])
def test_a_role_without_customers_scores_none(server: Server, role: str) -> None:
    assert refusal(score(server, role, [OWN])) == (403, "forbidden", {"role": role})
