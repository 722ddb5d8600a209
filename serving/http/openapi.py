"""`/docs.json`: the contract in OpenAPI 3.1, built from the forms that the gateway checks with.

Each route is one entry of `operations`: what it takes, an example answer, and every refusal
that it can give, by status and code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from features import catalogue
from serving.http.errors import STATUS
from serving.http.schemas import ErrorAnswer, ScoreRequest, ScoreRowsAnswer, ScoreRowsRequest
from serving.scoring.reasons import TIER, in_words
from serving.scoring.table_rows import row_sign

KEY = "key"
COMPONENT = "#/components/schemas/{model}"
EVERYWHERE = (
    "malformed_request", "headers_too_large", "method_not_allowed", "internal",
    "too_many_connections",
)  # fmt: skip
WITH_KEY = ("unauthorized",)
WITH_BODY = (
    "malformed_json", "malformed_gzip", "body_too_slow", "body_too_large", "wrong_content_type",
    "wrong_content_encoding", "invalid_request", "overloaded", "not_ready", "too_slow",
)  # fmt: skip
NOT_READY = ("bundle", "fingerprint_mismatch", "lake", "no_champion", "settings")
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
    "not_ready": "the service is not ready; try again shortly",
    "settings": "the champion's amounts are in CNY, the service names them in EUR.",
    "too_many_connections": "too many connections; try again shortly",
    "too_slow": "the answer took too long; ask for fewer customers",
}
DETAILS: dict[str, dict[str, Any]] = {
    "unknown_customers": {"customer_ids": ["C0099999"]},
    "method_not_allowed": {"allow": "POST"},
    "body_too_large": {"limit_bytes": 524288},
    "wrong_content_encoding": {"accepted": ["gzip", "identity"]},
    "invalid_request": {"problems": [{"field": "customer_ids", "message": "Field required"}]},
    "table": {"row": 0, "missing": ["tenure"]},
    "fingerprint_mismatch": {"missing": ["plan_fee_cny"], "changed": []},
}


@dataclass(frozen=True)
class Operation:
    """One route. `takes` and `gives` are (form, example); text where `gives` is a media type."""

    path: str
    id: str
    summary: str
    codes: Sequence[str]
    gives: tuple[type[BaseModel], Any] | str
    takes: tuple[type[BaseModel], Any] | None = None
    description: str = ""

    @property
    def method(self) -> str:
        return "get" if self.takes is None else "post"


def operations(answer: type[BaseModel], currency: str) -> tuple[Operation, ...]:
    """Every route; `answer` is the form of `/score`'s answer, with amounts in `currency`."""
    posted = (*WITH_KEY, *WITH_BODY)
    text = "text/plain"
    return (
        Operation(
            "/score",
            "score",
            "Churn risk, value and reasons of 1 to 1,000 customers.",
            (*posted, *NOT_READY, "unknown_customers"),
            (answer, _score_example(currency)),
            (ScoreRequest, {"customer_ids": ["C0012345"], "language": "en"}),
            "All or nothing: one unknown id refuses the request and names it.",
        ),
        Operation(
            "/score-rows",
            "scoreRows",
            "Risk and reasons of rows of a table of your own, by the table's model.",
            (*posted, "bundle", "settings", "unknown_table", "table"),
            (ScoreRowsAnswer, ROWS_ANSWER),
            (ScoreRowsRequest, ROWS_REQUEST),
            "All or nothing: other columns, or a value that a column cannot hold, refuse all.",
        ),
        Operation("/readyz", "ready", "Whether /score can answer.", NOT_READY, text),
        Operation("/livez", "live", "Whether the process answers.", (), text),
        Operation("/healthz", "health", "The same as /livez.", (), text),
        Operation("/metrics", "metrics", "Metrics in Prometheus' text format.", (), text),
        Operation("/docs.json", "contract", "This document.", (), "application/json"),
        Operation("/", "page", "A page for people.", (), "text/html"),
    )


def document(routes: Sequence[Operation], version: str) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    forms: list[tuple[type[BaseModel], Any]] = [(ErrorAnswer, "serialization")]
    for route in routes:
        forms += [(route.takes[0], "validation")] if route.takes else []
        forms += [] if isinstance(route.gives, str) else [(route.gives[0], "serialization")]
    _, schemas = models_json_schema(forms, ref_template=COMPONENT)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liuke",
            "version": version,
            "summary": "Churn risk, value and reasons of an operator's customers.",
        },
        "servers": [{"url": "/"}],
        "paths": {route.path: {route.method: _operation(route)} for route in routes},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {KEY: {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Operation) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": route.id, "summary": route.summary}
    if route.description:
        operation["description"] = route.description
    if route.takes:
        operation["security"] = [{KEY: []}]
        operation["requestBody"] = {"required": True, "content": _json(*route.takes)}
    gives = {route.gives: {"schema": {}}} if isinstance(route.gives, str) else _json(*route.gives)
    codes = (*route.codes, *EVERYWHERE)
    statuses = sorted({STATUS[code] for code in codes})
    operation["responses"] = {
        "200": {"description": "the answer", "content": gives},
        **{
            str(status): _refusals([code for code in codes if STATUS[code] == status])
            for status in statuses
        },
    }
    return operation


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
