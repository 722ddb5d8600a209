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
from serving.access.permissions import PURPOSE_HEADER, all_purposes_of
from serving.http.contract.errors import STATUS
from serving.http.contract.examples import EXAMPLES
from serving.http.contract.forms.campaigns import EXAMPLES as CAMPAIGN_EXAMPLES
from serving.http.contract.forms.explain import EXPLAIN_ANSWER, EXPLAIN_REQUEST
from serving.http.contract.forms.lists import EXAMPLES as LIST_EXAMPLES
from serving.http.contract.forms.managers.archive import EXAMPLES as MANAGER_EXAMPLES
from serving.http.contract.forms.managers.tasks import EXAMPLES as TASK_EXAMPLES
from serving.http.contract.forms.objections import (
    OBJECTION_ANSWER,
    OBJECTION_REQUEST,
    WITHDRAWN_ANSWER,
)
from serving.http.contract.routes import Route, Routes, Who
from serving.http.contract.schemas import ErrorAnswer
from serving.http.same_origin import COOKIE
from serving.scoring.reasons import TIER, in_words
from serving.scoring.table_rows import row_sign

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
MESSAGES = {
    "event": "payments: amount_fen < 1. Refunds belong in bills.",
    "model_gone": "version 3, by which this decision was made, is not in the home any more. "
    "Bring models/3 back from the registry or a backup.",
    "event_key": "this key was used for another fact. Send the first one again, or name a new key.",
    "malformed_request": "this is not HTTP/1.1: Missing mandatory Host: header",
    "headers_too_large": "the headers have more than 16384 bytes; send fewer of them",
    "malformed_json": "the body is not JSON: EOF while parsing a list at line 1 column 18",
    "malformed_gzip": "the body is not gzip: it is cut off",
    "unauthorized": "a key is needed: send the header `Authorization: Bearer <key>`",
    "forbidden": "the role auditor may not call POST /score; the role table is in docs/security.md",
    "not_found": "nothing is at this address; /docs.json lists all",
    "provider": "the OpenID provider does not answer; try again shortly",
    "csrf": "a request with a session comes from a page of this service and carries the header "
    "X-CSRF-Token; GET /session has it",
    "rate_limited": "more than 60000 requests a minute; send the next in 1 s",
    "purpose": "no purpose is named; name one of audit, in the field `purpose` or in the header "
    "Liuke-Purpose",
    "unknown_customers": "no score for 1 of 2 customers: they are not in the network at "
    "2026-03-02, or the id is wrong.",
    "unknown_decision": "no decision of this customer has this id; decide again",
    "unknown_outcome": "no outcome of this decision has the key that is to be undone",
    "unknown_manager": "no manager has this id; `liuke manager list` shows them",
    "unknown_task": "no task has this id; look it up again",
    "unknown_promise": "no promise has this id; look it up again",
    "conflict": "an outcome with this key and other content is recorded; use a new key",
    "undo_too_late": "an outcome can be undone within 60 seconds; record what is true now as a "
    "new one",
    "contact_forbidden": "do not contact: a complaint is open, and is served before anything is "
    "sold",
    "confirmation_missing": "the outcome cancelled changes a service; record the customer's "
    "confirmation first (one of signature, recorded_call, code_by_sms) and name it",
    "not_decided": "the decision does not hold the action 'credit'; decide again",
    "unknown_table": "no table 'shops' has been trained",
    "unknown_campaign": "no campaign has this id; GET /lists has them",
    "unknown_export": "no export has this id; request one",
    "not_approved": "4,100 customers are more than 1,000: a second person, of the role approver, "
    "approves the export first",
    "no_control": "the list has no customer with an outcome in the arm control, so nothing can be "
    "compared. Request lists with a control_share above 0.",
    "expired": "expires is 2026-02-01, and today is 2026-03-02; name a later day",
    "unknown_view": "there is no view 'at riks' of yours. Is at risk meant?",
    "stale_page": "the base was scored again since that page; begin with the first one",
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
    "forbidden": {"role": "auditor"},
    "rate_limited": {"retry_after_seconds": 1},
    "purpose": {"permitted": ["audit"]},
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
            "securitySchemes": SCHEMES,
        },
    }


def _operation(route: Route, currency: str) -> dict[str, Any]:
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
    examples = _examples(currency).get(route.operation)
    if route.form:
        assert examples is not None
        operation["requestBody"] = {"required": True, "content": _json(route.form, examples[0])}
    if isinstance(route.answer, str):
        content: dict[str, Any] = {kind: {"schema": {}} for kind in route.answer.split(", ")}
    else:
        assert examples is not None
        content = _json(route.answer, examples[1])
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


