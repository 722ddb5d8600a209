"""A manager's figures: each against rows that can be counted by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from features.errors import LakeError
from features.home import Home
from serving.database.tables import contacts
from serving.managers.following import cancel, evaluate, finish
from serving.managers.performance import BY_NAME, COMPUTED, Performance, performance
from tests.bases import write_base
from tests.facts import USUAL, fact, import_facts, joined
from tests.serving.decision.test_clusters import contact
from tests.serving.managers.desks import DESK, ISSUER, NOW, SETTINGS, issued

SINCE, UNTIL, TODAY = date(2026, 2, 1), date(2026, 3, 2), date(2026, 3, 10)
IN, BEFORE, AFTER = datetime(2025, 5, 10, 12), datetime(2025, 4, 20), datetime(2025, 6, 5)
OWN = [{"customer_id": f"C{place}", "manager_id": "M1", "revenue": 10.25} for place in range(6)]
OTHERS = [{"customer_id": "D1", "manager_id": "M2", "revenue": 99.0}]


def figures(home: Path, connection: Connection, **period: Any) -> Performance:
    days = {"since": SINCE, "until": UNTIL} | period
    return performance(home, connection, "M1", days["since"], days["until"], TODAY)


def nights(home: Path) -> None:
    """One night before the period, one at its end: C0 has left, C5 has come."""
    write_base(home, OWN[:5] + OTHERS, "a", "2026-01-26")
    write_base(home, OWN[1:] + OTHERS, "b", "2026-03-02")


def test_every_indicator_is_declared_and_computed_once() -> None:
    assert len(BY_NAME) == len(COMPUTED) == 8
    assert all(own.source == "serving.managers.performance, of a period" for own in COMPUTED)


def test_customers_and_revenue_are_those_of_the_closing_night(
    store: Engine, tmp_path: Path
) -> None:
    nights(tmp_path)
    with store.connect() as connection:
        found = figures(tmp_path, connection)
        assert (found.opening, found.closing) == (date(2026, 1, 26), date(2026, 3, 2))
        assert found.values["customers_in_care"] == 5
        assert found.values["revenue_in_care"] == pytest.approx(5 * 10.25)
        earlier = figures(tmp_path, connection, until=date(2026, 3, 1))
        assert (earlier.opening, earlier.closing) == (date(2026, 1, 26), date(2026, 1, 26))
        none = figures(tmp_path, connection, since=date(2025, 1, 1), until=date(2025, 2, 1))
    assert (none.closing, none.values["customers_in_care"], none.values["churned_in_care"]) == (
        None, None, None,
    )  # fmt: skip


LEFT: dict[str, list[tuple[str, datetime, str | None]]] = {
    "C0": [("pre_cancelled", IN, "price")],
    "C1": [("pre_cancelled", BEFORE, "price"), ("cancelled", IN, "price")],  # counted before
    "C2": [("ported", IN, None), ("ported", IN + timedelta(hours=1), None)],
    "C3": [("cancelled", IN, "death")],  # no departure
    "C4": [("pre_cancelled", IN, "price"), ("restored", AFTER, None)],  # has come back
    "C5": [("cancelled", AFTER, "price")],
    "D1": [("pre_cancelled", IN, "price")],  # another's
}


def test_churned_are_those_in_care_who_left_in_the_period_and_have_not_come_back(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(USUAL["contracts"], "reason", None)  # so that the feed has it
    write_base(tmp_path, OWN[:5] + OTHERS, "a", "2025-04-28")
    write_base(tmp_path, OWN[1:] + OTHERS, "b", "2025-06-02")
    may = {"since": date(2025, 5, 1), "until": date(2025, 6, 2)}
    facts = [one for customer in LEFT for one in joined(customer, -400)]
    facts += [
        fact("contracts", customer, at, event=event, reason=reason)
        for customer, events in LEFT.items()
        for event, at, reason in events
    ]
    import_facts(tmp_path, facts, tmp_path / "extract")
    with store.connect() as connection:
        values = figures(tmp_path, connection, **may).values
    assert values["churned_in_care"] == 2  # C0 and C2


def test_contacts_and_saved_are_of_the_ledger_without_what_was_undone(
    store: Engine, tmp_path: Path
) -> None:
    nights(tmp_path)
    rows = [
        contact(1, "A", "saved", customer_id="C0"),
        contact(2, "A", "saved", customer_id="C0"),
        contact(3, "A", "saved", customer_id="C1"),
        contact(4, "A", "undone", customer_id="C1", undoes="k3"),
        contact(5, "A", "no_answer", customer_id="C5"),
        contact(6, "A", "saved", customer_id="D1"),
        contact(7, "A", "saved", customer_id="C2", at=datetime(2026, 3, 2)),
        contact(8, "A", "saved", customer_id="C2", at=datetime(2026, 1, 31, 23)),
    ]
    with store.begin() as connection:
        connection.execute(insert(contacts), rows)
        values = figures(tmp_path, connection).values
    assert (values["contacts_in_care"], values["saved_in_care"]) == (3, 1)


def test_tasks_count_once_they_are_done_or_late(store: Engine, tmp_path: Path) -> None:
    march = {"since": date(2026, 3, 1), "until": date(2026, 4, 1)}
    day = timedelta(days=1)
    with store.begin() as connection:
        nothing = figures(tmp_path, connection, **march).values
        in_time, late = (issued(connection, due=date(2026, 3, 4), customer_id="C1") for _ in "ab")
        gone, _overdue = (issued(connection, due=date(2026, 3, 5), customer_id="C1") for _ in "ab")
        issued(connection, due=date(2026, 3, 20), customer_id="C1")  # not due yet
        issued(connection, "M2", due=date(2026, 3, 4), customer_id="C1")
        finish(connection, in_time.id, "saved", None, DESK, SETTINGS, NOW + day)
        finish(connection, late.id, "saved", None, DESK, SETTINGS, NOW + 7 * day)
        cancel(connection, gone.id, "No need", ISSUER, NOW + day)
        evaluate(connection, in_time.id, 5, "Quick", ISSUER, SETTINGS, NOW + 8 * day)
        evaluate(connection, late.id, 2, "Slow", ISSUER, SETTINGS, NOW + 8 * day)
        values = figures(tmp_path, connection, **march).values
    assert (nothing["tasks_due"], nothing["tasks_in_time"], nothing["task_grade"]) == (
        0, None, None,
    )  # fmt: skip
    assert (values["tasks_due"], values["task_grade"]) == (3, 3.5)
    assert values["tasks_in_time"] == pytest.approx(1 / 3)


def test_scores_of_an_earlier_version_are_named(store: Engine, tmp_path: Path) -> None:
    path = Home(tmp_path).scores / "2026-02-02-x.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no parquet")
    with store.connect() as connection, pytest.raises(LakeError, match="score --as-of 2026-02-02"):
        figures(tmp_path, connection)
