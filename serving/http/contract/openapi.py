"""`/docs.json`: the contract in OpenAPI 3.1, built from the table that the gateway admits by.

What the table does not need stands beside it: examples of forms and answers in `examples`, of
refusals in `refusals`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.access.permissions import PURPOSE_HEADER, all_purposes_of
from serving.http.contract.errors import STATUS
from serving.http.contract.examples import examples
from serving.http.contract.refusals import DETAILS, MESSAGES
from serving.http.contract.schemas import ErrorAnswer
from serving.http.contract.table import Route, Routes, Who
from serving.http.same_origin import COOKIE

KEY, SESSION = "key", "session"
COMPONENT = "#/components/schemas/{model}"
EVERYWHERE = (
    "malformed_request", "headers_too_large", "method_not_allowed", "internal",
    "too_many_connections", "too_slow",
)  # fmt: skip
OF_CALLERS = ("unauthorized", "forbidden", "rate_limited", "lake", "not_ready")
WITH_CALLER: dict[Who, tuple[str, ...]] = {
    Who.PUBLIC: (),
    Who.KEY: OF_CALLERS,
    Who.SESSION: (*OF_CALLERS, "csrf"),
    Who.KNOWN: (*OF_CALLERS, "csrf"),
}
SECURITY: dict[Who, list[dict[str, list[str]]]] = {
    Who.KEY: [{KEY: []}],
    Who.SESSION: [{SESSION: []}],
    Who.KNOWN: [{KEY: []}, {SESSION: []}],
}
IN_PATH = ("invalid_request", "not_found")  # an empty part, or one with a slash, is not found
NAME = {"type": "string", "minLength": 1}
SCHEMES = {
    KEY: {"type": "http", "scheme": "bearer"},
    SESSION: {"type": "apiKey", "in": "cookie", "name": COOKIE},
}
WITH_BODY = (
    "malformed_json", "malformed_gzip", "body_too_slow", "body_too_large", "wrong_content_type",
    "wrong_content_encoding", "invalid_request", "overloaded", "not_ready", "too_slow",
)  # fmt: skip


def document(routes: Routes, currency: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of these routes, its examples with amounts in `currency`."""
    listed = [route for route in routes.rows if route.operation and not route.is_page]
    forms: list[tuple[type[BaseModel], Any]] = [(ErrorAnswer, "serialization")]
    for route in listed:
        forms += [(route.form, "validation")] if route.form else []
        forms += [] if isinstance(route.answer, str) else [(route.answer, "serialization")]
    _, schemas = models_json_schema(forms, ref_template=COMPONENT)
    known, paths = examples(currency), dict[str, dict[str, Any]]()
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, known.get(route.operation)
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liuke",
            "version": version,
            "summary": "Churn risk, value and reasons of an operator's customers.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": SCHEMES,
        },
    }


def _operation(route: Route, example: tuple[Any, Any] | None) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": route.operation, "summary": route.purpose}
    if route.note:
        operation["description"] = route.note
    if route.who in SECURITY:
        operation["security"] = SECURITY[route.who]
    if route.query:
        operation["parameters"] = list(_parameters(route.query))
    if "{" in route.path:
        operation.setdefault("parameters", []).extend(_names_in(route.path))
    purposes = all_purposes_of(route.operation)
    if purposes:
        operation.setdefault("parameters", []).append(_purpose_among(purposes))
    if route.form:
        assert example is not None
        operation["requestBody"] = {"required": True, "content": _json(route.form, example[0])}
    if isinstance(route.answer, str):
        content: dict[str, Any] = {kind: {"schema": {}} for kind in route.answer.split(", ")}
    else:
        assert example is not None
        content = _json(route.answer, example[1])
    codes = _codes(route)
    statuses = sorted({STATUS[code] for code in codes})
    operation["responses"] = {
        str(route.status): {"description": "the answer", "content": content},
        **{
            str(status): _refusals([code for code in codes if STATUS[code] == status])
            for status in statuses
        },
    }
    return operation


def _parameters(query: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """What may follow the question mark; what is absent there is null in the form."""
    schema = query.model_json_schema()
    for name, own in schema["properties"].items():
        (kind,) = [one for one in own.get("anyOf", [own]) if one.get("type") != "null"]
        kept = ("type", "format", "minLength", "maxLength", "minimum", "maximum", "default")
        parameter = {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": {key: kind[key] for key in kept if key in kind},
        }
        if "description" in own:
            parameter["description"] = own["description"]
        if "examples" in own:
            parameter["example"] = own["examples"][0]
        yield parameter


def _names_in(path: str) -> Iterator[dict[str, Any]]:
    """What stands for the names in a path."""
    for name in re.findall(r"\{(\w+)\}", path):
        yield {"name": name, "in": "path", "required": True, "schema": NAME}


def _purpose_among(purposes: Sequence[str]) -> dict[str, Any]:
    """The header that names why a customer is looked at."""
    return {
        "name": PURPOSE_HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "enum": list(purposes)},
        "description": "Why: one of the purposes of the caller's role, and the same as in the body "
        "where that names one. Without either that of the key counts; people name one.",
    }


def _codes(route: Route) -> tuple[str, ...]:
    """Every refusal that the route can give."""
    with_body = WITH_BODY if route.form else ()
    with_query = ("invalid_request",) if route.query else ()
    in_path = IN_PATH if "{" in route.path else ()
    with_purpose = ("purpose",) if all_purposes_of(route.operation) else ()
    own = (*WITH_CALLER[route.who], *with_purpose, *with_body, *with_query, *in_path)
    return tuple(dict.fromkeys((*own, *route.refusals, *EVERYWHERE)))


def _json(form: type[BaseModel], example: Any) -> dict[str, Any]:
    schema = {"$ref": COMPONENT.format(model=form.__name__)}
    return {"application/json": {"schema": schema, "example": example}}


def _refusals(codes: Sequence[str]) -> dict[str, Any]:
    """The response of one status: the codes that a program can meet, each with an example."""
    one_of = {"properties": {"error": {"properties": {"code": {"enum": sorted(codes)}}}}}
    examples = {
        code: {
            "value": {
                "error": {"code": code, "message": MESSAGES[code], "details": DETAILS.get(code, {})}
            }
        }
        for code in sorted(codes)
    }
    schema = {"allOf": [{"$ref": COMPONENT.format(model=ErrorAnswer.__name__)}, one_of]}
    return {
        "description": f"code: {', '.join(sorted(codes))}",
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }
