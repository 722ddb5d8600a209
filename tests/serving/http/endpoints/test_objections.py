"""Objections at the running service: from the next call on no score is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select

from serving.access.keys import new_key
from serving.audit.pseudonyms import pseudonyms
from serving.database import open_engine
from serving.database.tables import objections, person_keys
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server

ONE, OTHER = "C0000017", "C0000018"


def test_from_the_next_call_on_no_score_is_shown_until_it_is_taken_back(server: Server) -> None:
    with server.client() as client:
        before = client.post("/score", json={"customer_ids": [ONE]})
        assert before.status_code == 200
        since = client.post("/objections", json={"customer_id": ONE})
        assert since.status_code == 200, since.text
        assert since.json()["objects"]
        assert client.post("/objections", json={"customer_id": ONE}).json() == since.json()
        for ids in ([ONE], [OTHER, ONE]):
            refused = client.post("/score", json={"customer_ids": ids})
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "objection")
            assert refused.json()["error"]["details"] == {"customer_ids": [ONE]}
            assert "churn_risk" not in refused.text
        assert client.post("/score", json={"customer_ids": [OTHER]}).status_code == 200
        ended = client.delete(f"/objections/{ONE}")
        assert ended.json() == {"customer_id": ONE, "objects": False, "since": None}
        assert client.post("/score", json={"customer_ids": [ONE]}).json() == before.json()
        assert client.delete(f"/objections/{ONE}").status_code == 404


@pytest.mark.parametrize("address", ["/objections/a%00b", f"/objections/{'C' * 65}"])
def test_an_id_that_no_database_stores_is_refused(server: Server, address: str) -> None:
    with server.client() as client:
        answer = client.delete(address)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


def test_a_number_typed_as_an_id_is_not_kept(server: Server) -> None:
    """Nor by a caller who reaches all customers; one whom the audit knows may object."""
    engine = open_engine(server.home)
    headers = {"Authorization": f"Bearer {new_key(engine, 'hotline', MONDAY).secret}"}
    typed, left = "15487654321", "C8000001"
    with engine.begin() as connection:
        pseudonyms(connection, [left])

    def objecting(own: str) -> httpx.Response:
        form = {"customer_id": own}
        return httpx.post(f"{server.url}/objections", json=form, headers=headers, timeout=120)

    refused = objecting(typed)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_customers")
    assert objecting(left).status_code == 200
    with engine.connect() as connection:
        for table in (objections, person_keys):
            ids = connection.execute(select(table.c.customer_id)).scalars().all()
            assert typed not in ids
            assert left in ids
    engine.dispose()
