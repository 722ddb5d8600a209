"""The table of routes: complete, and what the service, the gateway and the contract read."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from serving.http.context import Context
from serving.http.contract.openapi import WITH_CALLER, document
from serving.http.contract.routes import routes
from serving.http.contract.schemas import MAX_IDS, ScoreRequest, score_answer
from serving.http.contract.table import JSON, TEXT, UNKNOWN, Limit, Route, Routes, Who
from serving.http.gateway import BODIES, CALLERS
from serving.service_settings import ServingSettings, serving_settings

if TYPE_CHECKING:
    from tests.serving.conftest import Server

TABLE = routes(score_answer("CNY"))
PUBLIC_PAGES = {"/": 303, "/sign-in": 200, "/static/{name}": 404}  # to sign in; of no such name
HEALTH_OF_BENTOML = {"/livez", "/healthz"}


@pytest.fixture(scope="module")
def service() -> Any:
    """The service's class. Importing BentoML takes a second and warns of its own dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from serving.service import LiukeService

    return LiukeService


@pytest.fixture
def native(service: Any, tmp_path: Path) -> set[str]:
    """The operations that handlers of ours answer, without BentoML."""
    return set(service.inner.endpoints(Context(tmp_path, serving_settings(tmp_path), "CNY")))


def test_every_endpoint_is_in_the_table_with_its_form_and_answer(
    service: Any, native: set[str]
) -> None:
    posts = {
        row.path: row for row in TABLE.rows if row.method == "POST" and row.operation not in native
    }
    endpoints = {own.route: own for own in service.apis.values()}
    assert set(endpoints) == set(posts)
    for path, endpoint in endpoints.items():
        row = service.inner.routes.find(path, "POST")
        assert issubclass(endpoint.input_spec, row.form), path
        assert issubclass(endpoint.output_spec, row.answer), path


def test_every_other_address_is_in_the_table_and_answers_get(
    tmp_path: Path, service: Any, native: set[str]
) -> None:
    from serving.http.guarded import own_routes
    from serving.monitoring.metrics import Metrics

    own = {route.path for route in own_routes(TABLE, "CNY", Metrics(tmp_path))}
    gets = {row.path for row in TABLE.rows if row.method == "GET" and row.operation not in native}
    assert own | HEALTH_OF_BENTOML == gets
    served = [row.operation for row in service.inner.routes.rows]
    assert served == [row.operation for row in TABLE.rows]


def test_the_contract_lists_the_table_but_for_the_pages() -> None:
    listed = {
        (path, method.upper())
        for path, methods in document(TABLE, "CNY", "1")["paths"].items()
        for method in methods
    }
    assert listed == {(row.path, row.method) for row in TABLE.rows if not row.is_page}


def test_the_gateway_knows_every_kind_of_caller_and_body_in_the_table() -> None:
    assert set(CALLERS) == set(WITH_CALLER) == set(Who)
    assert {row.body for row in TABLE.rows if row.form} <= set(BODIES)


def test_each_row_is_served_and_as_open_as_it_says(server: Server) -> None:
    for row in TABLE.rows:
        path = row.path.replace("{", "").replace("}", "")
        answer = httpx.request(row.method, f"{server.url}{path}")
        open_to_all = 415 if row.form else 200  # a form is admitted, and its body looked at
        open_to_all = 404 if row.path.startswith("/oidc/") else open_to_all  # off as shipped
        closed = 303 if row.is_page else 401  # a browser is sent to the sign-in page
        if row.path in PUBLIC_PAGES and row.method == "GET":
            open_to_all = PUBLIC_PAGES[row.path]
        assert answer.status_code == (open_to_all if row.who is Who.PUBLIC else closed), row.path
        refused = httpx.request("PATCH", f"{server.url}{path}")
        allowed = ", ".join(TABLE.at(row.path))
        assert (refused.status_code, refused.headers["allow"]) == (405, allowed)


def test_only_addresses_of_the_table_are_labels() -> None:
    assert TABLE.label("/score") == "/score"
    assert TABLE.label("/score/") == UNKNOWN
    assert TABLE.find("/livez", "HEAD") is TABLE.find("/livez", "GET")
    assert TABLE.find("/score", "GET") is None


def test_a_limit_is_a_number_or_names_its_setting(tmp_path: Path) -> None:
    settings: ServingSettings = serving_settings(tmp_path)
    limits = {row.operation: row.limit for row in TABLE.rows if row.limit}
    assert {own.body_bytes(settings) for own in limits.values()} == {settings.body_limit_bytes}
    assert limits["score"].max_ids(settings) == MAX_IDS
    assert limits["scoreRows"].max_ids(settings) == settings.table_rows


def test_a_page_and_its_form_share_an_address() -> None:
    page = Route("/login", "GET", Who.PUBLIC, "", "text/html")
    limit = Limit("body_limit_bytes", 1)
    form = Route("/login", "POST", Who.PUBLIC, "", TEXT, form=ScoreRequest, limit=limit)
    table = Routes((page, form))
    assert table.find("/login", "POST") is form
    assert list(table.at("/login")) == ["GET", "POST"]


def test_what_is_not_public_is_audited_and_signing_in_too() -> None:
    page = Route("/login", "GET", Who.PUBLIC, "", "text/html")
    form = replace(TABLE.rows[0], path="/login", who=Who.PUBLIC, audited=True)
    table = Routes((page, form, *TABLE.rows))
    for row in table.rows:
        is_audited = row.audited or row.who is not Who.PUBLIC
        assert table.is_audited(row.path, row.method) == is_audited
    assert table.is_audited("/score", "DELETE")
    assert not table.is_audited("/login", "HEAD")
    assert not table.is_audited("/livez", "DELETE")
    assert not table.is_audited("/nothing", "GET")


def test_a_row_that_contradicts_itself_or_another_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Routes((TABLE.rows[0], TABLE.rows[0]))
    with pytest.raises(ValueError, match="limit"):
        Route("/x", "POST", Who.KEY, "", JSON, form=ScoreRequest)
