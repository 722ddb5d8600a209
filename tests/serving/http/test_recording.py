"""The gateway records each request before the first byte of its answer leaves, or answers 503."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, delete, insert, select
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from features.errors import RequestRefused
from serving.access.keys import new_key
from serving.audit.transactions import Transactions
from serving.audit.verification import verify
from serving.database.tables import audit, audit_head, audit_subjects, views
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.table import JSON, TEXT, Limit, Route, Routes, Who
from serving.http.gateway import Gateway
from serving.http.native import Handler
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.service_settings import serving_settings
from tests.serving.conftest import MONDAY


class Form(BaseModel):
    name: str


LIMIT = Limit("body_limit_bytes", 1)
TABLE = Routes(
    (
        Route("/open", "GET", Who.PUBLIC, "", TEXT, "open"),
        Route("/customers/{id}", "GET", Who.KEY, "", JSON, "customer"),
        Route("/export", "GET", Who.KEY, "", TEXT, "session"),
        Route("/large", "GET", Who.KEY, "", TEXT, "signOut"),
        Route("/views", "POST", Who.KEY, "", JSON, "scoreRows", form=Form, limit=LIMIT),
        Route("/sign-in", "POST", Who.PUBLIC, "", JSON, "signIn", form=Form, limit=LIMIT,
              audited=True),
    )
)  # fmt: skip


async def customer(call: Call) -> Form:
    call.subjects, call.purpose = (call.place["id"],), "retention"
    if call.place["id"].startswith("B"):  # its row is begun before the answer is made
        call.begin_recording()
        call.begin_recording()
        await asyncio.sleep(0)
        if call.place["id"] == "B500":
            raise ZeroDivisionError
        if call.place["id"] == "Bmore":
            call.detail = {"answered_by": "last_night"}
        return Form(name="theirs")
    if call.place["id"] == "C404":
        raise RequestRefused("unknown_customers", "no such customer")
    if call.place["id"] == "C500":
        raise ZeroDivisionError
    return Form(name="theirs")


async def export(call: Call) -> Response:
    async def rows() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"row\n"

    call.detail = {"rows": 3}
    return StreamingResponse(rows())


async def large(_: Call) -> Response:
    return PlainTextResponse("x" * 100_000)


async def keep(call: Call) -> Form:
    def work(connection: Connection) -> None:
        own = {"owner": "a", "name": call.form.name, "content": "", "changed_at": MONDAY}  # type: ignore[union-attr]
        connection.execute(insert(views).values(own))
        if own["name"] == "refused":
            raise RequestRefused("invalid_request", "no")

    await call.commit(work)
    return Form(name="kept")


async def sign_in(_: Call) -> Form:
    raise RequestRefused("unauthorized", "wrong password")


async def open_to_all(_: Call) -> Response:
    return PlainTextResponse("hello")


HANDLERS: dict[str, Handler] = {
    "open": open_to_all, "customer": customer, "session": export, "signOut": large,
    "scoreRows": keep, "signIn": sign_in,
}  # fmt: skip


@pytest.fixture
def gateway(store: Engine, tmp_path: Path) -> Gateway:
    metrics = Metrics(tmp_path)
    return Gateway(
        Starlette(), tmp_path, TABLE, store,
        serving_settings(tmp_path), Collector(60), metrics, RequestLog(BytesIO(), metrics),
        Transactions(store, lambda: MONDAY), HANDLERS,
    )  # fmt: skip


@pytest.fixture
def send(gateway: Gateway, store: Engine) -> Any:
    secret = new_key(store, "manager", MONDAY).secret

    def sent(method: str, address: str, **request: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(gateway, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://liuke") as client:
                headers = {"authorization": f"Bearer {secret}"} | request.pop("headers", {})
                return await client.request(method, address, headers=headers, **request)

        return asyncio.run(answer())

    return sent


def recorded(engine: Engine) -> list[tuple[Any, ...]]:
    own = audit.c
    columns = (own.method, own.route, own.status, own.code, own.subjects)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(own.number))]


def test_a_row_that_is_begun_early_is_the_only_one_unless_the_answer_becomes_another(
    send: Any, store: Engine
) -> None:
    row = ("GET", "/customers/{id}", 200, "", 1)
    assert send("GET", "/customers/B1").status_code == 200
    assert recorded(store) == [row]
    assert send("GET", "/customers/B500").status_code == 500
    failed = ("GET", "/customers/{id}", 500, "internal", 1)
    assert recorded(store) == [row, row, failed]
    assert send("GET", "/customers/Bmore").status_code == 200
    assert recorded(store) == [row, row, failed, row, row]


def test_an_answer_whose_begun_row_cannot_be_written_does_not_leave(
    send: Any, store: Engine
) -> None:
    with store.begin() as connection:
        connection.execute(delete(audit_head))
    answer = send("GET", "/customers/B1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_ready")
    assert recorded(store) == []


@pytest.mark.parametrize(
    ("method", "address", "row"),
    [
        ("GET", "/customers/C1", ("GET", "/customers/{id}", 200, "", 1)),
        ("HEAD", "/customers/C1", ("HEAD", "/customers/{id}", 200, "", 1)),
        ("GET", "/customers/C404", ("GET", "/customers/{id}", 404, "unknown_customers", 1)),
        ("GET", "/customers/C500", ("GET", "/customers/{id}", 500, "internal", 1)),
        ("DELETE", "/customers/C1", ("DELETE", "/customers/{id}", 405, "method_not_allowed", 0)),
        ("PROPFINDALL", "/views", ("other", "/views", 405, "method_not_allowed", 0)),
        ("GET", "/export", ("GET", "/export", 200, "", 0)),
        ("GET", "/large", ("GET", "/large", 200, "", 0)),
    ],
)
def test_reads_refusals_and_exports_have_a_row(
    send: Any, store: Engine, method: str, address: str, row: tuple[Any, ...]
) -> None:
    answer = send(method, address)
    assert (answer.status_code, recorded(store)) == (row[2], [row])
    with store.connect() as connection:
        request_id = connection.execute(select(audit.c.request_id)).scalar_one()
        assert answer.headers["x-request-id"] == request_id
        assert len(connection.execute(select(audit_subjects)).all()) == row[4]
    assert verify(store).broken is None


def test_what_anyone_may_call_has_none(send: Any, store: Engine) -> None:
    assert send("GET", "/open").status_code == 200
    assert send("DELETE", "/open").status_code == 405
    assert send("GET", "/nothing").status_code == 404
    assert recorded(store) == []


def test_a_failed_sign_in_has_a_row(send: Any, store: Engine) -> None:
    assert send("POST", "/sign-in", json={"name": "a"}).status_code == 401
    assert send("POST", "/views", json={"name": "a"}, headers={"authorization": "x"}).status_code
    assert recorded(store) == [
        ("POST", "/sign-in", 401, "unauthorized", 0), ("POST", "/views", 401, "unauthorized", 0),
    ]  # fmt: skip


def test_a_write_has_one_row_with_its_work_or_its_refusal(send: Any, store: Engine) -> None:
    assert send("POST", "/views", json={"name": "a"}).json() == {"name": "kept"}
    assert send("POST", "/views", json={"name": "refused"}).status_code == 422
    assert send("POST", "/views", json={}).status_code == 422
    assert recorded(store) == [
        ("POST", "/views", 200, "", 0),
        ("POST", "/views", 422, "invalid_request", 0),
        ("POST", "/views", 422, "invalid_request", 0),
    ]
    with store.connect() as connection:
        assert connection.execute(select(views.c.name)).scalars().all() == ["a"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/customers/C1"), ("HEAD", "/customers/C1"), ("GET", "/customers/C404"),
        ("GET", "/export"), ("GET", "/large"), ("POST", "/views"), ("PUT", "/views"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_not_answered(
    send: Any, store: Engine, method: str, address: str
) -> None:
    with store.begin() as connection:
        head = connection.execute(select(audit_head)).mappings().one()
        connection.execute(delete(audit_head))
    body = {"json": {"name": "a"}} if method == "POST" else {}
    answer = send(method, address, **body)
    assert answer.status_code == 503
    assert "theirs" not in answer.text
    assert "row" not in answer.text
    if method != "HEAD":
        assert answer.json()["error"]["code"] == "not_ready"
    assert send("GET", "/open").status_code == 200
    with store.begin() as connection:
        connection.execute(insert(audit_head).values(dict(head)))
        assert connection.execute(select(views)).all() == []
    assert send("GET", "/customers/C1").status_code == 200
    assert recorded(store) == [("GET", "/customers/{id}", 200, "", 1)]


def test_a_caller_who_is_gone_has_a_row(gateway: Gateway, store: Engine) -> None:
    secret = new_key(store, "manager", MONDAY).secret
    headers = [
        (b"authorization", f"Bearer {secret}".encode()), (b"content-type", b"application/json"),
    ]  # fmt: skip
    scope = {"type": "http", "method": "POST", "path": "/views", "headers": headers,
             "query_string": b""}  # fmt: skip
    sent = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(gateway(scope, receive, send))
    assert sent == []
    assert recorded(store) == [("POST", "/views", 499, "client_gone", 0)]


def test_without_last_nights_rows_no_id_is_a_customers(tmp_path: Path) -> None:
    """A request that is refused meanwhile is recorded all the same."""
    context = Context(tmp_path, serving_settings(tmp_path), "CNY")
    assert list(context.customers(["C1"])) == []
