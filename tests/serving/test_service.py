"""The real server in a process of its own, on a small real home."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from features.errors import SettingsError
from serving.access.keys import new_key, revoke_key
from serving.database import open_engine
from serving.http.contract.errors import STATUS
from serving.process.server import run
from tests.conftest import set_home

if TYPE_CHECKING:
    from tests.conftest import SmallHome
    from tests.serving.conftest import Server

NOW = datetime(2026, 3, 2, 9)
ONE = {"customer_ids": ["C0000001"]}
JSON = {"content-type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client with a good key; afterwards the server must still answer."""
    with server.client() as client:
        yield client
    with server.client() as client:
        answer = client.post("/score", json=ONE)
        assert answer.status_code == 200, answer.text
        assert server.process.poll() is None


def code(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert list(body) == ["error"]
    assert sorted(body["error"]) == ["code", "details", "message"]
    return answer.status_code, body["error"]["code"]


def mebibytes(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * MIB


def test_scores_come_in_the_requested_order(client: httpx.Client) -> None:
    ids = ["C0000007", "C0000001", "C0000900"]
    scores = client.post("/score", json={"customer_ids": ids}).json()["scores"]
    assert [score["customer_id"] for score in scores] == ids
    for score in scores:
        assert sorted(score) == [
            "answered_by", "as_of", "churn_risk", "customer_id", "fresh_events", "margin_cny",
            "model_version", "reasons", "tier_probabilities", "tier_reasons",
            "value_at_stake_cny", "value_tier",
        ]  # fmt: skip
        assert 0 <= score["churn_risk"] <= 1
        assert (score["model_version"], score["answered_by"]) == ("1", "live")


def test_a_customers_value_comes_with_its_reasons(client: httpx.Client) -> None:
    (score,) = client.post("/score", json=ONE | {"language": "en"}).json()["scores"]
    assert score["value_tier"] in ("standard", "silver", "gold", "diamond")
    assert list(score["tier_probabilities"]) == ["standard", "silver", "gold", "diamond"]
    assert sum(score["tier_probabilities"].values()) == pytest.approx(1)
    assert score["value_at_stake_cny"] != score["margin_cny"]
    for reason in score["tier_reasons"]:
        assert reason["direction"] == ("up" if reason["effect"] > 0 else "down")
        assert "tier" in reason["text"]


def test_a_version_that_knows_no_value_says_so(client: httpx.Client, server: Server) -> None:
    server.promote("3")
    try:
        (score,) = client.post("/score", json=ONE).json()["scores"]
    finally:
        server.promote("1")
    for name in ("value_tier", "tier_probabilities", "margin_cny", "value_at_stake_cny"):
        assert score[name] is None
    assert score["tier_reasons"] is None
    assert score["reasons"]


def test_the_document_names_the_amounts_in_the_currency(client: httpx.Client) -> None:
    schemas = client.get("/docs.json").json()["components"]["schemas"]
    assert {"margin_cny", "value_at_stake_cny", "value_tier"} <= set(schemas["Score"]["properties"])


@pytest.mark.slow
def test_without_the_variable_the_homes_currency_names_them_and_another_champion_is_refused(
    own_home: SmallHome,
) -> None:
    set_home(own_home.home, "features", 'currency = "EUR"\n')
    program = (
        "from serving.service import LiukeService, ScoreAnswer\n"
        "print(str(ScoreAnswer.model_json_schema()).count('margin_eur'))\n"
        "LiukeService.inner().scorer.check()"
    )
    environment = {name: own for name, own in os.environ.items() if name != "LIUKE_CURRENCY"}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment | {"LIUKE_HOME": str(own_home.home)},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert int(ran.stdout) > 0, ran.stderr
    assert "SettingsError: the champion's amounts are in CNY" in ran.stderr
    assert STATUS["settings"] == 503, "so that /readyz says it"


def test_reasons_are_in_the_requested_language_or_the_settings_one(
    client: httpx.Client,
) -> None:
    def first_text(**language: str) -> str:
        answer = client.post("/score", json=ONE | language)
        text: str = answer.json()["scores"][0]["reasons"][0]["text"]
        return text

    assert first_text() == first_text(language="en")
    assert first_text(language="en") != first_text(language="zh")
    assert first_text(language="en").isascii()


def test_a_customer_scores_alone_as_among_a_thousand(client: httpx.Client) -> None:
    """One customer is answered on the event loop, a thousand in a thread."""
    ids = [f"C{number:07d}" for number in range(1000)]
    many = client.post("/score", json={"customer_ids": ids}).json()["scores"]
    alone = client.post("/score", json={"customer_ids": ids[500:501]}).json()["scores"]
    assert len(many) == 1000
    assert many[500] == alone[0]


def test_an_unknown_customer_refuses_the_whole_request(client: httpx.Client) -> None:
    answer = client.post("/score", json={"customer_ids": ["C0000001", "X1", "X2"]})
    assert code(answer) == (404, "unknown_customers")
    assert answer.json()["error"]["details"] == {"customer_ids": ["X1", "X2"]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"customer_ids": []}, (422, "invalid_request")),
        ({"customer_ids": [f"C{n}" for n in range(1001)]}, (422, "invalid_request")),
        (ONE | {"limit": 5}, (422, "invalid_request")),
        ({"customer_ids": ["C0000001"] * 2}, (422, "invalid_request")),
    ],
    ids=["empty list", "1,001 ids", "unknown field", "twice"],
)
def test_a_body_of_another_form_is_refused(
    client: httpx.Client, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(client.post("/score", json=body)) == expected


def test_malformed_json_is_refused(client: httpx.Client) -> None:
    answer = client.post("/score", content=b'{"customer_ids": [', headers=JSON)
    assert code(answer) == (400, "malformed_json")


def test_pickle_is_refused(client: httpx.Client) -> None:
    headers = {"content-type": "application/vnd.bentoml+pickle"}
    answer = client.post("/score", content=b"cos\nsystem\n", headers=headers)
    assert code(answer) == (415, "wrong_content_type")


def test_thirty_megabytes_are_refused_by_their_declared_length(
    client: httpx.Client, server: Server
) -> None:
    before_mb = server.most_memory_mb()
    answer = client.post("/score", content=b" " * 30 * MIB, headers=JSON)
    assert code(answer) == (413, "body_too_large")
    assert server.most_memory_mb() - before_mb < 5


def test_thirty_megabytes_in_chunks_are_refused(client: httpx.Client, server: Server) -> None:
    before_mb = server.most_memory_mb()
    answer = client.post("/score", content=mebibytes(30), headers=JSON)
    assert code(answer) == (413, "body_too_large")
    assert server.most_memory_mb() - before_mb < 5


def test_thirty_megabytes_without_a_key_are_refused(client: httpx.Client) -> None:
    answer = client.post(
        "/score", content=mebibytes(30), headers=JSON | {"authorization": "Bearer liuke_wrong"}
    )
    assert code(answer) == (401, "unauthorized")


def test_a_caller_who_waits_before_sending_is_refused_without_sending(server: Server) -> None:
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=120) as connection:
        connection.sendall(
            b"POST /score HTTP/1.1\r\nHost: liuke\r\nContent-Type: application/json\r\n"
            b"Content-Length: 31457280\r\nExpect: 100-continue\r\n"
            b"Authorization: Bearer " + server.key.encode() + b"\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_caller_who_hangs_up_harms_no_other(client: httpx.Client, server: Server) -> None:
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=120) as connection:
        connection.sendall(
            b"POST /score HTTP/1.1\r\nHost: liuke\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\nAuthorization: Bearer " + server.key.encode() + b"\r\n\r\n{"
        )
    assert client.post("/score", json=ONE).status_code == 200
    assert "Traceback" not in server.log()


