"""Who owes how much since when, on a lake that is counted by hand, on both databases."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from features.engine.store import build_histories
from features.errors import LakeError
from serving.customers.standing.arrears import COLUMNS, arrears, with_promises
from serving.decision.promises import Promise, keep_promise, write_promise
from serving.results.figures import Figures
from tests.conftest import set_home
from tests.facts import Fact, fact, import_facts, joined, used

JULY = datetime(2025, 7, 1)


def bill(customer: str, month: int, amount: int, due: date) -> Fact:
    return fact(
        "bills", customer, datetime(2025, month + 1, 3),
        period=date(2025, month, 1), revenue_fen=amount, due=due,
    )  # fmt: skip


def paid(customer: str, day: int, amount: int) -> Fact:
    at = datetime(2025, 6, day)
    return fact("payments", customer, at, payment_id=f"{customer}{day}", amount_fen=amount)


FACTS = [
    *joined("C1", manager_id="M1", city="A"),
    used("C1", 28, data_kb=1),  # the data end with 1 July
    bill("C1", 3, 10_000, date(2025, 4, 20)),
    bill("C1", 4, 5_000, date(2025, 5, 20)),
    paid("C1", 9, 4_000),  # towards the first bill, which stays owed whole
    *joined("C2", manager_id="M2"),
    bill("C2", 4, 20_001, date(2025, 5, 20)),
    fact("contracts", "C2", datetime(2025, 6, 9), event="cancelled"),
    *joined("C3"),
    bill("C3", 4, 7_000, date(2025, 5, 20)),
    paid("C3", 9, 7_000),
    *joined("C4"),
    bill("C4", 4, 99, date(2025, 5, 20)),
    *joined("C5"),
    bill("C5", 5, 7_000, date(2025, 7, 20)),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    import_facts(tmp_path / "home", FACTS, tmp_path / "facts")
    build_histories(tmp_path / "home")
    return tmp_path / "home"


def owing(home: Path, store: Engine, **own: Any) -> dict[str, dict[str, Any]]:
    moment, found = arrears(home, store, JULY, **own)
    assert moment == JULY
    return {one["customer_id"]: one for one in found}


def test_the_list_has_amount_begin_and_payments(home: Path, store: Engine) -> None:
    found = owing(home, store)
    assert list(found) == ["C2", "C1"]  # C4 owes less than the least, C5 is not due yet
    assert tuple(found["C1"]) == COLUMNS
    assert found["C1"] == {
        "customer_id": "C1",
        "standing": "active",
        "city": "A",
        "store_id": None,
        "manager_id": "M1",
        "group_id": None,
        "overdue": 150.0,
        "bills": 2,
        "since": "2025-04-20",
        "days_overdue": 72,
        "paid_since": 40.0,
        "last_paid_at": "2025-06-09",
        "last_paid": 40.0,
        "promise": None,
        "promise_due": None,
    }
    gone = found["C2"]
    assert (gone["standing"], gone["overdue"], gone["last_paid_at"]) == ("left", 200.01, None)
    assert gone["paid_since"] == 0.0


def test_the_open_promise_that_is_due_first_stands_beside(home: Path, store: Engine) -> None:
    with store.begin() as connection:
        for number, kind in ((3, "callback"), (2, "complaint"), (1, "fault_town")):
            due = datetime(2025, 7, number, 8)
            promise = Promise(f"p{number}", "C1", kind, JULY, due, None)
            write_promise(connection, promise, "anna")
            if number == 1:
                keep_promise(connection, promise, JULY)
    found = owing(home, store)["C1"]
    assert (found["promise"], found["promise_due"]) == ("complaint", "2025-07-02T08:00")


def test_the_list_is_of_one_manager_and_from_the_least_amount(home: Path, store: Engine) -> None:
    assert list(owing(home, store, places={"manager_id": "M1"})) == ["C1"]
    assert owing(home, store, places={"manager_id": "M9"}) == {}
    assert owing(home, store, places={"store_id": "S1"}) == {}
    set_home(home, "standing", "[arrears]\nleast = 0.5\n")
    assert list(owing(home, store)) == ["C2", "C1", "C4"]


def test_who_owes_is_kept_until_facts_or_settings_change(
    home: Path, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promises are those of now all the same, and a caller's limit is looked at each time."""
    figures = Figures(home)
    moment, found = figures.owing(JULY)
    assert (moment, [own["customer_id"] for own in found]) == (JULY, ["C2", "C1"])
    with monkeypatch.context() as closed:
        closed.setattr("serving.results.figures.owing", None)
        assert Figures(home).owing(JULY) == (moment, found)
    for places, ids in (({}, ["C2", "C1"]), ({"manager_id": "M1"}, ["C1"]), ({"city": "B"}, [])):
        assert [own["customer_id"] for own in with_promises(store, found, places)] == ids
    with store.begin() as connection:
        due = datetime(2025, 7, 3, 8)
        write_promise(connection, Promise("p9", "C2", "callback", JULY, due, None), "anna")
    assert with_promises(store, found, {}) == arrears(home, store, JULY)[1]
    assert with_promises(store, found, {})[0]["promise"] == "callback"
    set_home(home, "standing", "[arrears]\nleast = 0.5\n")
    assert [own["customer_id"] for own in figures.owing(JULY)[1]] == ["C2", "C1", "C4"]
    import_facts(home, [paid("C1", 29, 15_000)], tmp_path / "later")
    build_histories(home)
    assert [own["customer_id"] for own in figures.owing(JULY)[1]] == ["C2", "C4"]


def test_without_payments_it_is_not_known_who_owes(tmp_path: Path, store: Engine) -> None:
    facts = [one for one in FACTS if one[0] != "payments"]
    import_facts(tmp_path / "home", facts, tmp_path / "facts")
    build_histories(tmp_path / "home")
    with pytest.raises(LakeError, match="needs the feeds bills and payments"):
        arrears(tmp_path / "home", store)
