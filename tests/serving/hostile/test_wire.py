"""What no library would send: paths, methods, headers and framing, byte by byte."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

from serving.http.contract.errors import STATUS
from serving.http.contract.table import Route, Who
from tests.serving.hostile.conftest import Counter
from tests.serving.hostile.sent import OPERATIONS, TABLE, WITH_CALLER, good
from tests.serving.hostile.test_texts import kept
from tests.serving.hostile.wire import Back, exchange, head

pytestmark = pytest.mark.one_database

CLOSE = "Connection: close"
GETS = [row for row in OPERATIONS if row.method == "GET"]
# A letter of another width, which some programs take for the plain one, and one of two parts.
ALIKE = {"s": "%EF%BD%93", "c": "%EF%BD%83", "l": "%EF%BD%8C", "m": "%EF%BD%8D", "d": "%EF%BD%84"}


def filled(route: Route) -> str:
    """The path with something in place of its names."""
    return "/".join("x" if part.startswith("{") else part for part in route.path.split("/"))


def tricks(path: str) -> list[str]:
    """Ways to write an address that other servers take for this one."""
    plain = [
        f"/{path}", f"//evil.example{path}", f"{path}/", f"{path}//", f"{path}/.", f"{path}/x/..",
        f"/.{path}", f"/..{path}", f"/x/..{path}", f"/%2e%2e{path}", f"/x/..%2f..{path}",
        f"/x%2f..{path}", f"{path}%2f", f"{path}%00", f"{path}%00.json", f"{path}%20", f"{path}%0a",
        f"{path}%0d%0aset-cookie:%20a=b", f"{path};x=1", f";{path}", f"{path}.json", f"{path}%23",
        f"{path}%3Fa=b", f"\\{path[1:]}", f"{path}%5c", f"%2f{path[1:]}", f"{path}%252f",
        f"/%c0%af{path[1:]}", f"{path}%ff", path.upper(), f"/static/..{path}",
        "/static/../../settings.toml", "/static/%2e%2e/%2e%2e/settings.toml",
        "/static/....//....//etc/passwd", f"/static/page.css%00{path}",
    ]  # fmt: skip
    alike = [path.replace(own, other, 1) for own, other in ALIKE.items() if own in path]
    return [own for own in (*plain, *alike) if own != path]


def refusal(back: Back) -> str:
    """The code of the one refusal that came."""
    start, _, body = back.content.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in start.lower(), back.content[:300]
    found = json.loads(body)["error"]
    assert sorted(found) == ["code", "details", "message"]
    assert back.statuses == [STATUS[found["code"]]], back.content
    return str(found["code"])


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda own: own.operation)
def test_no_other_spelling_of_an_address_leads_to_it(counter: Counter, route: Route) -> None:
    """It is none of the table, or one with a name in it that is then not there."""
    headers = [f"{name}: {value}" for name, value in good(counter, route).headers.items()]
    before = kept(counter)
    for address in tricks(filled(route)):
        request = head(f"{route.method} {address} HTTP/1.1", *headers, CLOSE)
        back = exchange(counter.server, request)
        code = refusal(back)
        assert STATUS[code] < 500, address
        allowed = {"not_found", "malformed_request", "method_not_allowed"}
        if "{" in TABLE.label(unquote(address)):
            allowed |= {
                "unknown_customers", "unknown_view", "unknown_promise", "no_objection",
                "unknown_campaign", "unknown_decision", "unknown_export", "unknown_manager",
                "unknown_task", "unknown_analysis", "unknown_batch", "unknown_change",
                "invalid_request", "forbidden", "purpose", "wrong_content_type",
            }  # fmt: skip
        assert code in allowed, address
    assert kept(counter) == before


@pytest.mark.parametrize("route", WITH_CALLER, ids=lambda own: own.operation)
def test_no_other_method_gets_past_the_key(counter: Counter, route: Route) -> None:
    allowed = {row.method for row in OPERATIONS if row.path == route.path}
    before = kept(counter)
    for method in ("TRACE", "OPTIONS", "PATCH", "PUT", "DELETE", "PROPFIND", "QUERY", "LOCK"):
        if method in allowed:
            continue
        back = exchange(counter.server, head(f"{method} {filled(route)} HTTP/1.1", CLOSE))
        assert refusal(back) in ("method_not_allowed", "malformed_request")
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        own = head(f"{route.method} {filled(route)} HTTP/1.1", f"{header}: GET", CLOSE)
        assert refusal(exchange(counter.server, own)) == "unauthorized"
    for header in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"):
        own = head("GET /nothing HTTP/1.1", f"{header}: {filled(route)}", CLOSE)
        assert refusal(exchange(counter.server, own)) == "not_found"
    assert kept(counter) == before


INSIDE = b"GET /metrics HTTP/1.1\r\nHost: liuke\r\n\r\n"  # must never be taken for a request
BODY = b"0\r\n\r\n" + INSIDE
SMUGGLED: dict[str, tuple[str, ...]] = {
    "length and chunks": (f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"),
    "chunks and length": ("Transfer-Encoding: chunked", f"Content-Length: {len(BODY)}"),
    "two lengths": ("Content-Length: 5", f"Content-Length: {len(BODY)}"),
    "a list of lengths": (f"Content-Length: 5, {len(BODY)}",),
    "a length with a sign": ("Content-Length: +5",),
    "a length below zero": ("Content-Length: -5",),
    "a length in hexadecimal": ("Content-Length: 0x5",),
    "a length of 400 digits": ("Content-Length: " + "9" * 400,),
    "a space before the colon": ("Transfer-Encoding : chunked",),
    "another encoding": ("Transfer-Encoding: xchunked",),
    "an encoding behind chunks": ("Transfer-Encoding: chunked, identity",),
    "a folded header": ("X-A: b\r\n Transfer-Encoding: chunked",),
    "a header without a colon": ("Transfer-Encoding chunked",),
    "an empty name": (": chunked",),
    "a null in a header": ("X-A: b\0c",),
    "a bare line feed": ("X-A: b\nTransfer-Encoding: chunked",),
    "a bare carriage return": ("X-A: b\rTransfer-Encoding: chunked",),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_framing_hides_a_second_request(counter: Counter, name: str) -> None:
    sent = head("POST /score HTTP/1.1", *SMUGGLED[name])
    back = exchange(counter.server, sent + BODY)
    assert back.statuses == [400], back.content[:500]
    assert refusal(back) == "malformed_request"
    assert b"liuke_request" not in back.content


CHUNKS: dict[str, bytes] = {
    "a size that overflows": b"FFFFFFFFFFFFFFFF1\r\na\r\n0\r\n\r\n",
    "a size below zero": b"-1\r\na\r\n0\r\n\r\n",
    "a size that is none": b"zz\r\na\r\n0\r\n\r\n",
    "a size that is wrong": b"1\r\nab\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunks_that_are_none_are_refused(counter: Counter, name: str) -> None:
    key = counter.keys["store"].secret
    sent = head(
        "POST /score HTTP/1.1", f"Authorization: Bearer {key}", "Content-Type: application/json",
        "Transfer-Encoding: chunked",
    )  # fmt: skip
    back = exchange(counter.server, sent + CHUNKS[name] + INSIDE)
    assert refusal(back) == "malformed_request"
    assert b"liuke_request" not in back.content


ODD: dict[str, tuple[bytes, str]] = {
    "HTTP/0.9": (b"GET /livez\r\n\r\n", "malformed_request"),
    "HTTP/2 at once": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "malformed_request"),
    "no version": (b"GET /livez HTTP/\r\nHost: a\r\n\r\n", "malformed_request"),
    "a version to come": (head("GET /livez HTTP/9.9", CLOSE), "malformed_request"),
    "CONNECT": (head("CONNECT evil.example:443 HTTP/1.1", CLOSE), "malformed_request"),
    "OPTIONS of all": (head("OPTIONS * HTTP/1.1", CLOSE), "not_found"),
    "a large header": (head("GET /livez HTTP/1.1", "X-A: " + "a" * 20_000), "headers_too_large"),
    "a long address": (head(f"GET /{'a' * 20_000} HTTP/1.1", CLOSE), "headers_too_large"),
    "many headers": (
        head("GET /livez HTTP/1.1", *(f"X-{own}: a" for own in range(3000))), "headers_too_large",
    ),
    "letters that are not ASCII": (head("GET /livez\xff HTTP/1.1", CLOSE), "malformed_request"),
    "a space in the address": (head("GET /live z HTTP/1.1", CLOSE), "malformed_request"),
    "TLS": (bytes.fromhex("16030100a5010000a10303") + b"\0" * 40, "malformed_request"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_not_a_request_is_refused(counter: Counter, name: str) -> None:
    sent, expected = ODD[name]
    assert refusal(exchange(counter.server, sent)) == expected


def test_an_absolute_address_is_the_path_in_it(counter: Counter) -> None:
    """As RFC 9112 wants it; the host in it opens nothing."""
    public = exchange(counter.server, head("GET http://evil.example/livez HTTP/1.1", CLOSE))
    assert public.statuses == [200]
    closed = exchange(counter.server, head("GET http://evil.example/alarms HTTP/1.1", CLOSE))
    assert refusal(closed) == "unauthorized"


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "TLS/1.2"])
def test_a_connection_becomes_nothing_else(counter: Counter, protocol: str) -> None:
    sent = head(
        "GET /alarms HTTP/1.1", f"Upgrade: {protocol}", "Connection: Upgrade, close",
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==", "Sec-WebSocket-Version: 13",
    )  # fmt: skip
    assert refusal(exchange(counter.server, sent)) == "unauthorized"


def test_requests_in_a_row_are_answered_each_for_itself(counter: Counter) -> None:
    """What one of them carried does not count for the next."""
    key = counter.keys["auditor"].secret
    first = head("GET /alarms HTTP/1.1", f"Authorization: Bearer {key}")
    second = head("GET /alarms HTTP/1.1", CLOSE)
    assert exchange(counter.server, first + second).statuses == [200, 401]


TWICE: dict[str, tuple[tuple[str, ...], str]] = {
    "two keys": (("Authorization: Bearer x", "Authorization: Bearer {key}"), "unauthorized"),
    "two content types": (
        (
            "Authorization: Bearer {key}", "Content-Type: application/vnd.bentoml+pickle",
            "Content-Type: application/json",
        ),
        "wrong_content_type",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TWICE)
@pytest.mark.parametrize(
    "route",
    [row for row in OPERATIONS if row.form and row.who is not Who.PUBLIC],
    ids=lambda own: own.operation,
)
def test_a_header_that_counts_once_is_refused_twice(
    counter: Counter, route: Route, name: str
) -> None:
    lines, expected = TWICE[name]
    sent = good(counter, route)
    key = sent.headers["authorization"].removeprefix("Bearer ")
    body = json.dumps(sent.body).encode()
    before = kept(counter)
    own = head(
        f"{route.method} {filled(route)} HTTP/1.1", *(line.format(key=key) for line in lines),
        f"Content-Length: {len(body)}", CLOSE,
    )  # fmt: skip
    assert refusal(exchange(counter.server, own + body)) == expected
    assert kept(counter) == before