@pytest.mark.parametrize("authorization", ["", "Bearer liuke_wrong"], ids=["none", "unknown"])
def test_without_a_key_nothing_is_answered(client: httpx.Client, authorization: str) -> None:
    answer = client.post("/score", json=ONE, headers={"authorization": authorization})
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_key_opens_nothing_at_the_next_request(
    client: httpx.Client, server: Server
) -> None:
    engine = open_engine(server.home)
    key = new_key(engine, "store", NOW)
    headers = {"authorization": f"Bearer {key.secret}"}
    assert client.post("/score", json=ONE, headers=headers).status_code == 200
    revoke_key(engine, key.id, NOW)
    engine.dispose()
    assert code(client.post("/score", json=ONE, headers=headers)) == (401, "unauthorized")


def test_a_wrong_address_is_not_found(client: httpx.Client) -> None:
    assert code(client.get("/nope")) == (404, "not_found")


def test_a_wrong_method_is_not_allowed(client: httpx.Client) -> None:
    answer = client.get("/score")
    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_without_a_champion_the_service_waits_for_one(client: httpx.Client, server: Server) -> None:
    server.unpromote()
    try:
        assert code(client.post("/score", json=ONE)) == (503, "no_champion")
        assert code(client.get("/readyz")) == (503, "no_champion")
        assert str(server.home) not in client.get("/readyz").text
        assert client.get("/livez").status_code == 200
    finally:
        server.promote()
    assert client.get("/readyz").status_code == 200
    assert client.post("/score", json=ONE).status_code == 200


