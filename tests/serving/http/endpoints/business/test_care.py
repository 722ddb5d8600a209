"""Warnings, arrears and standing behind the gateway: of whom, for whom, and in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from features.engine.store import build_histories
from features.errors import LakeError, RequestRefused, UnknownCustomers
from features.words import say
from serving.access.principal import Scope
from serving.customers.rights.objections import record_objection
from serving.customers.standing.rules import MEASURES, input_names, standing_of
from serving.http.context import Context
from serving.http.contract.forms.business.care import STANDING, WARNING
from serving.http.endpoints.business.care import CareDesk
from serving.http.native import Handler
from serving.scores.latest import customers_among
from serving.service_settings import serving_settings
from tests.bases import write_base
from tests.facts import import_facts, joined
from tests.serving.customers.standing import test_arrears
from tests.serving.customers.standing.test_nights import night
from tests.serving.customers.standing.test_rules import RULES
from tests.serving.http.endpoints.business.calling import answered

pytestmark = pytest.mark.slow

BEFORE, NOW = "2025-06-23", "2025-06-30"
ADDRESSES: dict[str, dict[str, Any]] = {
    "C1": {"city": "A", "manager_id": "M1", "store_id": "S1"},
    "C2": {"city": "B", "manager_id": "M2", "store_id": "S2"},
    "C9": {"city": "A", "manager_id": "M2", "store_id": None},
}
RISEN = {"C1": 300.0, "C2": 900.0, "C9": 500.0}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """C1 and C2 owe; the risk of three customers has tripled; two nights kept their standing."""
    folder = tmp_path_factory.mktemp("care")
    found = folder / "home"
    facts = [*test_arrears.FACTS, *joined("C9", city="A", manager_id="M2")]
    import_facts(found, facts, folder / "facts")
    build_histories(found)
    then = [{"customer_id": own, "churn_risk": 0.1, **places} for own, places in ADDRESSES.items()]
    now = [
        own | {"churn_risk": 0.3, "value_at_stake": RISEN[str(own["customer_id"])]} for own in then
    ]
    write_base(found, then, "a", BEFORE)
    write_base(found, now, "b", NOW)
    night(found, datetime(2025, 6, 23))
    night(found, datetime(2025, 6, 30), overdue_bills=1.0)
    return found


class Known:
    """The part of the counter that says who is known, by the base alone."""

    def __init__(self, home: Path) -> None:
        self._home = home

    async def check_known(self, customer_id: str, scope: Scope) -> None:
        if not customers_among(self._home, [customer_id], scope):
            raise UnknownCustomers("not in the network", customer_ids=[customer_id])


@pytest.fixture
def handlers(home: Path, store: Engine, database_url: str) -> Mapping[str, Handler]:
    context = Context(home, replace(serving_settings(home), database_url=database_url), "CNY")
    context.__dict__ |= {"reading": store, "engine": store}
    known: Any = Known(home)
    return CareDesk(lambda: known, context).handlers


def ids(found: Any) -> list[str]:
    return [own.customer_id for own in found.customers]


def test_warnings_come_by_value_at_stake_and_the_audit_names_whom_a_page_shows(
    handlers: Mapping[str, Handler],
) -> None:
    call, found = answered(handlers, "warnings", "limit=2")
    assert ids(found) == ["C2", "C9"]
    assert (found.count, found.before, found.as_of, found.currency) == (3, BEFORE, NOW, "CNY")
    assert found.counts["manager_id"] == {"M2": 2, "M1": 1}
    assert call.subjects == ("C2", "C9")
    assert call.detail == {"count": 3, "offset": 0}
    call, found = answered(handlers, "warnings", "limit=2&offset=2&language=zh")
    assert (ids(found), found.count, call.subjects) == (["C1"], 3, ("C1",))
    assert found.customers[0].changes[0].text.startswith("离网风险")


def test_of_who_objects_no_risk_warns(handlers: Mapping[str, Handler], store: Engine) -> None:
    with store.begin() as connection:
        record_objection(connection, "C2", "k", datetime(2025, 6, 30))
    _, found = answered(handlers, "warnings")
    assert ids(found) == ["C9", "C1"]


def test_arrears_come_by_debt(handlers: Mapping[str, Handler]) -> None:
    call, found = answered(handlers, "arrears", "as_of=2025-07-01")
    assert [(own.customer_id, own.overdue) for own in found.customers] == [
        ("C2", 200.01), ("C1", 150.0),
    ]  # fmt: skip
    assert (found.count, found.overdue, found.as_of) == (2, 350.01, "2025-07-01")
    assert call.subjects == ("C1", "C2")
    call, found = answered(handlers, "arrears", "as_of=2025-07-01&limit=1&offset=1")
    assert (ids(found), found.count, call.subjects) == (["C1"], 2, ("C1",))


SCOPES = [
    (Scope(), {"C1", "C2", "C9"}),
    (Scope(city="A"), {"C1", "C9"}),
    (Scope(city="B"), {"C2"}),
    (Scope(store_id="S1"), {"C1"}),
    (Scope(manager_id="M2"), {"C2", "C9"}),
    (Scope(city="A", manager_id="M2"), {"C9"}),
    (Scope(city="Nowhere"), set()),
]


@pytest.mark.parametrize(("scope", "own"), SCOPES)
def test_a_caller_gets_their_own_customers_alone(
    handlers: Mapping[str, Handler], scope: Scope, own: set[str]
) -> None:
    call, found = answered(handlers, "warnings", "", scope, "manager")
    assert set(ids(found)) == set(call.subjects) == own
    assert found.count == len(own)
    assert sum(found.counts["manager_id"].values()) == len(own), "the counts are of them as well"
    for customer_id in ADDRESSES:
        standing: Callable[[], Any] = lambda: answered(  # noqa: E731
            handlers,
            "standing",
            "",
            scope,
            "hotline",
            customer_id=customer_id,  # noqa: B023
        )
        if customer_id in own - {"C9"}:  # of whom no night has kept the standing
            assert standing()[0].subjects == (customer_id,)
        else:
            with pytest.raises(UnknownCustomers):
                standing()


@pytest.mark.parametrize(
    ("scope", "own"), [(Scope(manager_id="M1"), ["C1"]), (Scope(city="A", manager_id="M2"), ["C2"])]
)
def test_a_caller_gets_the_debts_of_their_own_customers_alone(
    handlers: Mapping[str, Handler], scope: Scope, own: list[str]
) -> None:
    _, found = answered(handlers, "arrears", "as_of=2025-07-01", scope, "manager")
    assert (ids(found), found.count) == (own, 1)
    assert found.overdue == found.customers[0].overdue


@pytest.mark.parametrize(
    ("operation", "in_a", "in_b"), [("warnings", ["C9"], ["C2"]), ("arrears", ["C2"], [])]
)
def test_a_query_narrows_the_scope_and_never_widens_it(
    handlers: Mapping[str, Handler], operation: str, in_a: list[str], in_b: list[str]
) -> None:
    """To the lake both who owe are of the city A."""
    for city, expected in (("A", in_a), ("B", in_b)):
        _, found = answered(handlers, operation, "manager_id=M2", Scope(city=city))
        assert ids(found) == expected
    with pytest.raises(RequestRefused) as refused:
        answered(handlers, operation, "manager_id=M2", Scope(manager_id="M1"), "manager")
    assert refused.value.code == "forbidden"
    _, found = answered(handlers, operation, "manager_id=M1", Scope(manager_id="M1"), "manager")
    assert ids(found) == ["C1"]


def test_a_day_that_says_nothing_is_refused_in_the_callers_words(
    handlers: Mapping[str, Handler], home: Path
) -> None:
    for operation, query in (
        ("arrears", "as_of=2099-01-01"), ("warnings", "since=2025-06-30"),
        ("warnings", "since=2024-01-01"), ("warnings", "limit=0"), ("arrears", "offset=-1"),
        ("warnings", "colour=red"),
    ):  # fmt: skip
        with pytest.raises(RequestRefused) as refused:
            answered(handlers, operation, query)
        assert refused.value.code == "invalid_request"
        assert str(home) not in refused.value.message
        assert "--" not in refused.value.message


def test_with_one_night_alone_nothing_can_warn(tmp_path: Path, store: Engine) -> None:
    write_base(tmp_path, [{}])
    context = Context(tmp_path, serving_settings(tmp_path), "CNY")
    context.__dict__ |= {"reading": store, "engine": store}
    known: Any = Known(tmp_path)
    handlers = CareDesk(lambda: known, context).handlers
    for operation in ("warnings", "arrears"):
        with pytest.raises(LakeError):
            answered(handlers, operation)


def test_the_standing_has_every_change_and_what_it_was_computed_from(
    handlers: Mapping[str, Handler],
) -> None:
    call, found = answered(handlers, "standing", role="store", customer_id="C1")
    assert (found.rfm, found.credit) == ("553", "C")
    assert found.inputs["credit"]["overdue"] == 1.0
    assert [(own.as_of, own.measure, own.cause) for own in found.history][-1][0] == NOW
    assert call.subjects == ("C1",)


def test_the_example_of_the_contract_is_what_the_shipped_rules_make() -> None:
    names = RULES.feature_names("CNY")
    values = STANDING["inputs"]["rfm"] | STANDING["inputs"]["credit"]
    row = {feature: values[name] for name, feature in names.items()}
    (own,) = standing_of(
        pd.DataFrame([row | {"customer_id": "C"}]), pd.Series({"C": 1180}), RULES, "CNY"
    ).to_dict("records")
    for measure in MEASURES:
        assert STANDING[measure] == own[measure]
        assert list(STANDING["inputs"][measure]) == list(input_names(measure, RULES))
    assert own["score"] == STANDING["inputs"]["credit"]["score"]
    causes = {"first", "earned", *names}
    assert {one["cause"] for one in STANDING["history"]} <= causes
    last = {one["measure"]: one["after"] for one in STANDING["history"]}
    assert last == {measure: str(STANDING[measure]) for measure in MEASURES}
    (change,) = WARNING["changes"]
    risk = {"before": WARNING["risk_before"], "after": WARNING["risk"]}
    assert change["text"] == say("standing", change["sign"], "en", **risk)


def test_what_the_home_lacks_is_not_the_callers_fault(tmp_path: Path, store: Engine) -> None:
    write_base(tmp_path, [{}], "a", BEFORE)
    write_base(tmp_path, [{}], "b", NOW)
    context = Context(tmp_path, serving_settings(tmp_path), "CNY")
    context.__dict__ |= {"reading": store, "engine": store}
    known: Any = Known(tmp_path)
    handlers = CareDesk(lambda: known, context).handlers
    for operation, query in (("warnings", f"since={BEFORE}"), ("arrears", "as_of=2025-07-01")):
        with pytest.raises(LakeError):
            answered(handlers, operation, query)


def test_one_customers_standing_waits_for_no_list_of_all(
    handlers: Mapping[str, Handler],
) -> None:
    desk: Any = handlers["standing"].__self__  # type: ignore[attr-defined]

    async def behind(call: Any) -> Any:
        while desk._some.available_tokens:
            desk._some.acquire_on_behalf_of_nowait(object())
        return await asyncio.wait_for(desk.standing(call), 10)

    call, _ = answered({"standing": behind}, "standing", role="store", customer_id="C1")
    assert call.subjects == ("C1",)
