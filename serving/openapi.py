"""What BentoML's own OpenAPI document leaves out or gets wrong: keys, and the shape of errors."""

from __future__ import annotations

from typing import Any

from serving.refusals import STATUS
from serving.schemas import ErrorAnswer

ERROR = "ErrorAnswer"
KEY = "key"
OF_AN_ENDPOINT = (400, 401, 404, 413, 415, 422, 500, 503)


def completed(document: dict[str, Any], version: str) -> dict[str, Any]:
    """The document with bearer keys on every POST, our one error shape, and our name on it."""
    schemas = document["components"]["schemas"]
    errors = ErrorAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(errors.pop("$defs"))
    schemas[ERROR] = errors
    for name in ("InvalidArgument", "NotFound", "InternalServerError", "TaskStatusResponse"):
        schemas.pop(name, None)
    document["components"]["securitySchemes"] = {KEY: {"type": "http", "scheme": "bearer"}}
    for path in document["paths"].values():
        if "post" in path:
            _complete(path["post"])
    document["paths"]["/readyz"]["get"]["responses"]["503"] = _error(503)
    document["info"] = {
        "title": "Liuke",
        "version": version,
        "description": "Who is about to leave, and what goes with it.",
    }
    return document


def _complete(operation: dict[str, Any]) -> None:
    operation["security"] = [{KEY: []}]
    operation["requestBody"]["required"] = True
    answers = operation["responses"]
    for status in list(answers):
        if int(status) >= 400:
            del answers[status]
    answers.update({str(status): _error(status) for status in OF_AN_ENDPOINT})


def _error(status: int) -> dict[str, Any]:
    codes = ", ".join(code for code, its_status in STATUS.items() if its_status == status)
    schema = {"$ref": f"#/components/schemas/{ERROR}"}
    return {"description": f"code: {codes}", "content": {"application/json": {"schema": schema}}}
