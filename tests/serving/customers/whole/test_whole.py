"""The 360 view: what the lake, the nights and the operational database hold of one customer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from features.engine.store import build_histories
from features.errors import LakeError, UnknownCustomers
from serving.access.principal import Scope
from serving.customers.archive import archive
from serving.customers.base import CustomerBase
from serving.customers.whole import WholeCustomers, facts
from serving.database.tables import objections
from tests.bases import write_base
from tests.facts import day, fact, import_facts, joined, used

AS_OF = day(28)
BOUNDS = (3_000, 6_000, 9_000)
EVERYONE = Scope()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A and B with a bill, B's group; C has left. A bill of A is corrected after the night."""
    folder = tmp_path_factory.mktemp("whole")
    home = folder / "home"
    bill: dict[str, Any] = {"period": day(0).date(), "revenue_fen": 7_000}
    import_facts(
        home,
        [
            *joined("A", 0, city="Suzhou"),
            fact("customers", "A", day(10), day(12), city="Wuxi"),
            fact("contracts", "A", day(11), event="plan_changed", plan="P2"),
            fact("bills", "A", day(9), **bill),
            fact("bills", "A", day(9), day(40), **bill | {"revenue_fen": 1_000}),
            fact("payments", "A", day(20), payment_id="Y1", amount_fen=7_000),
            fact("complaints", "A", day(20), complaint_id="X", event="opened"),
            fact("contacts", "A", day(22), contact_id="K1", event="sent", arm="treated"),
            *joined("B", 0, city="Suzhou", group_id="G"),
            fact("bills", "B", day(9), **bill),
            *joined("C", 0),
            fact("contracts", "C", day(20), event="ported"),
            *(used(who, number, data_kb=5) for who in "AB" for number in range(41)),
        ],
        folder / "raw",
    )
    build_histories(home)
    own = {"city": "Wuxi", "churn_risk": 0.25}
    before = f"{day(21):%F}"
    write_base(home, [{"customer_id": "A"} | own, {"customer_id": "B"}], as_of=before)
    group = {"customer_id": "B", "group_id": "G", "city": "Suzhou"}
    write_base(home, [{"customer_id": "A", **own, "churn_risk": 0.5}, group], as_of=f"{AS_OF:%F}")
    return home


@pytest.fixture(scope="module")
def customers(home: Path) -> WholeCustomers:
    return WholeCustomers(home, CustomerBase(home))


def view(
    customers: WholeCustomers,
    store: Engine,
    customer_id: str = "A",
    role: str | None = "store",
    scope: Scope = EVERYONE,
) -> dict[str, Any]:
    with store.connect() as connection:
        return customers.view(connection, customer_id, role, scope, "en", BOUNDS)


def test_the_view_holds_what_was_known_at_the_night(
    home: Path, customers: WholeCustomers, store: Engine
) -> None:
    found = view(customers, store)
    assert (found["as_of"], found["profile"]["city"]) == (f"{AS_OF:%F}", "Wuxi")
    assert found["changes"] == archive(home, "A", AS_OF)["changes"]
    bill = {"period": f"{day(0):%F}", "due": None, "revenue": 70.0, "cost": 0.0}
    assert found["bills"] == [bill | {"at": f"{day(9):%F %T}"}], "not yet corrected"
    assert [own["amount"] for own in found["payments"]] == [70.0]
    assert [own["event"] for own in found["complaints"]] == ["opened"]
    weeks = [(own["week"], own["days"], own["data_kb"]) for own in found["usage_weeks"]]
    assert weeks[:2] == [(f"{day(0):%F}", 7, 35), (f"{day(7):%F}", 7, 35)]
    assert [(own["before"], own["after"], own["cause"]) for own in found["tiers"]] == [
        (None, "gold", "first_bill")
    ]
    assert [(own["as_of"], own["churn_risk"]) for own in found["nights"]] == [
        (f"{day(21):%F}", 0.25), (f"{AS_OF:%F}", 0.5),
    ]  # fmt: skip
    assert found["words"]["churn_risk"] == "churn risk"


def test_the_arm_of_a_contact_and_margins_are_for_planners(
    customers: WholeCustomers, store: Engine
) -> None:
    at_counter, planning = view(customers, store), view(customers, store, role="marketing")
    assert "arm" not in at_counter["contacts"][0]
    assert planning["contacts"][0]["arm"] == "treated"
    assert set(planning["profile"]) - set(at_counter["profile"]) >= {"margin", "universal_holdout"}


def test_a_group_counts_the_members_whom_the_caller_may_know(
    customers: WholeCustomers, store: Engine
) -> None:
    assert view(customers, store, "B")["group"] == {"group_id": "G", "members": 1}
    assert view(customers, store)["group"] is None


@pytest.mark.parametrize(
    ("customer_id", "scope"),
    [
        ("C", EVERYONE),
        ("X'; drop table x", EVERYONE),
        ("A", Scope(city="Suzhou")),
        ("B", Scope(manager_id="M1")),
    ],
)
def test_who_left_is_unknown_or_out_of_scope_is_refused_alike(
    customers: WholeCustomers, store: Engine, customer_id: str, scope: Scope
) -> None:
    with pytest.raises(UnknownCustomers, match="is not in the network at") as refusal:
        view(customers, store, customer_id, scope=scope)
    assert refusal.value.details == {"customer_ids": [customer_id]}


def test_who_objects_is_shown_without_predictions(customers: WholeCustomers, store: Engine) -> None:
    with store.begin() as connection:
        row = {"customer_id": "A", "recorded_at": datetime(2026, 3, 2), "caller": "k"}
        connection.execute(insert(objections).values(row))
    found = view(customers, store)
    assert found["objects"]
    assert (found["profile"]["churn_risk"], found["profile"]["predicted_tier"]) == (None, None)
    assert (found["nights"], found["profile"]["city"]) == ([], "Wuxi")


def test_what_was_warmed_is_not_compiled_for_the_first_customer(
    home: Path, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers, compiled = WholeCustomers(home, CustomerBase(home)), list[str]()
    compile_ = facts._text

    def counted(path: Path, as_of: datetime) -> str:
        compiled.append(path.stem)
        return compile_(path, as_of)

    monkeypatch.setattr(facts, "_text", counted)
    for _ in range(2):
        customers.warm()
    assert sorted(compiled) == sorted({*compiled})
    count = len(compiled)
    assert view(customers, store)["bills"]
    assert len(compiled) == count > 0


def test_without_histories_the_view_is_refused(tmp_path: Path, store: Engine) -> None:
    write_base(tmp_path, [{"customer_id": "A"}])
    customers = WholeCustomers(tmp_path, CustomerBase(tmp_path))
    with pytest.raises(LakeError, match=r"has no histories\. Run `liuke build"):
        view(customers, store)
