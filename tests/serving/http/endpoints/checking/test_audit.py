"""The audit verified, and a decision made again, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from serving.access.keys import new_key
from serving.database import open_engine
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server


@pytest.fixture
def auditor(server: Server) -> Iterator[httpx.Client]:
    engine = open_engine(server.home)
    key = new_key(engine, "auditor", MONDAY)
    engine.dispose()
    headers = {"Authorization": f"Bearer {key.secret}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=120) as client:
        yield client


def test_the_chain_is_read_to_its_end_and_again_where_that_is_wished(
    auditor: httpx.Client,
) -> None:
    found = auditor.post("/audit/verification", json={"again": True}).json()
    while not found["is_done"]:
        found = auditor.post("/audit/verification", json={}).json()
    assert (found["is_whole"], found["broken"]) == (True, None)
    assert found["done"] == found["total"] > 0
    assert str(found["done"]) in found["text"].replace(",", "")
    later = auditor.post("/audit/verification", json={"again": True, "language": "zh"}).json()
    assert later["done"] > found["done"]
    assert later["text"].startswith("审计链完整")


def test_a_decision_that_is_not_there_is_not_made_again(auditor: httpx.Client) -> None:
    answer = auditor.post("/audit/decisions/none/replay", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_decision")


def test_only_an_auditor_may(server: Server) -> None:
    with server.client() as client:
        for path in ("/audit/verification", "/audit/decisions/none/replay"):
            assert client.post(path, json={}).status_code == 403
