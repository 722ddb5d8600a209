"""How a refusal leaves the service: one table of statuses, one shape."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from features.errors import LiukeError, RequestRefused

# A refusal whose code is not here is a fault of ours and leaves as `internal`.
STATUS = {
    "malformed_json": 400,
    "malformed_gzip": 400,
    "malformed_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "csrf": 403,
    "not_found": 404,
    "no_objection": 404,
    "unknown_analysis": 404,
    "unknown_customers": 404,
    "unknown_decision": 404,
    "unknown_manager": 404,
    "unknown_outcome": 404,
    "unknown_promise": 404,
    "unknown_table": 404,
    "unknown_task": 404,
    "unknown_view": 404,
    "unknown_campaign": 404,
    "unknown_change": 404,
    "unknown_batch": 404,
    "unknown_export": 404,
    "method_not_allowed": 405,
    "body_too_slow": 408,
    "event_key": 409,
    "model_gone": 409,
    "conflict": 409,
    "not_approved": 409,
    "not_replayable": 409,
    "no_control": 409,
    "undo_too_late": 409,
    "contact_forbidden": 409,
    "stale_page": 409,
    "objection": 409,
    "body_too_large": 413,
    "wrong_content_type": 415,
    "wrong_content_encoding": 415,
    "invalid_request": 422,
    "event": 422,
    "purpose": 422,
    "expired": 422,
    "table": 422,
    "confirmation_missing": 422,
    "not_decided": 422,
    "provider": 502,
    "overloaded": 429,
    "rate_limited": 429,
    "headers_too_large": 431,
    "internal": 500,
    "bundle": 503,
    "fingerprint_mismatch": 503,
    "lake": 503,
    "no_champion": 503,
    "not_ready": 503,
    "settings": 503,
    "too_many_connections": 503,
    "too_slow": 504,
}
KINDS = ("bool", "int", "float", "str")
ROW_PATH = 3  # rows, which row, which column
OF_NO_KIND = "expected a number, a text, true, false or null; JSON has no NaN and no infinity"
MAX_LISTED_PROBLEMS = 10
MAX_LISTED_NAME_LENGTH = 64


def body_of(error: LiukeError) -> bytes:
    """`{"error": {"code", "message", "details"}}` as UTF-8 JSON."""
    answer = {"code": error.code, "message": error.message, "details": error.details}
    return json.dumps({"error": answer}, ensure_ascii=False, default=str).encode()


def internal() -> RequestRefused:
    """What a caller learns of a fault of ours: nothing of its inside."""
    return RequestRefused(
        "internal", "the service failed at this request; its log says why. Try again later."
    )


def of_status(status: int) -> RequestRefused:
    """The refusal for a bare status of the server underneath, which gives no reason of its own."""
    match status:
        case 405:
            return RequestRefused("method_not_allowed", "this address does not take this method")
        case 404:
            return RequestRefused("not_found", "nothing is at this address; /docs.json lists all")
        case 429:
            return RequestRefused("overloaded", "too many requests at once; try again shortly")
        case 503:
            return RequestRefused("not_ready", "the service is not ready; try again shortly")
        case 504:
            return RequestRefused("too_slow", "the answer took too long; ask for fewer customers")
        case _:
            return internal()


def of_body(error: ValidationError) -> RequestRefused:
    """The refusal for a body that is not JSON (400) or not of the expected form (422).

    Details name the first problems by field and message. The input is not repeated, since it
    may be long, or a secret in the wrong place.
    """
    found = _one_a_value(error)
    if found[0]["type"] == "json_invalid":
        return RequestRefused("malformed_json", f"the body is not JSON: {found[0]['msg']}")
    problems = [
        {"field": _field(problem["loc"]), "message": problem["msg"]}
        for problem in found[:MAX_LISTED_PROBLEMS]
    ]
    first = problems[0]
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    return RequestRefused(
        "invalid_request", f"{first['field']}: {first['message']}{more}", problems=problems
    )


def _one_a_value(error: ValidationError) -> list[dict[str, Any]]:
    """The problems; a value that is of none of the kinds that a row may hold is one of them."""
    problems: dict[tuple[Any, ...], dict[str, Any]] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        path = problem["loc"]
        if path[:1] == ("rows",) and path[-1] in KINDS and len(path) > ROW_PATH:
            problems[path[:-1]] = {**problem, "loc": path[:-1], "msg": OF_NO_KIND}
        else:
            problems[path] = dict(problem)
    return list(problems.values())


def _field(path: tuple[Any, ...]) -> str:
    """`customer_ids[3]` for ("customer_ids", 3); a name that the caller made up is cut short."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".")[:MAX_LISTED_NAME_LENGTH] or "body"
