"""Objections at the running service: from the next call on no score is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
