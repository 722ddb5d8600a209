"""The contract of /docs.json: valid, and what the service really does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ValidationError

from serving.access.permissions import PERMISSIONS
from serving.http.contract.errors import STATUS
from serving.http.contract.openapi import document
from serving.http.contract.routes import routes
from serving.http.contract.schemas import (
    MAX_IDS,
    ScoreRequest,
    ScoreRowsRequest,
    encoded_scores,
    score_answer,
)

if TYPE_CHECKING:
    from tests.serving.conftest import Server

CONTRACT = document(routes(score_answer("CNY")), "CNY", "1.0")
ONE = {"customer_ids": ["C0000001"]}


def checked(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema that stands in the contract."""
    return Draft202012Validator(schema | {"components": CONTRACT["components"]})


def of_form(form: type[BaseModel]) -> Draft202012Validator:
    return checked({"$ref": f"#/components/schemas/{form.__name__}"})


def content(path: str, method: str, status: int) -> dict[str, Any]:
    found = CONTRACT["paths"][path][method]["responses"][str(status)]["content"]
    answer: dict[str, Any] = found["application/json"]
    return answer


def test_scores_are_written_as_their_model_writes_them() -> None:
    score = {
        "margin_cny": float("nan"), "value_at_stake_cny": 1e-7, "customer_id": "客\"1",
        "churn_risk": 0.5, "reasons": [], "value_tier": None, "tier_probabilities": None,
        "tier_reasons": None, "model_version": "1", "as_of": "2026-03-02", "answered_by": "live",
        "fresh_events": 0,
    }  # fmt: skip
    found = score_answer("CNY").model_validate({"scores": [score, score]})
    assert encoded_scores([score, score], "CNY") == found.model_dump_json().encode()


