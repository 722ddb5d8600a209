"""An auditor reads what a clerk's many look-ups raised, at the real server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from serving.access.keys import new_key
from serving.database import open_engine
from tests.serving.conftest import CUSTOMERS, MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server


def test_a_key_that_looks_at_too_many_is_reported_to_the_auditor(server: Server) -> None:
    engine = open_engine(server.home)
    clerk, auditor = new_key(engine, "store", MONDAY), new_key(engine, "auditor", MONDAY)
    engine.dispose()

    def seen(query: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {auditor.secret}"}
        return httpx.get(f"{server.url}/alarms{query}", headers=headers, timeout=120)

    clerks = {"Authorization": f"Bearer {clerk.secret}"}
    body = {"customer_ids": list(CUSTOMERS[500:630])}
    assert httpx.post(f"{server.url}/score", json=body, headers=clerks, timeout=120).is_success
    deadline, pause = time.monotonic() + 20, threading.Event()
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < deadline:
        found = [one for one in seen().json()["alarms"] if one["caller"] == clerk.id]
        pause.wait(0.05)
    assert found[0]["kind"] == "lookups"
    assert found[0]["detail"] == {"window": "hour", "customers": 130, "limit": 120}
    assert CUSTOMERS[500] not in seen().text
    assert len(seen("?limit=1").json()["alarms"]) == 1
    assert seen("?limit=0").status_code == 422
    forbidden = httpx.get(f"{server.url}/alarms", headers=clerks, timeout=120)
    assert forbidden.status_code == 403
