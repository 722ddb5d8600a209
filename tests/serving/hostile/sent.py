"""Good requests, one for each route of the table, and the places in them where a text can stand.

A new route comes by itself: its request is the contract's example, with what exists in place of
what it names (`customer_id`, `customer_ids`, `decision_id`, `promise_id`, `list_id`, `export_id`,
`task_id`, `manager_id`, in the body or the address). What else must be true of it stands in `GOOD`.
"""

from __future__ import annotations

import copy
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema import Draft202012Validator

from features.catalogue import GROUPS
from serving.access.permissions import PERMISSIONS, ROLES, purposes_of
from serving.http.contract.openapi import document
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.contract.table import Route, Who
from tests.serving.hostile.conftest import LIST, PASSWORD, PEOPLE, UNKNOWN, Counter, Named

TABLE = routes(score_answer("CNY"))
CONTRACT = document(TABLE, "CNY", "1.0")
SCHEMAS = CONTRACT["components"]["schemas"]
OIDC = "/oidc/"  # off as shipped: the tests of its own have a provider
OPERATIONS = [
    row for row in TABLE.rows if row.operation and not row.is_page and not row.path.startswith(OIDC)
]
WITH_CALLER = [row for row in OPERATIONS if row.who is not Who.PUBLIC]

TASK = {"kind": "call", "text": "Ring them"}
NAMELESS = "at risk"  # a name that no request before has given
FOR_ALL = ("setSignOwner", "proposeChange", "acceptChange", "declineChange")  # not of a city alone
NUMBERS = itertools.count()

Place = tuple[str, *tuple[str | int, ...]]  # "path", "query" or "body", then where


@dataclass(frozen=True)
class Sent:
    """A request as it will be sent."""

    route: Route
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def put(self, place: Place, text: Any) -> Sent:
        """The same with this text in one place."""
        part, *where = place
        if part == "body":
            return replace(self, body=_put(self.body, where, text))
        name = str(where[0])
        if part == "path":
            return replace(self, path={**self.path, name: text})
        return replace(self, query={**self.query, name: text})

    def to(self, client: httpx.Client, **more: Any) -> httpx.Response:
        address = self.route.path
        for name, value in self.path.items():
            address = address.replace(f"{{{name}}}", quote(value, safe=""))
        body = {} if self.body is None else {"json": self.body}
        request = {"headers": self.headers, "params": self.query, **body, **more}
        return client.request(self.route.method, address, **request)


def _put(body: Any, where: list[Any], text: Any) -> Any:
    """A copy of the body with the text there; objects that lack on the way are made."""
    if not where:
        return text
    first, *rest = where
    found = copy.deepcopy(body)
    if isinstance(first, int):
        found = found or [None]
        found[first] = _put(found[first], rest, text)
        return found
    found = found or {}
    found[first] = _put(found.get(first), rest, text)
    return found


def role_of(route: Route) -> str:
    """A role that may call the route."""
    return PERMISSIONS[route.operation].roles[0]


def credentials(counter: Counter, route: Route) -> dict[str, str]:
    """The headers of who may call the route: limited to the city of `counter.own`, where it may be.

    They name a purpose where the role's own is none of the operation.
    """
    if route.who is Who.PUBLIC:
        return {}
    if route.who is Who.SESSION:
        return counter.session()
    role = role_of(route)
    keys = counter.everywhere if route.operation in FOR_ALL else counter.keys
    key = {"authorization": f"Bearer {keys[role].secret}"}
    permitted = purposes_of(route.operation, role)
    if not permitted or ROLES[role].purposes[0] in permitted:
        return key
    return key | {"liuke-purpose": permitted[0]}


def good(counter: Counter, route: Route, named: Named | None = None) -> Sent:
    """A request that is answered, about the customer of `named`."""
    about = vars(named or counter.own)
    example = None
    if route.form is not None:
        operation = CONTRACT["paths"][route.path][route.method.lower()]
        example = operation["requestBody"]["content"]["application/json"]["example"]
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    path = {name: about.get(name, NAMELESS) for name in names}
    own = Sent(route, credentials(counter, route), path, body=_naming(example, about))
    adapted = GOOD.get(route.operation)
    return own if adapted is None else adapted(counter, own)


def _naming(value: Any, about: Mapping[str, str]) -> Any:
    """The example with what exists in place of what it names."""
    if isinstance(value, list):
        return [_naming(own, about) for own in value]
    if not isinstance(value, dict):
        return value
    own = {name: about.get(name, _naming(one, about)) for name, one in value.items()}
    return own | ({"customer_ids": [about["customer_id"]]} if "customer_ids" in own else {})


def new_text() -> str:
    return uuid.uuid4().hex


