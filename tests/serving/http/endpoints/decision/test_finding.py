"""Finding a customer by their phone number: within reach, for a purpose, and never by address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import insert, select

from features.disk.secrets import made_secrets
from serving.access.keys import Terms, new_key
from serving.access.principal import Scope
from serving.customers.phones.phones import Ciphers, row_of
from serving.database import open_engine
from serving.database.tables import audit, audit_subjects, phones
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server

CUSTOMER, NUMBER = "C0000021", "+8615400000021"  # of store S2
FORM = {"phone": "154 0000-0021", "purpose": "customer_present"}
NOT_FOUND = (404, "no customer has this phone number")


@pytest.fixture(scope="module")
def listed(server: Server) -> Server:
    """The server, with one customer's number."""
    ciphers, engine = Ciphers(made_secrets(server.home)), open_engine(server.home)
    with engine.begin() as connection:
        connection.execute(insert(phones).values(row_of(CUSTOMER, NUMBER, ciphers, MONDAY)))
    engine.dispose()
    return server


def found(server: Server, **form: Any) -> tuple[int, Any, str]:
    with server.client() as client:
        answer = client.post("/customers/find", json={**FORM, **form})
    body = answer.json()
    said = body["customer_id"] if answer.status_code == 200 else body["error"]["message"]
    return answer.status_code, said, answer.headers["x-request-id"]


def test_a_number_in_any_form_finds_its_customer_and_is_audited(listed: Server) -> None:
    for phone in (FORM["phone"], NUMBER, "0086 154 0000 0021"):
        status, said, request_id = found(listed, phone=phone)
        assert (status, said) == (200, CUSTOMER)
    engine = open_engine(listed.home)
    with engine.connect() as connection:
        own = audit.c.request_id == request_id
        row = connection.execute(select(audit).where(own)).one()
        of_row = audit_subjects.c.number == row.number
        assert len(connection.execute(select(audit_subjects).where(of_row)).all()) == 1
    engine.dispose()
    assert "0021" not in str(row)
    assert row.purpose == "customer_present"


def test_what_no_customer_has_or_no_number_is_finds_none(listed: Server) -> None:
    assert found(listed, phone="15499999999")[:2] == NOT_FOUND
    assert found(listed, phone="C0000021")[0] == 422
    assert found(listed, purpose="retention")[0] == 422


def test_another_stores_customer_is_not_found(listed: Server) -> None:
    engine = open_engine(listed.home)
    key = new_key(engine, "store", MONDAY, Terms(scope=Scope(store_id="S1")))
    engine.dispose()
    headers = {"authorization": f"Bearer {key.secret}"}
    answer = httpx.post(f"{listed.url}/customers/find", json=FORM, headers=headers)
    assert (answer.status_code, answer.json()["error"]["message"]) == NOT_FOUND