def _examples(currency: str) -> dict[str, tuple[Any, Any]]:
    """By operation an example of the body and of the answer."""
    return {
        "score": ({"customer_ids": ["C0012345"], "language": "en"}, _score_example(currency)),
        "scoreRows": (ROWS_REQUEST, ROWS_ANSWER),
        "explain": (EXPLAIN_REQUEST, EXPLAIN_ANSWER),
        "postEvent": (EVENT_REQUEST, EVENT_ANSWER),
        "searchAudit": (None, AUDIT_ANSWER),
        "alarms": (None, ALARM_ANSWER),
        "signIn": (SIGN_IN, SESSION_ANSWER),
        "session": (None, SESSION_ANSWER),
        "signOut": (None, {"signed_out": True}),
        "searchCustomers": (None, SEARCH_ANSWER),
        "customer": (None, CUSTOMER_ANSWER),
        "views": (None, {"views": [VIEW]}),
        "saveView": ({"search": VIEW["search"]}, VIEW),
        "deleteView": (None, {"name": "at risk"}),
        "recordObjection": (OBJECTION_REQUEST, OBJECTION_ANSWER),
        "withdrawObjection": (None, WITHDRAWN_ANSWER),
        **EXAMPLES,
        **LIST_EXAMPLES,
        **CAMPAIGN_EXAMPLES,
        **MANAGER_EXAMPLES,
        **TASK_EXAMPLES,
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
                "fresh_events": 0,
                f"margin_{currency.lower()}": 41.5,
                f"value_at_stake_{currency.lower()}": 312.4,
            }
        ]
    }  # fmt: skip


ALARM_ANSWER = {
    "alarms": [
        {
            "id": 7,
            "at": "2026-03-02T09:30:00",
            "kind": "lookups",
            "caller": "li.na",
            "detail": {"window": "hour", "customers": 131, "limit": 120},
        }
    ],
    "next": None,
}
SIGN_IN = {"user": "li.na", "password": "correct horse battery staple"}
SESSION_ANSWER = {
    "user": "li.na",
    "role": "store",
    "city": "Suzhou",
    "store_id": None,
    "manager_id": None,
    "purposes": ["customer_present", "authority_request", "service_ordered", "complaint_open"],
    "csrf_token": "5d1f0c9a",
}
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
EVENT_REQUEST = {
    "key": "crm-2026-03-02-000812",
    "feed": "complaints",
    "customer_id": "C0012345",
    "fields": {"complaint_id": "K20260302-17", "event": "opened", "category": "network"},
}
EVENT_ANSWER = {
    "key": "crm-2026-03-02-000812",
    "feed": "complaints",
    "customer_id": "C0012345",
    "event_time": "2026-03-02T09:14:07.120000",
    "known_at": "2026-03-02T09:14:07.120000",
}
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
VIEW = {
    "name": "at risk",
    "search": {"churn_risk_min": "0.2", "sort": "-churn_risk"},
    "changed_at": "2026-03-02 09:00:00",
}
SEARCH_ANSWER = {
    "as_of": "2026-03-02",
    "currency": "CNY",
    "count": 812,
    "customers": [{"customer_id": "C0012345", "city": "Suzhou", "churn_risk": 0.608}],
    "after": "WyIyMDI2LTAzLTAyLWEuLi4",
    "breakdown": [{"value_tier": "gold", "customers": 96}],
    "more_groups": False,
}
CUSTOMER_ANSWER: dict[str, Any] = {
    "customer_id": "C0012345",
    "as_of": "2026-03-02",
    "currency": "CNY",
    "objects": False,
    "profile": {"customer_id": "C0012345", "city": "Suzhou", "churn_risk": 0.608},
    "words": {"customer_id": "customer", "city": "city", "churn_risk": "churn risk"},
    "changes": [
        {
            "at": "2025-05-31T19:44:21", "known_at": "2025-06-01T06:40:34", "what": "profile",
            "now": {"city": "Suzhou"},
        }
    ],
    "usage_weeks": [{"week": "2026-02-16", "days": 7, "voice_out_s": 2702, "data_kb": 807308}],
    "bills": [{"period": "2026-01-01", "at": "2026-02-02 08:01:36", "revenue": 39.1}],
    "payments": [{"payment_id": "P10234342", "at": "2026-02-19 05:23:46", "amount": 39.1}],
    "complaints": [],
    "contacts": [],
    "tiers": [
        {
            "changed_at": "2024-08-05 11:11:49", "before": None, "after": "gold",
            "cause": "first_bill",
        }
    ],
    "nights": [
        {"as_of": "2026-03-02", "churn_risk": 0.608, "value_tier": "gold", "model_version": "1"}
    ],
    "group": {"group_id": "G0012", "members": 7},
    "objections": [],
    "promises": [],
    "decisions": [],
    "outcomes": [],
    "events": [],
}  # fmt: skip
