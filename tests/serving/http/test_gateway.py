"""The gateway around a small application, without a server; the real one is in test_service."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from features.errors import (
    BundleError,
    FingerprintMismatch,
    LakeError,
    LiukeError,
    NoChampion,
    OutputError,
    RequestRefused,
    UnknownCustomers,
)
from serving.access.keys import new_key, revoke_key
from serving.audit.transactions import Transactions
from serving.database import open_engine, upgrade
from serving.http.call import current_call
from serving.http.contract.errors import of_body
from serving.http.contract.schemas import ScoreRequest, ScoreRowsRequest
from serving.http.contract.table import TEXT, Limit, Routes, Who
from serving.http.contract.table import Route as Row
from serving.http.gateway import Gateway
from serving.http.wire.collector import Collector
from serving.http.wire.request import Request as Received
from serving.http.wire.request import secret_of
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.service_settings import ServingSettings, serving_settings

NOW = datetime(2026, 3, 2, 9)
JSON = {"content-type": "application/json"}
ONE = {"customer_ids": ["C1"]}


async def echo(request: Request) -> Response:
    principal = current_call().principal
    assert principal is not None
    return JSONResponse({"role": principal.role, "body": await request.json()})


async def refuse(request: Request) -> Response:
    """Raise what the test put into the application's state, as an endpoint would."""
    error: Exception = request.app.state.error
    if isinstance(error, LiukeError):
        current_call().refusal = error
        return Response(status_code=500)
    raise error


async def health(_: Request) -> Response:
    return PlainTextResponse("\n")


def post(path: str) -> Row:
    limit = Limit("body_limit_bytes", 1000)
    return Row(path, "POST", Who.KEY, "", TEXT, "score", form=ScoreRequest, limit=limit)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> ServingSettings:
    return serving_settings(tmp_path)


@pytest.fixture
def app() -> Starlette:
    posts = [Route("/score", echo, methods=["POST"]), Route("/refuse", refuse, methods=["POST"])]
    return Starlette(routes=[*posts, Route("/livez", health)])


