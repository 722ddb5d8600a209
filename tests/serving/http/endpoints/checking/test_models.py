"""GET /models: for scientists and administrators, without a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from serving.access.keys import new_key
from serving.database import open_engine
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server


@pytest.mark.parametrize(("role", "status"), [("scientist", 200), ("admin", 200), ("hotline", 403)])
def test_it_says_which_versions_there_are(server: Server, role: str, status: int) -> None:
    engine = open_engine(server.home)
    key = new_key(engine, role, MONDAY)
    engine.dispose()
    headers = {"Authorization": f"Bearer {key.secret}"}
    answer = httpx.get(f"{server.url}/models", headers=headers)
    assert answer.status_code == status
    if status == 200:
        found = answer.json()
        assert [one["version"] for one in found["versions"]] == ["4", "3", "2", "1"]
        assert found["tracking"] is None
        assert "C0000" not in answer.text
