"""`/decide` against the real service: from the customer at the counter to how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from serving.database import open_engine
from serving.database.tables import decisions

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