def _event(_: Counter, sent: Sent) -> Sent:
    fields = {**sent.body["fields"], "complaint_id": f"K{new_text()}"}
    return replace(sent, body={**sent.body, "key": new_text(), "fields": fields})


def _outcome(_: Counter, sent: Sent) -> Sent:
    """One that can be reported again and again: a decision ends once."""
    body = {name: sent.body[name] for name in ("customer_id", "decision_id", "purpose")}
    confirmed = {"confirmation": sent.body["confirmation"]}
    return replace(sent, body={**body, "key": new_text(), "outcome": "no_answer", **confirmed})


def _rows(counter: Counter, sent: Sent) -> Sent:
    return replace(sent, body={"model": "customers", "rows": [dict(counter.row)]})


def _sign_in(_: Counter, sent: Sent) -> Sent:
    return replace(sent, body={"user": PEOPLE[0], "password": PASSWORD})


def _phone(counter: Counter, sent: Sent) -> Sent:
    return sent.put(("body", "phone"), counter.phones[counter.own.customer_id])


def _objector(counter: Counter, customer_id: str) -> str:
    """Another customer of the city: whom the other routes name must not object."""
    return counter.spare if customer_id == counter.own.customer_id else customer_id


def _objection(counter: Counter, sent: Sent) -> Sent:
    return sent.put(("body", "customer_id"), _objector(counter, sent.body["customer_id"]))


def _with_objection(counter: Counter, sent: Sent) -> Sent:
    """Taking back needs one that holds."""
    own = _objector(counter, sent.path["customer_id"])
    with counter.client() as client:
        Sent(_row("recordObjection"), sent.headers, body={"customer_id": own}).to(client)
    return replace(sent, path={"customer_id": own})


def _with_view(counter: Counter, sent: Sent) -> Sent:
    with counter.client() as client:
        search = {"search": {"city": counter.city}}
        Sent(_row("saveView"), sent.headers, sent.path, body=search).to(client)
    return sent


def _list(_: Counter, sent: Sent) -> Sent:
    """One of no customer: to make the others takes the process beside the service seconds."""
    some = {"size": 20, "filter": {"customer_id": UNKNOWN.customer_id}}
    return replace(
        sent, body={**LIST, **some, "name": "Spring", "offers": [], "view": "", "capacity": {}}
    )


def _revoked(counter: Counter, sent: Sent) -> Sent:
    """A list is revoked once."""
    if sent.path["list_id"] != counter.own.list_id:
        return sent
    with counter.client() as client:
        made = good(counter, _row("requestList")).to(client).json()
    return replace(sent, path={"list_id": made["id"]})


def _export(counter: Counter, sent: Sent) -> Sent:
    """An export that waits, of the customers who may be contacted now."""
    if sent.path["export_id"] != counter.own.export_id:
        return sent
    with counter.client() as client:
        answer = good(counter, _row("requestExport")).to(client)
    assert answer.is_success, answer.text
    return replace(sent, path={"export_id": answer.json()["id"]})


def _with_task(counter: Counter, sent: Sent) -> Sent:
    """A task ends once, and takes no note then: a new one for each."""
    if sent.path["task_id"] != counter.own.task_id:
        return sent
    route, own = _row("issueTask"), counter.own
    body = {"manager_id": own.manager_id, "customer_id": own.customer_id, **TASK}
    with counter.client() as client:
        task = Sent(route, credentials(counter, route), body=body).to(client).json()
    return replace(sent, path={"task_id": task["task_id"]})


def _with_done_task(counter: Counter, sent: Sent) -> Sent:
    """It is evaluated by who issued it, once it is done."""
    if sent.path["task_id"] != counter.own.task_id:
        return sent
    sent, route = _with_task(counter, sent), _row("finishTask")
    with counter.client() as client:
        body = {"outcome": "settled"}
        Sent(route, credentials(counter, route), sent.path, body=body).to(client)
    return sent


def _manager(_: Counter, sent: Sent) -> Sent:
    """One that may be changed again and again."""
    return replace(sent, body={"note": "Seen to"})


def _analysis(_: Counter, sent: Sent) -> Sent:
    name = "development" if sent.path["name"] == NAMELESS else sent.path["name"]
    return replace(sent, path={"name": name}, query={"from": "2025-11-01", "to": "2026-02-01"})


def _batch(counter: Counter, sent: Sent) -> Sent:
    """The reminder of a new task, as its preview shows it: a task is reminded of once a day."""
    good(counter, _row("noteTask"))
    search = {"customer_id": counter.own.customer_id}
    body = {"action": "remind", "search": search, "text": "Ring them today"}
    with counter.client() as client:
        route = _row("previewBatch")
        seen = Sent(route, credentials(counter, route), body=body).to(client).json()
    return replace(sent, body={**body, "mark": seen["mark"]})


