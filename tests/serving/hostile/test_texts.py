"""Whatever stands in whatever place: an answer of the contract, recorded, nothing broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Table, select

from serving.audit.verification import verify
from serving.database.tables import (
    audit,
    audit_head,
    audit_subjects,
    campaigns,
    contacts,
    metadata,
    person_keys,
    sessions,
    users,
)
from serving.http.contract.table import Route
from tests.serving.hostile.conftest import Counter
from tests.serving.hostile.sent import (
    OPERATIONS,
    WITH_CALLER,
    Place,
    Sent,
    good,
    misfit,
    places,
)

# The stricter of the two: it takes no NUL in a text, and no number that its column has no room for.
pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

MARKUP = "<script>alert(1)</script>"
SQL = f"'\") OR 1=1; DROP TABLE audit; --{MARKUP}"
TEXTS = {
    "SQL and HTML": SQL,
    "null": "a\0b",
    "path": "../../../../etc/passwd",
    "format": "%s%n{0}{{7*7}}${7*7}{self.__class__}",
    "odd": "\u202e\ufeff\uff07\U0001f4a9\x7f\x1b[31m\r\nset-cookie: a=b",
}
# What a refused request may write: its row of the audit, that a session was used, a wrong try.
BESIDE = (audit, audit_subjects, audit_head, person_keys, sessions, users)
KEPT = [table for table in metadata.sorted_tables if table not in BESIDE]
# What the process beside the service writes on its own.
BACKGROUND = ("state", "progress", "task_owner", "task_beat", "attempts", "error", "result")


def kept(counter: Counter) -> dict[str, list[Any]]:
    """Every row of the tables that a refused request must leave alone."""
    with counter.engine.connect() as connection:
        return {
            own.name: sorted(map(str, connection.execute(select(*_columns(own))))) for own in KEPT
        }


def _columns(table: Table) -> list[Any]:
    return [own for own in table.c if table is not campaigns or own.name not in BACKGROUND]


def check_audited(counter: Counter, route: Route, answers: list[httpx.Response]) -> None:
    """Each of the answers has its row, with the status and the code that left.

    An address with a slash in a name is not of the table, and so has none.
    """
    answers = [answer for answer in answers if code_of(answer) != "not_found"]
    ids = [answer.headers["x-request-id"] for answer in answers]
    with counter.engine.connect() as connection:
        columns = (audit.c.request_id, audit.c.route, audit.c.status, audit.c.code)
        found = connection.execute(select(*columns).where(audit.c.request_id.in_(ids)))
        rows = {row[0]: tuple(row[1:]) for row in found}
    expected = {
        answer.headers["x-request-id"]: (route.path, answer.status_code, code_of(answer))
        for answer in answers
    }
    assert rows == (expected if route.is_audited else {})


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"]) if answer.is_error else ""


def check(route: Route, answer: httpx.Response, where: object) -> None:
    """The answer is one of the contract, no fault of ours, and never a page with their markup."""
    assert answer.status_code < 500, f"{where}: {answer.text}"
    assert misfit(route, answer) is None, f"{where}: {misfit(route, answer)}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not route.is_audited or answer.headers["cache-control"] == "no-store"
    is_page = answer.headers["content-type"].startswith("text/html")
    assert not (is_page and MARKUP in answer.text), where
    assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"]


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda own: own.operation)
def test_a_good_request_is_answered(counter: Counter, route: Route) -> None:
    """Else the attacks below would be refused for another cause."""
    with counter.client() as client:
        answer = good(counter, route).to(client)
    assert answer.status_code == route.status, answer.text
    assert misfit(route, answer) is None, misfit(route, answer)
    check_audited(counter, route, [answer])


def written(sent: Sent, place: Place) -> Iterator[tuple[str, Sent]]:
    """The request with each of the texts in this place; of one of many parameters only two."""
    for name, text in TEXTS.items():
        if place[0] != "query" or name in ("SQL and HTML", "null"):
            yield name, sent.put(place, text)


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda own: own.operation)
def test_no_text_breaks_what_it_stands_in(counter: Counter, route: Route) -> None:
    """It is refused and changes nothing, or is kept and comes back as it was written."""
    with counter.client() as client:
        for place in places(good(counter, route)):
            base, answers = good(counter, route), []
            before = kept(counter)
            for name, sent in written(base, place):
                answer = sent.to(client)
                check(route, answer, (place, name))
                assert name != "null" or answer.status_code in (401, 422), answer.text
                assert answer.is_error or comes_back(answer, place, TEXTS[name]), answer.text
                answers.append(answer)
            check_audited(counter, route, answers)
            if all(answer.is_error for answer in answers):
                assert kept(counter) == before, place
    assert verify(counter.engine).broken is None


def comes_back(answer: httpx.Response, place: Place, text: str) -> bool:
    """Whether the answer, where it has what stood there, has it as it was written."""
    found = answer.json() if answer.headers["content-type"] == "application/json" else {}
    for name in place[1:]:
        found = found.get(name, text) if isinstance(found, dict) else text
    return bool(found == text) or not isinstance(found, str)


JSON = {"content-type": "application/json"}
LONG = "9" * 400
BODIES: dict[str, tuple[bytes, set[int]]] = {
    "nothing": (b"", {400}),
    "no JSON": (b"\xff\xfe{", {400}),
    "another encoding": ('{"a": "客"}'.encode("utf-16"), {400}),
    "deep lists": (b"[" * 10_000 + b"]" * 10_000, {400}),
    "deep objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, {400}),
    "NaN": (b'{"a": NaN}', {400, 422}),
    "infinity": (b'{"a": -Infinity}', {400, 422}),
    "a number of 400 digits": (f'{{"a": {LONG}, "b": {LONG}.5e{LONG}}}'.encode(), {400, 422}),
    "a number of 5,000 digits": (b'{"a": ' + b"9" * 5000 + b"}", {400, 422}),
    "half a character": (b'{"a": "\\ud800"}', {400}),
    "a list": (b"[]", {422}),
    "a text": (b'"a"', {422}),
    "null": (b"null", {422}),
    "ten megabytes": (b'{"a": "' + b"a" * 10_000_000 + b'"}', {413}),
}


@pytest.mark.parametrize(
    "route", [row for row in OPERATIONS if row.form], ids=lambda own: own.operation
)
def test_no_body_breaks_what_reads_it(counter: Counter, route: Route) -> None:
    before, answers = kept(counter), []
    base = good(counter, route)
    whole = json.dumps(base.body).encode()
    first = next(iter(base.body))
    twice = json.dumps({first: base.body[first]}).encode()[:-1] + b", " + whole[1:]
    inside = {
        name: (json.dumps(base.put(("body", first), "MARK").body).encode(), expected)
        for name, (_, expected) in BODIES.items()
    }
    before = kept(counter)
    with counter.client() as client:

        def send(content: bytes, headers: dict[str, str], statuses: set[int], name: str) -> None:
            own = {**base.headers, **headers}
            answer = client.request(route.method, _address(base), content=content, headers=own)
            check(route, answer, name)
            assert answer.status_code in statuses, (name, answer.text)
            answers.append(answer)

        for name, (content, statuses) in BODIES.items():
            send(content, JSON, statuses, name)
            value = content.removeprefix(b'{"a": ').removesuffix(b"}")
            if value != content:  # in place of a good value too
                send(inside[name][0].replace(b'"MARK"', value), JSON, statuses | {422}, name)
        send(twice, JSON, {422}, "a name twice")
        send(whole, {"content-type": "text/plain"}, {415}, "as text")
        send(whole, {"content-type": "application/x-www-form-urlencoded"}, {415}, "as a form")
        send(whole, {"content-type": "application/vnd.bentoml+pickle"}, {415}, "as pickle")
        send(whole, {**JSON, "content-encoding": "br"}, {415}, "as br")
        send(whole, {**JSON, "content-encoding": "gzip"}, {400}, "not gzip")
    check_audited(counter, route, answers)
    assert kept(counter) == before


def _address(sent: Sent) -> str:
    """The path of the request with its names filled in."""
    address = sent.route.path
    for name, value in sent.path.items():
        address = address.replace(f"{{{name}}}", value.replace(" ", "%20"))
    return address


def test_what_is_accepted_is_kept_and_shown_as_it_was_written(counter: Counter) -> None:
    """The text of a complaint, the name and the search of a view, the reference of a form."""
    text = TEXTS["SQL and HTML"] + TEXTS["format"]
    routes = {row.operation: row for row in WITH_CALLER}
    with counter.client() as client:
        event = good(counter, routes["postEvent"]).put(("body", "fields", "text"), text)
        assert event.to(client).status_code == 200
        shown = good(counter, routes["customer"]).to(client).json()
        posted = [own["content"]["fields"] for own in shown["events"]]
        assert event.body["fields"] in posted
        name = SQL.replace("/", "")
        view = good(counter, routes["saveView"]).put(("path", "name"), name)
        view = view.put(("body", "search"), {"city": SQL})
        assert view.to(client).json()["name"] == name
        views = good(counter, routes["views"]).to(client).json()["views"]
        assert {"name": name, "search": {"city": SQL}} in [
            {"name": own["name"], "search": own["search"]} for own in views
        ]
        found = good(counter, routes["searchCustomers"]).put(("query", "city"), SQL).to(client)
        assert found.json()["count"] == 0
        reference = SQL[:64]
        outcome = good(counter, routes["postOutcome"])
        outcome = outcome.put(("body", "confirmation", "reference"), reference)
        assert outcome.to(client).status_code == 200
    with counter.engine.connect() as connection:
        own = contacts.c.idempotency_key == outcome.body["key"]
        stored = connection.execute(select(contacts.c.confirmation).where(own)).scalar_one()
    assert stored == f"signature:{reference}"
