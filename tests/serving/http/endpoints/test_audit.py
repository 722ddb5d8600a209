"""GET /audit of the running service: what was requested is found, and the search itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select

from serving.access.keys import Terms, new_key
from serving.access.principal import Scope
from serving.audit.verification import verify
from serving.database import open_engine
from serving.database.tables import person_keys
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server

ONE = "C0000007"


@pytest.fixture
def auditor(server: Server) -> Iterator[httpx.Client]:
    engine = open_engine(server.home)
    key = new_key(engine, "auditor", MONDAY)
    engine.dispose()
    with httpx.Client(
        base_url=server.url, headers={"Authorization": f"Bearer {key.secret}"}
    ) as client:
        yield client


def rows(auditor: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = auditor.get("/audit", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def test_each_request_is_found_and_the_chain_is_whole(
    server: Server, auditor: httpx.Client
) -> None:
    with server.client() as client:
        scored = client.post("/score", json={"customer_ids": [ONE]})
        unknown = client.post("/score", json={"customer_ids": ["X1", ONE]})
        failed = client.post("/score", json={}, headers={"authorization": "Bearer liuke_x"})
    assert [one.status_code for one in (scored, unknown, failed)] == [200, 404, 401]
    ids = [one.headers["x-request-id"] for one in (failed, unknown, scored)]
    last = rows(auditor, limit=3)
    assert [row["request_id"] for row in last] == ids
    assert [(row["status"], row["subjects"]) for row in last] == [(401, 0), (404, 2), (200, 1)]
    assert last[0]["caller"] is None
    own = rows(auditor, customer=ONE, limit=2)
    assert [row["route"] for row in own] == ["/score", "/score"]
    assert [row["request_id"] for row in own] == ids[1:]
    searched = rows(auditor, route="/audit", limit=1)[0]
    assert (searched["subjects"], searched["detail"]) == (1, {"searched_by": ["customer_id"]})
    engine = open_engine(server.home, reading=True)
    assert verify(engine).broken is None
    engine.dispose()


def test_only_ids_of_customers_are_kept(server: Server, auditor: httpx.Client) -> None:
    """A number that is typed as an id stands nowhere; that of another's customer is found."""
    typed, others, own = "15412345678", "C0000021", "C0000020"  # of store S2 and of S1
    engine = open_engine(server.home)
    key = new_key(engine, "store", MONDAY, Terms(scope=Scope(store_id="S1")))
    headers = {"Authorization": f"Bearer {key.secret}"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        unknown = client.post("/score", json={"customer_ids": [typed]})
        refused = client.post("/score", json={"customer_ids": [others]})
        scored = client.post("/score", json={"customer_ids": [own]})
    assert [one.status_code for one in (unknown, refused, scored)] == [404, 404, 200]
    assert rows(auditor, customer=typed) == []
    for customer, answer in ((others, refused), (own, scored)):
        last = rows(auditor, customer=customer, limit=1)
        assert [one["request_id"] for one in last] == [answer.headers["x-request-id"]]
    (row,) = rows(auditor, caller=key.id, before=last[0]["number"] - 1, limit=1)
    assert (row["request_id"], row["subjects"]) == (unknown.headers["x-request-id"], 1)
    with engine.connect() as connection:
        assert typed not in connection.execute(select(person_keys.c.customer_id)).scalars().all()
    engine.dispose()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "before=0", "before=99999999999999999999", "from=monday",
        "to=2026-03-02T09:00Z", "customer=", "city=a", "customer=a&customer=b",
    ],
)  # fmt: skip
def test_another_query_is_refused(auditor: httpx.Client, query: str) -> None:
    answer = auditor.get(f"/audit?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


def test_nothing_that_is_written_in_a_query_breaks_it(auditor: httpx.Client) -> None:
    for text in ("'; drop table audit; --", "<script>", "客", "\x7f"):
        for name in ("customer", "caller", "route", "for_purpose", "code"):
            assert rows(auditor, **{name: text}) == []
    assert auditor.get("/audit?caller=%00").status_code == 422
