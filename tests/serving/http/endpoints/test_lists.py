"""Lists behind the gateway: requested, read, exported by two persons, within the scope."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine
from starlette.responses import FileResponse

from features.errors import RequestRefused, UnknownCustomers
from serving.access.principal import Principal, Scope
from serving.audit.transactions import Transactions
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.lists import ExportForm, ListForm
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.endpoints.lists import ListDesk
from serving.retention.campaign import store as kept
from serving.retention.campaign.running import Worker
from serving.retention.retention_settings import retention_settings
from serving.service_settings import serving_settings
from tests.conftest import SmallHome, set_home

ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}
FORM = ListForm(
    purpose="retention", owner="lin", expires="2999-12-31", budget=2000, control_share=0.2
)
EVERYWHERE = Scope()


class Marketing:
    """Callers of the desk, as the gateway lets them through."""

    def __init__(self, home: Path, store: Engine, database_url: str) -> None:
        settings = replace(serving_settings(home), database_url=database_url)
        self.home, self.store = home, store
        self.context = Context(home, settings, "CNY")
        self.handlers = ListDesk(self.context).handlers

    def send(
        self,
        operation: str,
        form: BaseModel | None = None,
        role: str = "marketing",
        owner: str = "lin",
        scope: Scope = EVERYWHERE,
        **place: str,
    ) -> Any:
        row = ROWS[operation]
        self.last = Call(
            "r1", row.path, row.method, Principal(owner, role, scope), form, place,
            recorder=Transactions(self.store),
        )  # fmt: skip

        async def answered() -> Any:
            return await self.handlers[operation](self.last)

        return asyncio.run(answered())

    def made(self, scope: Scope = EVERYWHERE, **changed: Any) -> str:
        form = FORM.model_copy(update=changed)
        own: str = self.send("requestList", form, scope=scope).id
        worker = Worker(
            self.home, self.store, retention_settings(self.home), self.context.clock,
            lambda _found, _detail, work: self._in_one(work),
        )  # fmt: skip
        assert worker.next() == own
        return own

    def _in_one(self, work: Any) -> None:
        with self.store.begin() as connection:
            work(connection)


@pytest.fixture
def marketing(
    small_home: SmallHome, tmp_path: Path, store: Engine, database_url: str
) -> Iterator[Marketing]:
    own = shutil.ignore_patterns("liuke.sqlite*")
    shutil.copytree(small_home.home, tmp_path, ignore=own, dirs_exist_ok=True)
    found = Marketing(tmp_path, store, database_url)
    yield found
    found.context.close()


def test_a_list_is_requested_made_read_and_fetched(marketing: Marketing) -> None:
    own = marketing.made()
    shown = marketing.send("showList", list_id=own)
    assert (shown.state, shown.progress) == (kept.READY, 1.0)
    assert [one.id for one in marketing.send("lists").lists] == [own]
    assert marketing.send("listCurve", list_id=own).points
    export = marketing.send("requestExport", ExportForm(recipient="call centre"), list_id=own)
    assert (export.rows, export.needs_approval) == (shown.result["listed"], False)
    file = marketing.send("fetchExport", export_id=export.id)
    assert isinstance(file, FileResponse)
    rows = Path(file.path).read_text("utf-8-sig").splitlines()
    assert len(rows) - 1 == export.rows == int(file.headers["liuke-count"])
    first = rows[1].split(",")[1]
    found = marketing.send("whyListed", list_id=own, customer_id=first)
    assert (found.answer, found.rank) == ("on_list", 1)
    assert marketing.last.subjects == (first,)
    assert marketing.send("revokeList", list_id=own).released > 0
    with pytest.raises(RequestRefused, match="revoked"):
        marketing.send("fetchExport", export_id=export.id)


def test_a_large_export_is_approved_by_another_person(marketing: Marketing) -> None:
    set_home(marketing.home, "retention", "[export]\napproval_above = 2\n")
    own = marketing.made()
    export = marketing.send("requestExport", ExportForm(recipient="c", format="xlsx"), list_id=own)
    assert export.needs_approval
    with pytest.raises(RequestRefused) as refused:
        marketing.send("fetchExport", export_id=export.id)
    assert refused.value.code == "not_approved"
    with pytest.raises(RequestRefused) as refused:
        marketing.send("approveExport", role="approver", owner="lin", export_id=export.id)
    assert refused.value.code == "forbidden"
    approved = marketing.send("approveExport", role="approver", owner="wang", export_id=export.id)
    assert approved.approved_by == "wang"
    assert Path(marketing.send("fetchExport", export_id=export.id).path).suffix == ".xlsx"


def test_a_caller_of_one_city_makes_and_sees_lists_of_that_city(marketing: Marketing) -> None:
    everywhere = marketing.made(budget=500)
    city = str(marketing.context.scorer.see(_one_of(marketing, everywhere)).facts["city"])
    here = Scope(city=city)
    for operation in ("showList", "listCurve", "revokeList"):
        with pytest.raises(RequestRefused) as refused:
            marketing.send(operation, scope=here, list_id=everywhere)
        assert refused.value.code == "unknown_campaign"
    own = marketing.made(scope=here, budget=500)
    assert [one.id for one in marketing.send("lists", scope=here).lists] == [own]
    assert {_city(marketing, each) for each in kept.treated(marketing.home, own)} == {city}
    elsewhere = next(
        each for each in kept.treated(marketing.home, everywhere) if _city(marketing, each) != city
    )
    with pytest.raises(UnknownCustomers):
        marketing.send("whyListed", scope=here, list_id=own, customer_id=elsewhere)


def _one_of(marketing: Marketing, own: str) -> str:
    return kept.treated(marketing.home, own)[0]


def _city(marketing: Marketing, customer_id: str) -> str:
    return str(marketing.context.scorer.see(customer_id).facts["city"])


def test_a_bad_request_leaves_nothing(marketing: Marketing) -> None:
    with pytest.raises(RequestRefused, match="budget is -1"):
        marketing.send("requestList", FORM.model_copy(update={"budget": -1.0}))
    assert marketing.send("lists").lists == []