def test_a_broken_bundle_is_said_and_its_repair_noticed(
    client: httpx.Client, server: Server
) -> None:
    model = server.home / "models" / "1" / "churn.txt"
    whole = model.read_bytes()
    model.write_bytes(whole[:-100])
    server.promote()  # champion.json is new, so the bundle is read again
    try:
        assert code(client.post("/score", json=ONE)) == (503, "bundle")
        assert code(client.get("/readyz")) == (503, "bundle")
    finally:
        model.write_bytes(whole)
        server.promote()
    assert client.post("/score", json=ONE).status_code == 200


def test_a_champion_of_other_features_is_said_and_a_roll_back_noticed(
    client: httpx.Client, server: Server
) -> None:
    server.promote("2")
    try:
        assert code(client.post("/score", json=ONE)) == (503, "fingerprint_mismatch")
        assert code(client.get("/readyz")) == (503, "fingerprint_mismatch")
    finally:
        server.promote("1")
    assert client.post("/score", json=ONE).status_code == 200


def test_rows_that_are_not_there_are_said_and_the_next_night_noticed(
    client: httpx.Client, server: Server
) -> None:
    rows = server.home / "latest.sqlite"
    hidden = rows.rename(rows.with_suffix(".hidden"))
    try:
        assert code(client.post("/score", json=ONE)) == (503, "lake")
        assert code(client.get("/readyz")) == (503, "lake")
    finally:
        hidden.rename(rows)
    assert client.post("/score", json=ONE).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_health_needs_no_key(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"authorization": ""}).status_code == 200


def test_metrics_count_requests_and_know_no_invented_address(client: httpx.Client) -> None:
    client.get("/invented")
    client.get("/static_content/invented")
    metrics = client.get("/metrics").text
    counted = re.findall(
        r'request_total\{endpoint="/score",http_response_code="200".*\} (.+)', metrics
    )
    assert float(counted[0]) >= 1
    assert "invented" not in metrics


