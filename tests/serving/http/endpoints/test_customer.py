"""The 360 view behind the gateway, on a home after the whole job."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused, UnknownCustomers
from serving.access.principal import Principal, Scope
from serving.customers.archive import archive
from serving.customers.tier import customer_tier
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.customer import CustomerAnswer, CustomerQuery
from serving.http.endpoints.customer import CustomerDesk
from serving.http.gateway import checked_query
from serving.managers.tasks import Task, write_task
from serving.scores import last_scores
from serving.service_settings import serving_settings

if TYPE_CHECKING:
    from tests.conftest import SmallHome

EVERYONE = Scope()


@pytest.fixture
def context(small_home: SmallHome, store: Engine, database_url: str) -> Context:
    settings = replace(serving_settings(small_home.home), database_url=database_url)
    context = Context(small_home.home, settings, "CNY")
    context.__dict__["reading"] = store
    return context


def show(
    desk: CustomerDesk,
    customer_id: str,
    scope: Scope = EVERYONE,
    query: str = "",
) -> tuple[Call, CustomerAnswer]:
    form = checked_query(query.encode(), CustomerQuery)
    call = Call(
        "r1", "/customers/{customer_id}", "GET", Principal("k1", "store", scope), form,
        {"customer_id": customer_id},
    )  # fmt: skip
    answer = asyncio.run(desk.customer(call))
    return call, answer


def test_the_view_agrees_with_the_commands_that_show_its_parts(
    small_home: SmallHome, context: Context
) -> None:
    desk = CustomerDesk(context)
    scores = last_scores(small_home.home).set_index("customer_id")
    for customer_id in scores.index[::400]:
        call, found = show(desk, customer_id, query="language=zh")
        own = archive(small_home.home, customer_id, small_home.as_of)
        assert found.changes == own["changes"]
        for name in ("plan", "brand", "city", "store_id", "manager_id", "group_id", "consent"):
            assert found.profile[name] == own[name], name
        for name in ("standing", "tenure_days", "days_to_contract_end", "payment_mode"):
            assert found.profile[name] == own[name], name
        assert found.tiers == customer_tier(small_home.home, customer_id)["history"]
        assert found.nights[-1]["churn_risk"] == scores.loc[customer_id, "churn_risk"]
        assert found.words["churn_risk"] == "离网风险"
        assert call.subjects == (customer_id,)


def test_out_of_scope_is_as_unknown_and_a_wrong_query_is_refused(
    small_home: SmallHome, context: Context
) -> None:
    desk = CustomerDesk(context)
    some = last_scores(small_home.home).iloc[0]
    found = show(desk, some["customer_id"], Scope(city=some["city"]))[1]
    assert found.profile["city"] == some["city"]
    for customer_id, scope in (
        (some["customer_id"], Scope(city="Elsewhere")),
        ("C-unknown", Scope(city=some["city"])),
    ):
        with pytest.raises(UnknownCustomers, match="is not in the network"):
            show(desk, customer_id, scope)
    with pytest.raises(RequestRefused):
        checked_query(b"language=fr", CustomerQuery)


def test_a_view_takes_a_moment_once_the_queries_are_made(
    small_home: SmallHome, context: Context
) -> None:
    desk = CustomerDesk(context)
    ids = last_scores(small_home.home)["customer_id"].tolist()[:12]
    show(desk, ids[0])
    started = time.perf_counter()
    for customer_id in ids:
        show(desk, customer_id)
    assert (time.perf_counter() - started) / len(ids) < 1.0, "0.1 s on a quiet machine"


def test_the_tasks_about_a_customer_are_in_their_view(
    small_home: SmallHome, context: Context, store: Engine
) -> None:
    own, other = last_scores(small_home.home)["customer_id"].tolist()[:2]
    task = Task(
        "a" * 24, "M1", "visit", own, None, "See them", small_home.as_of.date(), "li.na",
        small_home.as_of, "open",
    )  # fmt: skip
    ended: dict[str, Any] = {
        "state": "done",
        "ended_at": small_home.as_of,
        "ended_by": "M1",
        "outcome": "saved",
    }
    with store.begin() as connection:
        write_task(connection, task)
        write_task(connection, replace(task, id="b" * 24, **ended))
        write_task(connection, replace(task, id="c" * 24, customer_id=other))
    found = show(CustomerDesk(context), own)[1].tasks
    assert [(one["state"], one["manager_id"], one["due"], one["outcome"]) for one in found] == [
        ("open", "M1", f"{small_home.as_of:%F}", None),
        ("done", "M1", f"{small_home.as_of:%F}", "saved"),
    ]
    assert "See them" not in str(found)
