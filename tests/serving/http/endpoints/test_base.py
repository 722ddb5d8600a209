"""The base behind the gateway: searches, exports and views of a caller."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, insert
from starlette.responses import Response, StreamingResponse

from features.errors import RequestRefused
from serving.access.principal import Principal, Scope
from serving.audit.transactions import Transactions
from serving.database.tables import objections
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.base import ExportQuery, SearchQuery, ViewForm
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.endpoints.base import BaseDesk
from serving.http.gateway import checked_query
from serving.service_settings import serving_settings
from tests.bases import write_base

MONDAY = datetime(2026, 3, 2, 9)
CUSTOMERS = [
    {"city": "Suzhou" if place % 2 else "Wuxi", "churn_risk": place / 100} for place in range(40)
]
ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}


class Caller:
    """A caller of the desk, as the gateway lets one through."""

    def __init__(self, home: Path, store: Engine, database_url: str) -> None:
        write_base(home, CUSTOMERS)
        settings = replace(serving_settings(home), database_url=database_url)
        self.context = Context(home, settings, "CNY")
        self.handlers = BaseDesk(self.context).handlers
        self.store = store

    def call(
        self,
        operation: str,
        query: str = "",
        form: BaseModel | None = None,
        role: str = "marketing",
        scope: Scope = Scope(),  # noqa: B008
        owner: str = "k1",
        **place: str,
    ) -> tuple[Call, Any]:
        row = ROWS[operation]
        form = form or (checked_query(query.encode(), row.query) if row.query else None)
        call = Call(
            "r1", row.path, row.method, Principal(owner, role, scope), form, place,
            recorder=Transactions(self.store),
        )  # fmt: skip

        async def answered() -> Any:
            answer = await self.handlers[operation](call)
            if isinstance(answer, StreamingResponse):
                parts = [bytes(cast(bytes, part)) async for part in answer.body_iterator]
                return Response(b"".join(parts), headers=dict(answer.headers))
            return answer

        return call, asyncio.run(answered())


@pytest.fixture
def caller(tmp_path: Path, store: Engine, database_url: str) -> Any:
    caller = Caller(tmp_path, store, database_url)
    yield caller
    caller.context.close()


def test_a_search_is_answered_and_its_row_of_the_audit_names_whom_it_showed(
    caller: Caller,
) -> None:
    call, answer = caller.call("searchCustomers", "city=Suzhou&sort=-churn_risk&limit=2&by=city")
    assert (answer.count, answer.currency, answer.as_of) == (20, "CNY", "2026-03-02")
    assert [own["customer_id"] for own in answer.customers] == ["C039", "C037"]
    assert answer.breakdown == [{"city": "Suzhou", "customers": 20}]
    assert call.subjects == ("C039", "C037")
    assert call.detail["count"] == 20
    call, _ = caller.call("searchCustomers", "customer_id=C001")
    assert call.detail["search"] == {"customer_id": "…"}, "the audit's detail names no person"


def test_the_scope_of_the_caller_limits_pages_counts_breakdowns_and_exports(
    caller: Caller,
) -> None:
    here: dict[str, Any] = {"scope": Scope(city="Suzhou")}
    for query in ("by=city", "city=Wuxi,Suzhou&by=city", "churn_risk_min=0&by=city"):
        _, answer = caller.call("searchCustomers", f"{query}&columns=city", **here)
        assert answer.count == 20
        assert answer.breakdown == [{"city": "Suzhou", "customers": 20}]
        assert {own["city"] for own in answer.customers} == {"Suzhou"}
    _, answer = caller.call("searchCustomers", "customer_id=C000&by=city", **here)
    assert (answer.count, answer.customers, answer.breakdown) == (0, [], [])
    _, export = caller.call("exportCustomers", "columns=city", **here)
    assert set(export.body.decode("utf-8-sig").splitlines()[1:]) == {"Suzhou"}


def test_an_export_states_its_count_and_digest(caller: Caller) -> None:
    call, answer = caller.call("exportCustomers", "city=Suzhou&columns=customer_id,churn_risk")
    lines = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    _, page = caller.call("searchCustomers", "city=Suzhou")
    assert int(answer.headers["liuke-count"]) == len(lines) - 1 == page.count == 20
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert len(call.subjects) == 20
    assert call.detail["sha256"] == answer.headers["liuke-sha256"]


def test_who_objects_has_no_prediction(caller: Caller) -> None:
    with caller.store.begin() as connection:
        row = {"customer_id": "C039", "recorded_at": MONDAY, "caller": "k"}
        connection.execute(insert(objections).values(row))
    _, answer = caller.call("searchCustomers", "churn_risk_min=0.38")
    assert [own["customer_id"] for own in answer.customers] == ["C038"]


@pytest.mark.parametrize("query", ["town=A", "limit=x", "margin_min=1", "after=x"])
def test_a_query_that_means_nothing_is_refused(caller: Caller, query: str) -> None:
    with pytest.raises(RequestRefused) as refusal:
        caller.call("searchCustomers", query, role="store")
    assert refusal.value.code == "invalid_request"


@pytest.mark.parametrize("form", [SearchQuery, ExportQuery])
def test_a_name_given_twice_is_refused(form: type[BaseModel]) -> None:
    for query in (b"city=A&city=B", b"town=A&town=B"):
        with pytest.raises(RequestRefused):
            checked_query(query, form)


def test_views_are_the_callers_own(caller: Caller) -> None:
    form = ViewForm(search={"city": "Suzhou"})
    call, saved = caller.call("saveView", form=form, name="here")
    assert call.is_recorded
    assert (saved.name, saved.search) == ("here", {"city": "Suzhou"})
    assert caller.call("views")[1].views == [saved]
    assert caller.call("views", owner="k2")[1].views == []
    with pytest.raises(RequestRefused, match="no view 'here'"):
        caller.call("deleteView", owner="k2", name="here")
    assert caller.call("deleteView", name="here")[1].name == "here"
    assert caller.call("views")[1].views == []