def _with_batch(counter: Counter, sent: Sent) -> Sent:
    """A batch is taken back once."""
    if sent.path["batch_id"] != NAMELESS:
        return sent
    with counter.client() as client:
        made = good(counter, _row("doBatch")).to(client).json()
    return replace(sent, path={"batch_id": made["batch_id"]})


def _sign(_: Counter, sent: Sent) -> Sent:
    sign = next(iter(GROUPS)) if sent.path["sign"] == NAMELESS else sent.path["sign"]
    return replace(sent, path={"sign": sign}, body={**sent.body, "due": "2999-12-31"})


def _change(_: Counter, sent: Sent) -> Sent:
    """A value that is not in force yet."""
    edit = {"key": "limits.clerk.gold", "value": 40 + next(NUMBERS) / 100}
    return replace(sent, body={"edits": [edit], "why": "Gold customers were lost"})


def _with_change(counter: Counter, sent: Sent) -> Sent:
    """A change ends once."""
    if sent.path["change_id"] != NAMELESS:
        return sent
    with counter.client() as client:
        made = good(counter, _row("proposeChange")).to(client).json()
    return replace(sent, path={"change_id": made["change_id"]})


def _row(operation: str) -> Route:
    return next(row for row in OPERATIONS if row.operation == operation)


GOOD: Mapping[str, Callable[[Counter, Sent], Sent]] = {
    "postEvent": _event,
    "postOutcome": _outcome,
    "scoreRows": _rows,
    "signIn": _sign_in,
    "findCustomer": _phone,
    "recordObjection": _objection,
    "withdrawObjection": _with_objection,
    "deleteView": _with_view,
    "requestList": _list,
    "revokeList": _revoked,
    "approveExport": _export,
    "fetchExport": _export,
    "noteTask": _with_task,
    "finishTask": _with_task,
    "evaluateTask": _with_done_task,
    "cancelTask": _with_task,
    "saveManager": _manager,
    "doBatch": _batch,
    "undoBatch": _with_batch,
    "setSignOwner": _sign,
    "proposeChange": _change,
    "acceptChange": _with_change,
    "declineChange": _with_change,
    "analyse": _analysis,
    "analysisFile": _analysis,
}


def places(sent: Sent) -> Iterator[Place]:
    """Where a text can stand in the request."""
    for name in sent.path:
        yield ("path", name)
    route = sent.route
    listed = CONTRACT["paths"][route.path][route.method.lower()].get("parameters", [])
    yield from (("query", own["name"]) for own in listed if own["in"] == "query")
    if route.form is not None:
        schema = {"$ref": f"#/components/schemas/{route.form.__name__}"}
        for where in _texts(schema, sent.body):
            yield ("body", *where)


def _texts(schema: Mapping[str, Any], example: Any) -> Iterator[tuple[str | int, ...]]:
    """Where in a body of this schema a text can stand; of free objects, at the example's names."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    options = schema.get("anyOf", [schema])
    if any(own.get("type") == "string" for own in options):
        yield ()
        return
    for own in options:
        if "$ref" in own:
            yield from _texts(own, example)
        elif own.get("type") == "array":
            inner = example[0] if isinstance(example, list) and example else None
            yield from ((0, *where) for where in _texts(own["items"], inner))
        elif own.get("type") == "object":
            yield from _of_object(own, example if isinstance(example, dict) else {})


def _of_object(
    schema: Mapping[str, Any], example: Mapping[str, Any]
) -> Iterator[tuple[str | int, ...]]:
    free = schema.get("additionalProperties")
    inside = dict(schema.get("properties", {}))
    if isinstance(free, dict):
        inside |= dict.fromkeys(example, free)
    for name, own in inside.items():
        yield from ((name, *where) for where in _texts(own, example.get(name)))


def misfit(route: Route, answer: httpx.Response) -> str | None:
    """What is wrong with an answer by the contract; null where it is as the contract says.

    An address that is not in the table has no row of its own there: it is `not_found`.
    """
    listed = CONTRACT["paths"][route.path][route.method.lower()]["responses"]
    own = listed.get(str(answer.status_code))
    if own is None:
        return f"{answer.status_code} is not in the contract: {answer.text[:300]}"
    kind = answer.headers["content-type"].partition(";")[0]
    if kind not in own["content"]:
        return f"{kind} is not in the contract"
    schema = own["content"][kind]["schema"]
    if kind != "application/json" or not schema:
        return None
    checked = Draft202012Validator({**schema, "components": CONTRACT["components"]})
    found = next(checked.iter_errors(answer.json()), None)
    return None if found is None else f"{found.message[:300]} ({answer.text[:300]})"
