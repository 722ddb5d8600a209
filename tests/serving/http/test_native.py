"""Native endpoints behind the gateway: addresses with names, queries, and work in a transaction."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from features.errors import RequestRefused
from serving.access.keys import new_key
from serving.audit.transactions import Transactions
from serving.database.tables import views
from serving.http.call import Call
from serving.http.contract.table import JSON, Limit, Route, Routes, Who
from serving.http.gateway import Gateway
from serving.http.native import check_handlers
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.service_settings import serving_settings
from tests.serving.conftest import MONDAY


class View(BaseModel):
    model_config = ConfigDict(extra="forbid")
    content: str


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid")
    city: str
    tier: list[str] | str = "gold"


ADDRESS, LIMIT = "/views/{name}", Limit("body_limit_bytes", 1)
TABLE = Routes(
    (
        Route(ADDRESS, "GET", Who.KEY, "", JSON, "session", query=Query),
        Route(ADDRESS, "POST", Who.KEY, "", JSON, "scoreRows", form=View, limit=LIMIT),
    )
)  # fmt: skip


async def look(call: Call) -> BaseModel:
    assert isinstance(call.form, Query)
    return call.form


async def keep(call: Call) -> View:
    form, name = call.form, call.place["name"]
    assert isinstance(form, View)

    def work(connection: Connection) -> int:
        row = {"owner": call.caller.id, "name": name, "content": form.content, "changed_at": MONDAY}
        number = connection.execute(insert(views).values(row)).inserted_primary_key
        if name == "refused":
            raise RequestRefused("invalid_request", "no such view")
        assert number is not None
        return int(number[0])

    return View(content=str(await call.commit(work)))


@pytest.fixture
def gateway(store: Engine, tmp_path: Path) -> Gateway:
    metrics = Metrics(tmp_path)
    return Gateway(
        Starlette(),
        tmp_path,
        TABLE,
        store,
        serving_settings(tmp_path),
        Collector(60),
        metrics,
        RequestLog(BytesIO(), metrics),
        Transactions(store),
        {"session": look, "scoreRows": keep},
    )


def send(gateway: Gateway, engine: Engine, method: str, address: str, **body: Any) -> Any:
    secret = new_key(engine, "store", MONDAY).secret

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://liuke") as client:
            return await client.request(
                method, address, headers={"authorization": f"Bearer {secret}"}, **body
            )

    return asyncio.run(answer())


def test_a_query_is_read_as_its_form(gateway: Gateway, store: Engine) -> None:
    answer = send(gateway, store, "GET", "/views/a?city=Suzhou&tier=gold&tier=silver")
    assert answer.json() == {"city": "Suzhou", "tier": ["gold", "silver"]}


@pytest.mark.parametrize("query", ["", "?city=a&town=b", "?city=a&city=b", "?city=%ff"])
def test_another_query_is_refused(gateway: Gateway, store: Engine, query: str) -> None:
    answer = send(gateway, store, "GET", f"/views/a{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("path", ["/views", "/views/", "/views/a/b", "/views/a/"])
def test_another_address_does_not_exist(gateway: Gateway, store: Engine, path: str) -> None:
    assert send(gateway, store, "GET", path).status_code == 404


def test_work_is_there_once_it_is_answered(gateway: Gateway, store: Engine) -> None:
    assert send(gateway, store, "POST", "/views/mine", json={"content": "x"}).status_code == 200
    with store.connect() as connection:
        assert connection.execute(select(views.c.name, views.c.content)).all() == [("mine", "x")]


def test_refused_work_leaves_nothing(gateway: Gateway, store: Engine) -> None:
    assert send(gateway, store, "POST", "/views/refused", json={"content": "x"}).status_code == 422
    with store.connect() as connection:
        assert connection.execute(select(views)).all() == []


def test_a_database_that_stops_meanwhile_is_not_ready(gateway: Gateway, store: Engine) -> None:
    async def fail(_: Call) -> View:
        raise OperationalError("select", {}, OSError("gone"))

    gateway.handlers = {"session": fail}
    answer = send(gateway, store, "GET", "/views/a?city=Suzhou")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_ready")


def test_a_handler_needs_a_row_of_the_table() -> None:
    with pytest.raises(ValueError, match="no route has the operation forget"):
        check_handlers(TABLE, {"forget": look})