def test_the_document_says_how_to_ask_and_how_it_fails(client: httpx.Client) -> None:
    document = client.get("/docs.json").json()
    score = document["paths"]["/score"]["post"]
    assert score["security"] == [{"key": []}, {"session": []}]
    assert document["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    assert list(score["responses"]) == [
        "200", "400", "401", "403", "404", "405", "408", "409", "413", "415", "422", "429", "431",
        "500", "503", "504",
    ]  # fmt: skip
    reference = score["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/ScoreRequest"
    form = document["components"]["schemas"]["ScoreRequest"]
    assert form["properties"]["customer_ids"]["maxItems"] == 1000
    assert form["additionalProperties"] is False
    assert "bentoml" not in json.dumps(document["info"]).lower()


def test_every_reference_of_the_document_leads_somewhere(client: httpx.Client) -> None:
    document = client.get("/docs.json").json()
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        place = document
        for step in reference.split("/"):
            place = place[step]


def test_a_small_request_does_not_wait_for_large_ones(server: Server) -> None:
    ids = [f"C{number:07d}" for number in range(1000)]

    def ask(customer_ids: list[str]) -> int:
        with server.client() as client:
            scores = client.post("/score", json={"customer_ids": customer_ids}).json()["scores"]
        return len(scores)

    with ThreadPoolExecutor(3) as callers:
        large = [callers.submit(ask, ids) for _ in range(3)]
        assert ask(ids[:1]) == 1
        assert not all(answer.done() for answer in large)
        assert [answer.result() for answer in large] == [1000] * 3


def test_every_answer_has_its_true_status_in_the_log_and_in_the_metrics(
    client: httpx.Client, server: Server
) -> None:
    score = ("POST", "/score")
    requests: list[tuple[str, str, dict[str, Any], int, str | None]] = [
        (*score, {"json": ONE}, 200, None),
        (*score, {"json": {"customer_ids": ["GEHEIM"]}}, 404, "unknown_customers"),
        (*score, {"json": ONE, "headers": {"authorization": ""}}, 401, "unauthorized"),
        (*score, {"json": {}}, 422, "invalid_request"),
        (*score, {"content": b"GEHEIM", "headers": JSON}, 400, "malformed_json"),
        (*score, {"content": b"GEHEIM"}, 415, "wrong_content_type"),
        ("GET", "/score?customer=GEHEIM", {}, 405, "method_not_allowed"),
        ("GET", "/clients/GEHEIM", {}, 404, "not_found"),
        ("PROPFIND", "/livez", {}, 405, "method_not_allowed"),
        ("GET", "/livez?GEHEIM", {}, 200, None),
    ]
    for method, path, request, status, refusal in requests:
        route = path.partition("?")[0] if "clients" not in path else "unknown"
        before = counted(client, route, status, refusal)
        answer = client.request(method, path, **request)
        assert answer.status_code == status
        line = server.request_line(answer.headers["x-request-id"])
        assert (line["route"], line["status"], line["code"]) == (route, status, refusal)
        assert line["method"] == ("other" if method == "PROPFIND" else method)
        assert (line["caller"] is None) == (status in (401, 405) or route != "/score")
        assert line["milliseconds"] > 0
        assert counted(client, route, status, refusal) == before + 1
    assert "GEHEIM" not in server.log()


def counted(client: httpx.Client, route: str, status: int, refusal: str | None) -> float:
    labels = f'endpoint="{route}",http_response_code="{status}",refusal="{refusal or ""}"'
    found = re.findall(rf"request_total\{{{labels}\}} (.+)", client.get("/metrics").text)
    return float(found[0]) if found else 0.0


def test_a_503_is_explained_once_in_the_log_and_so_is_its_end(
    client: httpx.Client, server: Server
) -> None:
    server.unpromote()
    try:
        for _ in range(3):
            assert client.post("/score", json=ONE).status_code == 503
    finally:
        server.promote()
    assert client.post("/score", json=ONE).status_code == 200
    refused = "requests are refused with 503 no_champion: no model has been"
    assert "requests are refused" not in server.log_after(refused, "requests are answered again")


def test_metrics_have_the_champion_and_the_age_of_the_scores(
    client: httpx.Client, server: Server
) -> None:
    def gauges() -> dict[str, float]:
        found = re.findall(r"(?m)^liuke_(\w+) (.+)$", client.get("/metrics").text)
        return {name: float(value) for name, value in found}

    as_of = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    known = gauges()
    assert known["champion_version"] == 1
    assert known["scores_as_of_timestamp_seconds"] == as_of
    assert known["scores_age_seconds"] == pytest.approx(time.time() - as_of, abs=60)
    written_at = (server.home / "latest.sqlite").stat().st_mtime
    assert known["scores_written_timestamp_seconds"] == pytest.approx(written_at)
    server.unpromote()
    try:
        assert "champion_version" not in gauges()
    finally:
        server.promote()


def test_a_champion_that_reads_fewer_features_than_the_rows_have_answers(
    client: httpx.Client, server: Server
) -> None:
    server.promote("4")
    try:
        (score,) = client.post("/score", json=ONE).json()["scores"]
    finally:
        server.promote("1")
    assert score["model_version"] == "4"


def test_with_the_home_gone_the_answer_says_that_it_cannot_be_read(
    client: httpx.Client, server: Server
) -> None:
    gone = server.home.rename(server.home.with_name("gone"))
    try:
        answers = [client.post("/score", json=ONE), client.get("/readyz")]
        assert client.get("/metrics").status_code == 200
    finally:
        gone.rename(server.home)
    for answer in answers:
        assert code(answer) == (503, "lake")
        assert "the home cannot be read (No such file" in answer.json()["error"]["message"]


def test_a_gzip_body_is_read_and_a_large_answer_sent_as_gzip(
    client: httpx.Client,
) -> None:
    ids = [f"C{number:07d}" for number in range(100)]
    body = gzip.compress(json.dumps({"customer_ids": ids}).encode())
    plain = {"content-encoding": "gzip", "accept-encoding": "identity"}
    large = client.post("/score", content=body, headers=JSON | plain)
    assert "content-encoding" not in large.headers
    small = client.post("/score", json={"customer_ids": ids})
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "accept-encoding"
    assert int(small.headers["content-length"]) * 3 < int(large.headers["content-length"])
    assert small.json() == large.json()
    assert "content-encoding" not in client.post("/score", json=ONE).headers


def test_no_answer_names_the_library_underneath(client: httpx.Client) -> None:
    for answer in (client.post("/score", json=ONE), client.get("/"), client.get("/nope")):
        assert "bentoml" not in str(answer.headers).lower()


def test_what_is_not_http_is_refused_counted_and_logged(
    client: httpx.Client, server: Server
) -> None:
    before = counted(client, "unknown", 400, "malformed_request")
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=120) as connection:
        connection.sendall(b"GEHEIM\r\n\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert body["error"]["code"] == "malformed_request"
    assert counted(client, "unknown", 400, "malformed_request") == before + 1


@pytest.mark.parametrize(
    ("sent", "status", "name", "reason"),
    [
        (b"GET /livez HTTP/1.1\r\n\r\n", 400, "malformed_request", "Host"),
        (
            b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            400,
            "malformed_request",
            "multiple Host",
        ),
        (b"GEHEIM /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_request", "method"),
        (
            b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 17_000 + b"\r\n\r\n",
            431,
            "headers_too_large",
            "16384 bytes",
        ),
        (
            b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
            "malformed_request",
            "Content-Length",
        ),
        (
            b"POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n",
            400,
            "malformed_request",
            "",
        ),
        (b"GET /livez\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "malformed_request", ""),
        (b"GET /livez HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n", 400, "malformed_request", ""),
        (b"GET /livez HTTP/1.1\r\nX: " + b"x" * 17_000, 431, "headers_too_large", "16384 bytes"),
    ],
    ids=[
        "no host",
        "two hosts",
        "unknown method",
        "large headers",
        "two lengths",
        "length and chunks",
        "zero byte",
        "folded",
        "large headers without an end",
    ],
)
def test_what_is_wrong_with_the_headers_is_said(
    client: httpx.Client, server: Server, sent: bytes, status: int, name: str, reason: str
) -> None:
    before = counted(client, "unknown", status, name)
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=120) as connection:
        connection.sendall(sent)
        answer = connection.recv(65536)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert (error["code"], reason in error["message"]) == (name, True)
    assert counted(client, "unknown", status, name) == before + 1


def test_a_body_that_breaks_off_in_a_wrong_form_is_one_request_with_its_own_reason(
    client: httpx.Client, server: Server
) -> None:
    """And no caller who left: it stays to read the answer."""
    gone, unknown = ("/score", 499, "client_gone"), ("unknown", 400, "malformed_request")
    own = ("/score", 400, "malformed_request")
    before = [counted(client, *labels) for labels in (own, gone, unknown)]
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=120) as connection:
        head = f"POST /score HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
        head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode() + b'5\r\n{"cus\r\n')
        time.sleep(0.2)
        connection.sendall(b"nonsense\r\n")
        answer = connection.recv(65536)
        assert connection.recv(65536) == b""
    assert answer.startswith(b"HTTP/1.1 400 ")
    deadline = time.monotonic() + 60  # it is counted once it is recorded
    while counted(client, *own) == before[0] and time.monotonic() < deadline:
        time.sleep(0.05)
    after = [counted(client, *labels) for labels in (own, gone, unknown)]
    assert after == [before[0] + 1, *before[1:]]


