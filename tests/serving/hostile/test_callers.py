"""Callers who may not: another role, a closed key, another city's customer, a replay."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from serving.access.permissions import PERMISSIONS, ROLES
from serving.database.tables import audit, contacts
from serving.http.contract.table import Route, Who
from tests.serving.hostile.conftest import UNKNOWN, Counter, Named
from tests.serving.hostile.sent import OPERATIONS, WITH_CALLER, Sent, good, misfit, new_text
from tests.serving.hostile.test_texts import check, check_audited, code_of, kept

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

NAMES = (
    "customer_id", "decision_id", "promise_id", "list_id", "export_id", "task_id", "manager_id",
)  # fmt: skip


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, code_of(answer)


def keyed(sent: Sent, secret: str) -> Sent:
    return replace(sent, headers={"authorization": f"Bearer {secret}"})


@pytest.mark.parametrize("route", WITH_CALLER, ids=lambda own: own.operation)
def test_who_may_not_call_is_refused_and_recorded(counter: Counter, route: Route) -> None:
    sent = good(counter, route)
    before, answers = kept(counter), []
    with counter.client() as client:

        def refused(own: Sent, expected: tuple[int, str], name: str) -> None:
            answer = own.to(client)
            check(route, answer, name)
            assert error(answer) == expected, name
            answers.append(answer)

        closed = (401, "unauthorized")
        refused(replace(sent, headers={}), closed, "no key")
        for name, secret in (
            ("revoked", counter.revoked.secret),
            ("expired", counter.expired.secret),
            ("unknown", "liuke_" + "a" * 43),
            ("SQL", "' OR '1'='1"),
            ("long", "a" * 8000),
            ("upper case", counter.keys["store"].secret.upper()),
        ):
            refused(keyed(sent, secret), closed, name)
        for role in set(ROLES) - set(PERMISSIONS[route.operation].roles):
            is_person = route.who is Who.SESSION
            own = keyed(sent, counter.keys[role].secret)
            refused(own, closed if is_person else (403, "forbidden"), role)
    check_audited(counter, route, answers)
    assert kept(counter) == before


def named_in(sent: Sent) -> list[str]:
    """The ids of what the request names: customers, decisions, lists, tasks and others."""
    named = {*sent.path, *(sent.body if isinstance(sent.body, dict) else {})}
    many = ["customer_id"] if "customer_ids" in named else []
    return [*many, *(name for name in NAMES if name in named)]


WITH_IDS = [row for row in WITH_CALLER if row.query is None or "{" in row.path]


def naming(counter: Counter, route: Route, found: Named, name: str) -> Sent:
    """The good request with another's id in place of this one."""
    return good(counter, route, replace(counter.own, **{name: getattr(found, name)}))


@pytest.mark.parametrize("route", WITH_IDS, ids=lambda own: own.operation)
def test_anothers_customer_decision_and_promise_are_as_unknown_ones(
    counter: Counter, route: Route
) -> None:
    """Byte for byte but for the id that the caller wrote, and each attempt has its row."""
    with counter.client() as client:
        for name in named_in(good(counter, route)):
            pair = []
            for found in (counter.others, UNKNOWN):
                sent = naming(counter, route, found, name)
                before = kept(counter)
                answer = sent.to(client)
                assert answer.status_code == 404, (name, answer.text)
                assert misfit(route, answer) is None
                assert kept(counter) == before
                check_audited(counter, route, [answer])
                headers = {**answer.headers, "x-request-id": "", "date": "", "content-length": ""}
                pair.append((answer.text.replace(getattr(found, name), "ID"), headers))
            assert pair[0] == pair[1], name


def test_ids_are_looked_for_in_every_route_that_has_some(counter: Counter) -> None:
    """So that the test above is not empty: a new route that names a customer is in it."""
    found = {row.operation for row in WITH_IDS if named_in(good(counter, row))}
    assert found >= {
        "score", "decide", "postEvent", "postOutcome", "customer", "recordObjection",
        "withdrawObjection", "makePromise", "keepPromise", "showList", "listCurve", "whyListed",
        "revokeList", "requestExport", "approveExport", "fetchExport", "issueTask", "noteTask",
        "finishTask", "evaluateTask", "cancelTask", "manager", "managerPerformance", "saveManager",
        "standing", "riskMoved", "listRows", "replayDecision", "explain",
    }  # fmt: skip


