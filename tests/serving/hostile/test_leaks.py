"""Phone numbers in every place of every request: no log and no audit has them, nor keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from serving.database.tables import alarms, audit, audit_subjects, person_keys
from tests.serving.hostile.conftest import Counter, leaks
from tests.serving.hostile.sent import OPERATIONS, Sent, good, places
from tests.serving.hostile.wire import exchange, head

pytestmark = pytest.mark.one_database


def with_number(counter: Counter, number: str, *, everywhere: bool) -> Iterator[Sent]:
    """Every route with the number in each place of body and path, and `everywhere` in the rest."""
    tried = set()
    for route in OPERATIONS:
        base = good(counter, route)
        for place in places(base):
            if place[0] != "query" or (everywhere and place not in tried):
                tried.add(place)
                yield base.put(place, number)
        for name in (
            ("liuke-purpose", "user-agent", "cookie", "x-request-id", "referer")
            if everywhere
            else ()
        ):
            yield Sent(route, {**base.headers, name: number}, base.path, base.query, base.body)


@pytest.mark.slow
@pytest.mark.parametrize("code", ["", "+86 "])
def test_no_log_and_no_audit_holds_a_number_that_was_sent(counter: Counter, code: str) -> None:
    number = counter.phones[counter.own.customer_id]
    text = f"{code}{number}"
    with counter.client() as client:
        answers = [sent.to(client) for sent in with_number(counter, text, everywhere=not code)]
        client.get(f"/{number}", headers={"authorization": f"Bearer {number}"})
    exchange(counter.server, f"GET /{number} {number}\r\n\r\n".encode())
    exchange(counter.server, head(f"X{number} /livez HTTP/1.1"))
    exchange(counter.server, head("GET /livez HTTP/1.1", f"Content-Length: {number}x"))
    assert all(answer.status_code < 500 for answer in answers)
    last = answers[-1].headers["x-request-id"]
    counter.server.request_line(last)
    log = counter.server.log()
    assert leaks(counter, log) == []
    assert text not in log
    with counter.engine.connect() as connection:
        for table in (audit, audit_subjects, alarms):
            rows = "\n".join(str(tuple(row)) for row in connection.execute(select(table)))
            assert leaks(counter, rows) == [], table.name
            assert text not in rows
        keyed = connection.execute(select(person_keys.c.customer_id)).scalars()
        assert [own for own in keyed if number in own] == [], "it was typed as an id"


@pytest.mark.slow
def test_the_log_has_a_line_for_each_request_and_no_address_as_it_was_sent(
    counter: Counter,
) -> None:
    customer = counter.own.customer_id
    route = next(row for row in OPERATIONS if row.operation == "customer")
    with counter.client() as client:
        answer = good(counter, route).to(client)
    line = counter.server.request_line(answer.headers["x-request-id"])
    assert line["route"] == "/customers/{customer_id}"
    assert customer not in str(line)
