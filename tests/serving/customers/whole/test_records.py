"""The rows of the operational database about one customer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Table, insert

from serving.customers.whole.records import COLUMNS, MAX_ROWS, objects, records
from serving.database.tables import contacts, decisions, events, objections, promises, tasks

MONDAY = datetime(2026, 3, 2, 9)
ROWS: list[tuple[Table, dict[str, Any]]] = [
    (objections, {"recorded_at": MONDAY, "caller": "k"}),
    (promises, {"id": "p1", "kind": "callback", "made_at": MONDAY, "due_at": MONDAY,
                "caller": "k"}),
    (decisions, {"id": "d1", "at": MONDAY, "purpose": "customer_present", "intent": "cancel",
                 "channel": "store", "caller": "k", "role": "store", "answered_by": "live",
                 "request": "{}", "answer": "{}"}),
    (contacts, {"idempotency_key": "i1", "content_sha256": "x", "at": MONDAY, "channel": "store",
                "cost_fen": 1250, "outcome": "saved", "confirmed": True, "caller": "k"}),
    (tasks, {"id": "t1", "manager_id": "M1", "kind": "visit", "text": "See them", "due": MONDAY,
             "issuer": "k", "issued_at": MONDAY, "state": "done", "outcome": "saved",
             "ended_at": MONDAY}),
    (events, {"event_key": "e1", "feed": "complaints", "event_time": MONDAY, "known_at": MONDAY,
              "content": '{"category": "network"}', "caller": "k"}),
]  # fmt: skip


def test_each_kind_of_row_is_there_and_another_customers_is_not(store: Engine) -> None:
    with store.begin() as connection:
        for table, row in ROWS:
            connection.execute(insert(table).values(customer_id="C1", **row))
        found, other = records(connection, "C1"), records(connection, "C2")
    assert other == {kind: [] for kind in COLUMNS}
    assert found["objections"] == [{"recorded_at": "2026-03-02 09:00:00", "withdrawn_at": None}]
    assert (found["outcomes"][0]["cost"], found["outcomes"][0]["outcome"]) == (12.5, "saved")
    assert found["events"][0]["content"] == {"category": "network"}
    assert (found["decisions"][0]["id"], found["promises"][0]["kind"]) == ("d1", "callback")
    assert found["tasks"] == [
        {
            "id": "t1", "kind": "visit", "manager_id": "M1", "due": "2026-03-02", "state": "done",
            "issued_at": "2026-03-02 09:00:00", "ended_at": "2026-03-02 09:00:00",
            "outcome": "saved",
        }
    ], "without its text: who may see the customer need not see what managers wrote"  # fmt: skip
    assert objects(found)
    assert not objects(other)


def test_an_objection_that_was_withdrawn_no_longer_holds(store: Engine) -> None:
    row = {"customer_id": "C1", "recorded_at": MONDAY, "caller": "k"}
    with store.begin() as connection:
        connection.execute(insert(objections).values(**row, withdrawn_at=MONDAY))
        assert not objects(records(connection, "C1"))


def test_of_many_rows_the_latest_are_shown_the_oldest_first(store: Engine) -> None:
    with store.begin() as connection:
        for number in range(MAX_ROWS + 5):
            row = ROWS[5][1] | {"event_key": f"e{number:03d}", "content": str(number)}
            connection.execute(insert(events).values(customer_id="C1", **row))
        found = records(connection, "C1")["events"]
    assert [own["content"] for own in found] == list(range(5, MAX_ROWS + 5))