def test_a_search_finds_no_customer_of_another_city(counter: Counter) -> None:
    rows = {row.operation: row for row in OPERATIONS}
    others = counter.others.customer_id
    with counter.client() as client:
        for query in ({"customer_id": others}, {"limit": "500", "columns": "customer_id,city"}):
            found = replace(good(counter, rows["searchCustomers"]), query=query).to(client)
            assert others not in found.text
            exported = replace(good(counter, rows["exportCustomers"]), query=query)
            exported = replace(exported, query={n: v for n, v in query.items() if n != "limit"})
            assert others not in exported.to(client).text
        shown = good(counter, rows["customer"]).to(client).json()
        assert shown["profile"]["city"] == counter.city


OTHER_CONTENT: list[dict[str, Any]] = [
    {"outcome": "service_fixed"},
    {"reason": "price"},
    {"confirmation": {"kind": "signature", "reference": "another form"}},
]


def outcomes(counter: Counter, key: str) -> list[Any]:
    with counter.engine.connect() as connection:
        query = select(contacts.c.caller, contacts.c.outcome)
        return list(connection.execute(query.where(contacts.c.idempotency_key == key)))


@pytest.mark.parametrize("other", OTHER_CONTENT, ids=lambda own: next(iter(own)))
def test_a_replayed_outcome_is_recorded_once_and_with_other_content_refused(
    counter: Counter, other: dict[str, Any]
) -> None:
    route = next(row for row in OPERATIONS if row.operation == "postOutcome")
    sent = good(counter, route)
    with counter.client() as client:
        first = sent.to(client)
        again = sent.to(client)
        by_another = keyed(sent, counter.keys["hotline"].secret).to(client)
        altered = replace(sent, body={**sent.body, **other}).to(client)
        theirs = keyed(replace(sent, body={**sent.body, **other}), counter.keys["hotline"].secret)
        altered_by_another = theirs.to(client)
    assert first.json() == again.json() == by_another.json()
    assert error(altered) == error(altered_by_another) == (409, "conflict")
    assert outcomes(counter, sent.body["key"]) == [(counter.keys["store"].id, "no_answer")]
    answers = [first, again, by_another, altered, altered_by_another]
    check_audited(counter, route, answers)


def test_a_replayed_event_is_recorded_once_and_with_other_content_refused(
    counter: Counter,
) -> None:
    route = next(row for row in OPERATIONS if row.operation == "postEvent")
    sent = good(counter, route)
    with counter.client() as client:
        first, again = sent.to(client), sent.to(client)
        altered = sent.put(("body", "fields", "category"), new_text()).to(client)
    assert first.json() == again.json()
    assert error(altered) == (409, "event_key")
    check_audited(counter, route, [first, again, altered])


def test_a_decision_of_another_customer_takes_no_outcome(counter: Counter) -> None:
    """Neither with one's own customer nor by who knows both ids."""
    route = next(row for row in OPERATIONS if row.operation == "postOutcome")
    for mixed in (
        replace(counter.own, decision_id=counter.others.decision_id),
        replace(counter.own, customer_id=counter.spare),
    ):
        sent = good(counter, route, mixed)
        with counter.client() as client:
            answer = sent.to(client)
        assert error(answer) == (404, "unknown_decision")
        assert outcomes(counter, sent.body["key"]) == []


def test_what_the_audit_keeps_names_who_tried(counter: Counter) -> None:
    """The auditor finds the attempt at another city's customer by that customer."""
    rows = {row.operation: row for row in OPERATIONS}
    with counter.client() as client:
        tried = naming(counter, rows["customer"], counter.others, "customer_id").to(client)
        query = {"customer": counter.others.customer_id, "code": "unknown_customers"}
        # The auditor's key is limited to no customers: the audit names all.
        found = replace(good(counter, rows["searchAudit"]), query=query).to(client).json()
    ids = [row["request_id"] for row in found["rows"]]
    assert tried.headers["x-request-id"] in ids
    with counter.engine.connect() as connection:
        own = audit.c.request_id == tried.headers["x-request-id"]
        row = connection.execute(select(audit).where(own)).one()
    assert counter.others.customer_id not in json.dumps(row._asdict(), default=str)
