"""Who objects to automated decisions, as searches need to know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, insert

from serving.customers.base.objectors import objectors
from serving.database.tables import objections

MONDAY = datetime(2026, 3, 2, 9)


def test_an_objection_counts_until_it_is_withdrawn(store: Engine) -> None:
    rows = [("C2", None), ("C1", MONDAY), ("C3", MONDAY), ("C3", None), ("C2", None)]
    with store.begin() as connection:
        for customer_id, withdrawn_at in rows:
            row = {"customer_id": customer_id, "recorded_at": MONDAY, "caller": "k"}
            connection.execute(insert(objections).values(**row, withdrawn_at=withdrawn_at))
    assert objectors(store) == ("C2", "C3")