@pytest.fixture
def gateway(app: Starlette, engine: Engine, settings: ServingSettings, tmp_path: Path) -> Gateway:
    routes = Routes((Row("/livez", "GET", Who.PUBLIC, "", TEXT), post("/score"), post("/refuse")))
    metrics = Metrics(tmp_path)
    log = RequestLog(BytesIO(), metrics)
    return Gateway(
        app, tmp_path, routes, engine, settings, Collector(60), metrics, log, Transactions(engine)
    )


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(gateway: Gateway, engine: Engine) -> Ask:
    """One request with a good key, and with the body given by its keywords."""
    secret = new_key(engine, "hotline", NOW).secret

    def send(method: str, path: str, **request: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(gateway)
            async with httpx.AsyncClient(transport=transport, base_url="http://liuke") as client:
                headers = {"authorization": f"Bearer {secret}"} | request.pop("headers", {})
                return await client.request(method, path, headers=headers, **request)

        return asyncio.run(sent())

    return send


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, once the shape is seen to be the one shape."""
    body = answer.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "details", "message"]
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, body["error"]["code"]


def problems(answer: httpx.Response) -> list[dict[str, str]]:
    found: list[dict[str, str]] = answer.json()["error"]["details"]["problems"]
    return found


def test_a_good_request_reaches_the_endpoint_with_its_caller(ask: Ask) -> None:
    answer = ask("POST", "/score", json=ONE)
    assert answer.json() == {"role": "hotline", "body": ONE}


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic bGl1a2U6", "Bearer liuke_wrong", "Bearer 留客"],
)
def test_without_a_good_key_nothing_is_answered(ask: Ask, authorization: str) -> None:
    answer = ask("POST", "/score", json=ONE, headers={"authorization": authorization.encode()})
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_scheme_may_be_written_in_any_case(ask: Ask, engine: Engine) -> None:
    secret = new_key(engine, "store", NOW).secret
    answer = ask("POST", "/score", json=ONE, headers={"authorization": f"bearer  {secret}"})
    assert answer.json()["role"] == "store"


def test_a_revocation_counts_at_the_next_request(ask: Ask, engine: Engine) -> None:
    key = new_key(engine, "store", NOW)
    headers = {"authorization": f"Bearer {key.secret}"}
    assert ask("POST", "/score", json=ONE, headers=headers).status_code == 200
    revoke_key(engine, key.id, NOW)
    assert code(ask("POST", "/score", json=ONE, headers=headers)) == (401, "unauthorized")


@pytest.mark.parametrize("path", ["/", "/nope", "/score/", "/score/C1", "/SCORE", "/livez/x"])
def test_an_address_that_does_not_exist_is_not_found(ask: Ask, path: str) -> None:
    assert code(ask("GET", path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/score", "POST"), ("PUT", "/score", "POST"), ("POST", "/livez", "GET")],
)
def test_a_wrong_method_names_the_right_one(ask: Ask, method: str, path: str, allowed: str) -> None:
    answer = ask(method, path)
    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


def test_health_needs_no_key(ask: Ask) -> None:
    assert ask("GET", "/livez", headers={"authorization": ""}).status_code == 200


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/vnd.bentoml+pickle"])
def test_another_content_type_is_refused(ask: Ask, content_type: str) -> None:
    answer = ask("POST", "/score", content=b"{}", headers={"content-type": content_type})
    assert code(answer) == (415, "wrong_content_type")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nonsense", b'{"customer_ids": ["C1"]', b"\xff\xfe", b'"\\ud800"', b"[" * 9999],
)
def test_what_is_not_json_is_refused(ask: Ask, body: bytes) -> None:
    assert code(ask("POST", "/score", content=body, headers=JSON)) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "customer_ids", "Field required"),
        ([], "body", "object"),
        ({"customer_ids": []}, "customer_ids", "at least 1 item"),
        ({"customer_ids": ["C1", ""]}, "customer_ids[1]", "at least 1 character"),
        ({"customer_ids": ["C" * 65]}, "customer_ids[0]", "at most 64 characters"),
        ({"customer_ids": [1]}, "customer_ids[0]", "valid string"),
        ({"customer_ids": "C1"}, "customer_ids", "valid array"),
        ({"customer_ids": ["C2", "C1", "C1"]}, "customer_ids", "C1 is requested twice"),
        (ONE | {"language": "fr"}, "language", "'en' or 'zh'"),
        (ONE | {"lang": "en"}, "lang", "not permitted"),
    ],
    ids=str,
)
def test_a_body_of_another_form_names_the_field(
    ask: Ask, body: Any, field: str, message: str
) -> None:
    answer = ask("POST", "/score", json=body)
    assert code(answer) == (422, "invalid_request")
    (problem,) = problems(answer)
    assert problem["field"] == field
    assert message in problem["message"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer_ids": ["C1"], "customer_ids": ["C2"]}',
        b'{"customer_ids": ["C1"], "customer\\u005fids": ["C1"]}',
        b'{"customer_ids": ["C1"], "language": "en", "language": "zh"}',
    ],
)
def test_a_name_that_is_twice_in_an_object_is_refused(ask: Ask, body: bytes) -> None:
    answer = ask("POST", "/score", content=body, headers=JSON)
    assert code(answer) == (422, "invalid_request")
    assert "twice in one object" in answer.json()["error"]["message"]


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e400", "[1]", '{"a": 1}'])
def test_a_value_of_a_row_that_is_of_no_kind_is_one_problem_with_its_place(value: str) -> None:
    body = f'{{"model": "shops", "rows": [{{"fee": 1}}, {{"fee": {value}}}]}}'
    with pytest.raises(ValidationError) as error:
        ScoreRowsRequest.model_validate_json(body)
    (problem,) = of_body(error.value).details["problems"]
    assert problem["field"] == "rows[1].fee"
    assert problem["message"].startswith("expected a number, a text, true, false or null")


def test_a_mark_of_utf_8_before_the_body_is_passed_over(ask: Ask) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(ONE).encode()
    assert ask("POST", "/score", content=body, headers=JSON).json()["body"] == ONE


def test_two_keys_in_one_request_are_refused(engine: Engine) -> None:
    async def nothing() -> Any:
        raise AssertionError("the body is not looked at")

    secret = new_key(engine, "store", NOW).secret.encode()
    sent = [(b"authorization", b"Bearer wrong"), (b"authorization", b"Bearer " + secret)]
    for headers in (sent, sent[::-1]):
        scope = {"headers": headers, "path": "/score", "method": "POST"}
        with pytest.raises(RequestRefused, match="more than once"):
            secret_of(Received(scope, nothing))


def test_an_answer_that_takes_too_long_is_refused(
    ask: Ask, app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(_: Any) -> Response:
        await asyncio.Event().wait()
        return Response()

    monkeypatch.setattr("serving.http.gateway.ANSWER_SECONDS", 0.05)
    app.router.routes.insert(0, Route("/score", endless, methods=["POST"]))
    assert code(ask("POST", "/score", json=ONE)) == (504, "too_slow")


def test_a_thousand_ids_pass_and_one_more_does_not(ask: Ask) -> None:
    ids = [f"{number:064d}" for number in range(1001)]
    assert ask("POST", "/score", json={"customer_ids": ids[:1000]}).status_code == 200
    answer = ask("POST", "/score", json={"customer_ids": ids})
    assert code(answer) == (422, "invalid_request")
    assert "at most 1000 items" in problems(answer)[0]["message"]


def test_the_longest_ids_fit_under_the_body_limit(ask: Ask) -> None:
    ids = [f"{number:04d}" + "客" * 60 for number in range(1000)]
    body = json.dumps({"customer_ids": ids}, ensure_ascii=True).encode()  # 6 bytes a character
    assert ask("POST", "/score", content=body, headers=JSON).status_code == 200


def test_a_refusal_stays_short_whatever_was_sent(ask: Ask) -> None:
    body = {"customer_ids": [""] * 1000} | {"geheim" * 100 + str(i): 1 for i in range(100)}
    answer = ask("POST", "/score", json=body)
    assert code(answer) == (422, "invalid_request")
    assert len(answer.content) < 3000
    assert len(problems(answer)) == 10


def test_a_refusal_names_no_vendor_and_repeats_no_value(ask: Ask) -> None:
    answer = ask("POST", "/score", json={"customer_ids": ["ok"], "password": "geheim"})
    assert "geheim" not in answer.text
    assert "http" not in answer.text


def test_a_body_over_the_limit_is_refused_by_its_declared_length(
    ask: Ask, settings: ServingSettings
) -> None:
    answer = ask("POST", "/score", content=b" " * (settings.body_limit_bytes + 1), headers=JSON)
    assert code(answer) == (413, "body_too_large")
    assert answer.json()["error"]["details"] == {"limit_bytes": settings.body_limit_bytes}


@pytest.mark.parametrize("excess_bytes", [1, 5_000_000])
def test_a_body_over_the_limit_is_refused_by_what_arrives(
    ask: Ask, settings: ServingSettings, excess_bytes: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        left = settings.body_limit_bytes + excess_bytes
        while left > 0:
            yield b" " * min(left, 65536)
            left -= 65536

    answer = ask("POST", "/score", content=chunks(), headers=JSON)
    assert code(answer) == (413, "body_too_large")


def test_a_body_that_never_ends_is_refused_in_time(
    gateway: Gateway, engine: Engine, settings: ServingSettings
) -> None:
    object.__setattr__(settings, "body_seconds", 0.01)
    secret = new_key(engine, "store", NOW).secret
    sent: list[Any] = []

    async def nothing() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 2:  # the answer is out; what follows would be the draining
            raise asyncio.CancelledError

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/score",
        "headers": [
            (b"authorization", f"Bearer {secret}".encode()),
            (b"content-type", b"application/json"),
        ],
    }
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(gateway(scope, nothing, send))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (UnknownCustomers("no such", customer_ids=["C1"]), (404, "unknown_customers")),
        (NoChampion("no version"), (503, "no_champion")),
        (FingerprintMismatch("other"), (503, "fingerprint_mismatch")),
        (BundleError("broken"), (503, "bundle")),
        (LakeError("empty"), (503, "lake")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_refusal_of_an_endpoint_has_its_status(
    ask: Ask, app: Starlette, error: LiukeError, expected: tuple[int, str]
) -> None:
    app.state.error = error
    answer = ask("POST", "/refuse", json=ONE)
    assert code(answer) == expected
    assert answer.json()["error"]["message"] == error.message
    assert answer.json()["error"]["details"] == error.details


def test_a_refusal_does_not_say_where_the_home_lies(
    ask: Ask, app: Starlette, tmp_path: Path
) -> None:
    app.state.error = LakeError(f"{tmp_path}/latest.sqlite cannot be read", file=str(tmp_path))
    answer = ask("POST", "/refuse", json=ONE)
    assert answer.json()["error"] == {
        "code": "lake",
        "message": "the home/latest.sqlite cannot be read",
        "details": {"file": "the home"},
    }


@pytest.mark.parametrize("error", [ValueError("the inside"), OutputError("the inside")])
def test_a_fault_of_ours_shows_nothing_of_the_inside_and_is_logged(
    ask: Ask, app: Starlette, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    app.state.error = error
    answer = ask("POST", "/refuse", json=ONE)
    assert code(answer) == (500, "internal")
    assert "inside" not in answer.text
    assert "POST /refuse failed" in caplog.text
    assert "the inside" in caplog.text


def test_after_each_refusal_no_request_is_counted_as_under_way(ask: Ask, gateway: Gateway) -> None:
    requests: tuple[dict[str, Any], ...] = (
        {"json": ONE},
        {"json": {}},
        {"content": b"{", "headers": JSON},
    )
    for request in requests:
        ask("POST", "/score", **request)
    assert gateway.collector.requests == 0


@pytest.mark.slow
def test_unused_objects_are_collected_only_while_no_request_is_under_way() -> None:
    collector = Collector(0.001)
    runs: list[int] = []

    def note(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            runs.append(collector.requests)

    async def serve() -> None:
        async with collector.running():
            assert not gc.isenabled()
            while len(runs) < 3:
                await asyncio.sleep(0)
            collector.requests = 1
            busy = len(runs)
            for _ in range(5):
                await asyncio.sleep(0.001)
            assert len(runs) == busy
            collector.requests = 0

    gc.callbacks.append(note)
    try:
        asyncio.run(serve())
    finally:
        gc.callbacks.remove(note)
    assert set(runs) == {0}
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_the_audit_ends_only_once_no_campaign_is_worked_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: dict[str, set[str]] = {}

    def note(moment: str) -> None:
        alive[moment] = {thread.name for thread in threading.enumerate()}

    def close() -> None:
        note("closed")
        Transactions.close(gateway.recorder)

    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        note(message["type"])

    monkeypatch.setattr(gateway.recorder, "close", close)
    asyncio.run(gateway({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    assert "campaigns" in alive["lifespan.startup.complete"]
    assert "campaigns" not in alive["closed"]
    assert "lifespan.shutdown.complete" in alive