def test_the_contract_is_valid_openapi() -> None:
    assert CONTRACT["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(CONTRACT).validate()


def test_its_components_have_names_of_their_own() -> None:
    names = set(CONTRACT["components"]["schemas"])
    assert names >= {"ErrorAnswer", "Reason", "ScoreAnswer", "ScoreRequest", "DecideAnswer"}
    assert all(name.isalnum() for name in names)  # else two models of one name stand in the way


def test_a_query_is_in_the_contract() -> None:
    parameters = CONTRACT["paths"]["/audit"]["get"]["parameters"]
    listed = {one["name"]: one for one in parameters if one["in"] == "query"}
    assert set(listed) == {
        "customer", "caller", "route", "for_purpose", "code", "from", "to", "before", "limit",
    }  # fmt: skip
    assert {(one["in"], one["required"]) for one in listed.values()} == {("query", False)}
    assert listed["limit"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 500, "default": 100,
    }  # fmt: skip
    assert listed["from"]["schema"]["type"] == "string"
    assert listed["from"]["example"] == "2026-03-02T09:00:00"


def test_every_example_fits_its_schema() -> None:
    seen = 0
    for methods in CONTRACT["paths"].values():
        for operation in methods.values():
            answers = list(operation["responses"].values())
            for part in [operation["requestBody"]] if "requestBody" in operation else []:
                answers.append(part)
            for answer in answers:
                media = answer["content"].get("application/json", {})
                examples = [media["example"]] if "example" in media else []
                examples += [one["value"] for one in media.get("examples", {}).values()]
                for example in examples:
                    checked(media["schema"]).validate(example)
                    seen += 1
    assert seen > 60


def test_every_code_that_leaves_the_service_stands_in_the_contract() -> None:
    named = {
        code
        for methods in CONTRACT["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
        for code in answer["content"]["application/json"]["examples"]
    }
    assert named | {"not_found"} == set(STATUS), "an unknown address is not_found"


def test_the_service_serves_this_contract(server: Server) -> None:
    served = httpx.get(f"{server.url}/docs.json").json()
    assert served | {"info": CONTRACT["info"]} == json.loads(json.dumps(CONTRACT))
    for path, methods in served["paths"].items():
        if "get" in methods:
            expected = 401 if "security" in methods["get"] else 200
            expected = 404 if path.startswith("/oidc/") else expected  # off as shipped
            assert httpx.get(f"{server.url}{path}").status_code == expected, path


@pytest.mark.parametrize(
    ("path", "request_", "status"),
    [
        ("/score", {"json": ONE | {"language": "en"}}, 200),
        ("/score", {"json": ONE | {"language": None}}, 200),
        ("/score", {"json": ONE | {"language": "fr"}}, 422),
        ("/score", {"json": {"customer_ids": ["X1"]}}, 404),
        ("/score", {"json": ONE, "headers": {"authorization": ""}}, 401),
        ("/score", {"content": b"{"}, 415),
        ("/score", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ("/score", {"json": ONE, "headers": {"content-encoding": "gzip"}}, 400),
        ("/score", {"json": ONE, "headers": {"content-encoding": "br"}}, 415),
        ("/score", {"json": {"customer_ids": ["C" * 600_000]}}, 413),
        ("/score-rows", {"json": {"model": "shops", "rows": [{"a": 1}]}}, 404),
        ("/score-rows", {"json": {"model": "shops", "rows": []}}, 422),
    ],
)
def test_a_real_answer_fits_the_contract(
    server: Server, path: str, request_: dict[str, Any], status: int
) -> None:
    with server.client() as client:
        answer = client.post(path, **request_)
    assert answer.status_code == status
    checked(content(path, "post", status)["schema"]).validate(answer.json())


def test_a_refusal_of_readyz_fits_the_contract(server: Server) -> None:
    server.unpromote()
    try:
        answer = httpx.get(f"{server.url}/readyz")
    finally:
        server.promote()
    checked(content("/readyz", "get", 503)["schema"]).validate(answer.json())


IDS = st.lists(
    st.one_of(st.text(max_size=3), st.text("C", min_size=62, max_size=66), st.integers()),
    max_size=4,
)
LANGUAGES = st.sampled_from(["en", "zh", "fr", "", None, 1, True])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3), st.lists(st.integers(), max_size=1),
)  # fmt: skip
ROWS = st.lists(st.dictionaries(st.text(max_size=2), VALUES, max_size=2), max_size=2)
ANYTHING = st.one_of(VALUES, st.dictionaries(st.text(max_size=2), VALUES, max_size=2))


def bodies(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Bodies with some of the fields, of a good and of another kind, and with fields too many."""
    given_fields = st.fixed_dictionaries(
        {}, optional={name: st.one_of(own, own, own, ANYTHING) for name, own in fields.items()}
    )
    extra = st.sampled_from([{}, {}, {}, {"more": 1}])
    return st.one_of(ANYTHING, st.builds(lambda body, more: body | more, given_fields, extra))


def refuses(form: type[BaseModel], body: Any) -> bool:
    try:
        form.model_validate_json(json.dumps(body))
    except ValidationError:
        return True
    return False


@given(bodies(customer_ids=IDS, language=LANGUAGES))
def test_the_service_refuses_of_score_what_the_contract_refuses(body: Any) -> None:
    assert refuses(ScoreRequest, body) == (not of_form(ScoreRequest).is_valid(body))


@given(bodies(model=st.text(max_size=2), rows=ROWS, language=LANGUAGES))
def test_the_service_refuses_of_score_rows_what_the_contract_refuses(body: Any) -> None:
    assert refuses(ScoreRowsRequest, body) == (not of_form(ScoreRowsRequest).is_valid(body))


@pytest.mark.parametrize("count", [MAX_IDS, MAX_IDS + 1])
def test_contract_and_service_count_alike(count: int) -> None:
    body = {"customer_ids": [str(number) for number in range(count)]}
    assert refuses(ScoreRequest, body) == (count > MAX_IDS)
    assert of_form(ScoreRequest).is_valid(body) == (count <= MAX_IDS)


def test_the_header_of_the_purpose_stands_where_it_is_read() -> None:
    found = {}
    for methods in CONTRACT["paths"].values():
        for operation in methods.values():
            for one in operation.get("parameters", []):
                if one["in"] == "header":
                    assert (one["name"], one["required"]) == ("Liuke-Purpose", False)
                    found[operation["operationId"]] = one["schema"]["enum"]
    assert set(found) == {name for name, own in PERMISSIONS.items() if own.purposes}
    assert found["searchAudit"] == ["audit"]
    at_counter = ["customer_present", "authority_request", "service_ordered", "complaint_open"]
    assert found["decide"] == [*at_counter, "account_care"]
    assert found["searchCustomers"] == [*at_counter, "account_care", "retention"]


def test_a_purpose_of_the_contract_is_taken_and_another_refused(server: Server) -> None:
    with server.client() as client:
        for purpose, status in (("complaint_open", 200), ("retention", 422), ("x", 422)):
            answer = client.post("/score", json=ONE, headers={"Liuke-Purpose": purpose})
            assert answer.status_code == status
