"""Roles, purposes and rates at the gateway, with real keys on both databases."""

from __future__ import annotations

import asyncio
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine
from starlette.applications import Starlette

from serving.access.clock import local_clock
from serving.access.keys import Terms, new_key
from serving.access.permissions import ROLES, purposes_of
from serving.access.principal import Scope
from serving.audit.transactions import Transactions
from serving.http.call import Call
from serving.http.contract.table import JSON, Limit, Route, Routes, Who
from serving.http.gateway import Gateway
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.service_settings import serving_settings
from tests.conftest import set_home
from tests.serving.conftest import MONDAY


class Decide(BaseModel):
    model_config = ConfigDict(extra="forbid")
    purpose: Literal["customer_present", "complaint_open", "retention"] | None = None


class Seen(BaseModel):
    """What reached the endpoint."""

    purpose: str | None
    city: str | None


TABLE = Routes(
    (
        Route("/customers/{customer_id}", "GET", Who.KEY, "", JSON, "customer"),
        Route("/decide", "POST", Who.KEY, "", JSON, "decide", form=Decide,
              limit=Limit("body_limit_bytes", 1)),
        Route("/views", "GET", Who.KEY, "", JSON, "views"),
        Route("/audit", "GET", Who.KEY, "", JSON, "searchAudit"),
        Route("/forgotten", "GET", Who.KEY, "", JSON, "forgotten"),
    )
)  # fmt: skip
OPERATIONS = [row.operation for row in TABLE.rows]


async def seen(call: Call) -> Seen:
    return Seen(purpose=call.purpose, city=call.caller.scope.city)


@pytest.fixture
def gateway(store: Engine, tmp_path: Path) -> Gateway:
    metrics = Metrics(tmp_path)
    return Gateway(
        Starlette(),
        tmp_path, TABLE, store, serving_settings(tmp_path), Collector(60), metrics,
        RequestLog(BytesIO(), metrics), Transactions(store),
        dict.fromkeys(OPERATIONS, seen),
    )  # fmt: skip


def send(gateway: Gateway, secret: str, method: str, path: str, **request: Any) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(gateway)
        async with httpx.AsyncClient(transport=transport, base_url="http://liuke") as client:
            headers = {"authorization": f"Bearer {secret}"} | request.pop("headers", {})
            return await client.request(method, path, headers=headers, **request)

    return asyncio.run(answer())


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_every_role_reaches_what_the_table_grants_it_and_nothing_else(
    gateway: Gateway, store: Engine
) -> None:
    for role in ROLES:
        secret = new_key(store, role, MONDAY).secret
        for row in TABLE.rows:
            body: dict[str, Any] = {"json": {}} if row.form else {}
            path = row.path.replace("{customer_id}", "C1")
            answer = send(gateway, secret, row.method, path, **body)
            if purposes_of(row.operation, role) is None:
                assert code(answer) == (403, "forbidden"), (role, row.path)
                assert answer.json()["error"]["details"] == {"role": role}
            else:
                assert answer.status_code == 200, (role, row.path)


def test_the_keys_own_purpose_counts_where_none_is_named(gateway: Gateway, store: Engine) -> None:
    plain = new_key(store, "store", MONDAY).secret
    own = new_key(store, "store", MONDAY, Terms(purpose="complaint_open")).secret
    assert send(gateway, plain, "GET", "/customers/C1").json()["purpose"] == "customer_present"
    assert send(gateway, own, "GET", "/customers/C1").json()["purpose"] == "complaint_open"


def test_the_header_and_the_body_name_a_purpose(gateway: Gateway, store: Engine) -> None:
    secret = new_key(store, "store", MONDAY).secret
    header = {"Liuke-Purpose": "service_ordered"}
    answer = send(gateway, secret, "GET", "/customers/C1", headers=header)
    assert answer.json()["purpose"] == "service_ordered"
    answer = send(gateway, secret, "POST", "/decide", json={"purpose": "complaint_open"})
    assert answer.json()["purpose"] == "complaint_open"


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        ("curiosity", {}, "the role store has no purpose 'curiosity' here"),
        ("audit", {}, "the role store has no purpose 'audit' here"),
        ("", {}, "the role store has no purpose '' here"),
        (None, {"purpose": "retention"}, "the role store has no purpose 'retention' here"),
        ("service_ordered", {"purpose": "complaint_open"}, "name two purposes"),
    ],
)
def test_another_purpose_is_refused(
    gateway: Gateway, store: Engine, header: str | None, body: dict[str, str], message: str
) -> None:
    secret = new_key(store, "store", MONDAY).secret
    headers = {} if header is None else {"Liuke-Purpose": header}
    answer = send(gateway, secret, "POST", "/decide", json=body, headers=headers)
    assert code(answer) == (422, "purpose")
    assert message in answer.json()["error"]["message"]
    assert "customer_present" in answer.json()["error"]["details"]["permitted"]


def test_what_shows_no_customer_needs_no_purpose(gateway: Gateway, store: Engine) -> None:
    secret = new_key(store, "marketing", MONDAY).secret
    assert send(gateway, secret, "GET", "/views").json()["purpose"] is None


def test_the_scope_of_the_key_reaches_the_endpoint(gateway: Gateway, store: Engine) -> None:
    secret = new_key(store, "store", MONDAY, Terms(scope=Scope(city="Suzhou"))).secret
    assert send(gateway, secret, "GET", "/customers/C1").json()["city"] == "Suzhou"


def test_a_key_over_its_rate_is_refused_and_the_next_may_go_on(
    gateway: Gateway, store: Engine
) -> None:
    secret = new_key(store, "hotline", MONDAY, Terms(per_minute=2)).secret
    other = new_key(store, "hotline", MONDAY).secret
    answers = [send(gateway, secret, "GET", "/customers/C1") for _ in range(3)]
    assert [own.status_code for own in answers] == [200, 200, 429]
    assert code(answers[2]) == (429, "rate_limited")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert send(gateway, other, "GET", "/customers/C1").status_code == 200


def test_an_expired_key_opens_nothing(gateway: Gateway, store: Engine) -> None:
    secret = new_key(store, "hotline", MONDAY, Terms(expires_at=datetime(2026, 3, 3))).secret
    assert code(send(gateway, secret, "GET", "/customers/C1")) == (401, "unauthorized")


def test_the_clock_is_the_operators(tmp_path: Path) -> None:
    set_home(tmp_path, "features", 'timezone = "Asia/Shanghai"')
    china = local_clock(tmp_path)()
    (tmp_path / "there").mkdir()
    set_home(tmp_path / "there", "features", 'timezone = "America/New_York"')
    hours = (china - local_clock(tmp_path / "there")()).total_seconds() / 3600
    assert 11.9 < hours < 13.1
    assert china.tzinfo is None