@pytest.mark.slow
def test_a_connection_that_sends_nothing_is_closed(client: httpx.Client, server: Server) -> None:
    """In a test of its own with small limits, test_connections has the rest."""
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        assert connection.recv(1) == b""
    metrics = client.get("/metrics").text
    assert 'liuke_connections_closed_total{reason="no_request"}' in metrics


def test_the_log_holds_no_secret_and_no_failure(server: Server) -> None:
    assert " ERROR " not in server.log()
    assert "Traceback" not in server.log()
    assert server.key not in server.log()


@pytest.mark.slow
def test_a_home_in_which_nothing_was_done_is_served_and_stopped_cleanly(
    bare_server: Server,
) -> None:
    with bare_server.client() as client:
        assert code(client.post("/score", json=ONE)) == (503, "no_champion")
        assert code(client.get("/readyz")) == (503, "no_champion")
    bare_server.process.send_signal(signal.SIGINT)
    bare_server.process.wait(timeout=120)
    assert bare_server.url in bare_server.log()
    assert "Traceback" not in bare_server.log()
    written = {file.name for file in bare_server.home.parent.iterdir()}
    assert written == {bare_server.home.name}


def test_a_port_that_is_taken_is_named(server: Server, tmp_path: Path) -> None:
    port = httpx.URL(server.url).port
    with pytest.raises(SettingsError, match=f"cannot listen at 127.0.0.1 port {port}: .* in use"):
        run(tmp_path, "127.0.0.1", port or 0)


def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="choose another address with --host"):
        run(tmp_path, "192.0.2.1", 3000)
