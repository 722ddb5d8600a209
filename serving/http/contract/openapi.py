"""`/docs.json`: the contract in OpenAPI 3.1, built from the table that the gateway admits by.

Here are what the table does not need: an example of each form and answer, and every refusal that
a route can give, by status and code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from features import catalogue
from serving.http.contract.errors import STATUS
from serving.http.contract.forms.objections import (
    OBJECTION_ANSWER,
    OBJECTION_REQUEST,
    WITHDRAWN_ANSWER,
)
from serving.http.contract.routes import Route, Routes, Who
from serving.http.contract.schemas import ErrorAnswer
from serving.scoring.reasons import TIER, in_words
from serving.scoring.table_rows import row_sign

KEY = "key"
COMPONENT = "#/components/schemas/{model}"
EVERYWHERE = (
    "malformed_request", "headers_too_large", "method_not_allowed", "internal",
    "too_many_connections",
)  # fmt: skip
WITH_CALLER: dict[Who, tuple[str, ...]] = {Who.PUBLIC: (), Who.KEY: ("unauthorized",)}
WITH_BODY = (
    "malformed_json", "malformed_gzip", "body_too_slow", "body_too_large", "wrong_content_type",
    "wrong_content_encoding", "invalid_request", "overloaded", "not_ready", "too_slow",
)  # fmt: skip
MESSAGES = {
    "malformed_request": "this is not HTTP/1.1: Missing mandatory Host: header",
    "headers_too_large": "the headers have more than 16384 bytes; send fewer of them",
    "malformed_json": "the body is not JSON: EOF while parsing a list at line 1 column 18",
    "malformed_gzip": "the body is not gzip: it is cut off",
    "unauthorized": "a key is needed: send the header `Authorization: Bearer <key>`",
    "unknown_customers": "no score for 1 of 2 customers: they are not in the network at "
    "2026-03-02, or the id is wrong.",
    "unknown_table": "no table 'shops' has been trained",
    "method_not_allowed": "this address takes another method; the header Allow names it",
    "body_too_slow": "the body did not arrive within 10 seconds; send it again",
    "body_too_large": "the body is larger than 524288 bytes; "
    "send fewer customers or rows at a time",
    "wrong_content_type": "the content type is 'text/plain'; send the body as application/json",
    "wrong_content_encoding": "the content encoding is 'br'; send the body as gzip, or as it "
    "stands without the header Content-Encoding",
    "invalid_request": "customer_ids: Field required",
    "table": "row 0 (counted from 0) lacks tenure. Give every column in every row; a missing "
    "value is null.",
    "overloaded": "too many requests at once; try again shortly",
    "internal": "the service failed at this request; its log says why. Try again later.",
    "bundle": "the model's files are altered. Restore the bundle from the registry or roll back "
    "with `liuke rollback`.",
    "fingerprint_mismatch": "the champion was trained on other features than those scored last "
    "night (missing: plan_fee_cny). Run `liuke score --as-of DATE`, or go back to the champion "
    "before with `liuke rollback`.",
    "lake": "no customer has been scored in the home. Run `liuke score --as-of DATE`.",
    "no_champion": "no model has been promoted in the home. Train one with "
    "`liuke train --as-of DATE`, then `liuke promote`.",
    "no_objection": "C0012345 has no objection that holds",
    "objection": "1 of 2 customers object to automated decisions: no score is shown or used for "
    "them. Serve them by the rules, and score the others.",
    "not_ready": "the service is not ready; try again shortly",
    "settings": "the champion's amounts are in CNY, the service names them in EUR.",
    "too_many_connections": "too many connections; try again shortly",
    "too_slow": "the answer took too long; ask for fewer customers",
}
DETAILS: dict[str, dict[str, Any]] = {
    "unknown_customers": {"customer_ids": ["C0099999"]},
    "objection": {"customer_ids": ["C0012345"]},
    "method_not_allowed": {"allow": "POST"},
    "body_too_large": {"limit_bytes": 524288},
    "wrong_content_encoding": {"accepted": ["gzip", "identity"]},
    "invalid_request": {"problems": [{"field": "customer_ids", "message": "Field required"}]},
    "table": {"row": 0, "missing": ["tenure"]},
    "fingerprint_mismatch": {"missing": ["plan_fee_cny"], "changed": []},
}


def document(routes: Routes, currency: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of these routes, its examples with amounts in `currency`."""
    listed = [route for route in routes.rows if route.operation]
    forms: list[tuple[type[BaseModel], Any]] = [(ErrorAnswer, "serialization")]
    for route in listed:
        forms += [(route.form, "validation")] if route.form else []
        forms += [] if isinstance(route.answer, str) else [(route.answer, "serialization")]
    _, schemas = models_json_schema(forms, ref_template=COMPONENT)
    paths: dict[str, dict[str, Any]] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, currency)
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
            "securitySchemes": {KEY: {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, currency: str) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": route.operation, "summary": route.purpose}
    if route.note:
        operation["description"] = route.note
    if route.who is Who.KEY:
        operation["security"] = [{KEY: []}]
    if route.query:
        operation["parameters"] = list(_parameters(route.query))
    if "{" in route.path:
        operation.setdefault("parameters", []).extend(_names_in(route.path))
    examples = _examples(currency).get(route.path)
    if route.form:
        assert examples is not None
        operation["requestBody"] = {"required": True, "content": _json(route.form, examples[0])}
    if isinstance(route.answer, str):
        content: dict[str, Any] = {route.answer: {"schema": {}}}
    else:
        assert examples is not None
        content = _json(route.answer, examples[1])
    codes = _codes(route)
    statuses = sorted({STATUS[code] for code in codes})
    operation["responses"] = {
        "200": {"description": "the answer", "content": content},
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
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _codes(route: Route) -> tuple[str, ...]:
    """Every refusal that the route can give."""
    with_body = WITH_BODY if route.form else ()
    return (*WITH_CALLER[route.who], *with_body, *route.refusals, *EVERYWHERE)


def _examples(currency: str) -> dict[str, tuple[Any, Any]]:
    """By path an example of the body and of the answer."""
    return {
        "/score": ({"customer_ids": ["C0012345"], "language": "en"}, _score_example(currency)),
        "/score-rows": (ROWS_REQUEST, ROWS_ANSWER),
        "/objections": (OBJECTION_REQUEST, OBJECTION_ANSWER),
        "/objections/{customer_id}": (None, WITHDRAWN_ANSWER),
        "/audit": (None, AUDIT_ANSWER),
    }


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


def _score_example(currency: str) -> dict[str, Any]:
    named = {feature.name: feature for feature in catalogue.features(currency)}
    drops = {"feature": "dropped_calls_4w", "value": 22.0, "effect": 0.58}
    data = {"feature": "data_mb_4w", "value": 9120.0, "effect": 0.21}
    reason = in_words(drops, named["dropped_calls_4w"], "en")
    tier_reason = in_words(data, named["data_mb_4w"], "en", TIER)
    return {
        "scores": [
            {
                "customer_id": "C0012345",
                "churn_risk": 0.608,
                "reasons": [reason],
                "value_tier": "gold",
                "tier_probabilities": {
                    "standard": 0.02, "silver": 0.2, "gold": 0.7, "diamond": 0.08,
                },
                "tier_reasons": [tier_reason],
                "model_version": "1",
                "as_of": "2026-03-02",
                "answered_by": "live",
                f"margin_{currency.lower()}": 41.5,
                f"value_at_stake_{currency.lower()}": 312.4,
            }
        ]
    }  # fmt: skip


ROWS_REQUEST = {"model": "shops", "rows": [{"tenure": 3, "contract": "monthly"}], "language": "en"}
ROWS_ANSWER = {
    "model": "shops",
    "model_version": "1",
    "scores": [
        {
            "risk": 0.41,
            "reasons": [
                {
                    "feature": "contract",
                    "text": row_sign("contract", "monthly", 0.7, "en"),
                    "direction": "up",
                    "value": "monthly",
                    "effect": 0.7,
                }
            ],
            "unknown_levels": {},
        }
    ],
}  # fmt: skip
AUDIT_ANSWER = {
    "rows": [
        {
            "number": 812,
            "at": "2026-03-02T09:00:00.123456",
            "request_id": "5f0c22a8d1b0e7c4",
            "caller": "a1b2c3d4e5f6",
            "role": "store",
            "method": "POST",
            "route": "/score",
            "purpose": "customer_present",
            "status": 200,
            "code": "",
            "subjects": 1,
            "detail": {},
        }
    ],
    "next": None,
}
