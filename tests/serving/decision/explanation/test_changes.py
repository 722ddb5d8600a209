"""What could have been another, and in which sets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa

from serving.decision.explanation.changes import (
    _open_complaints,
    complaint_closed,
    debt_paid,
    open_complaints,
    other_plan,
    savings_fen,
    sets_of,
)

AT = datetime(2026, 3, 2, 10)
HOUR = timedelta(hours=1)


def facts(*rows: tuple[str, str, float, float | None]) -> pa.Table:
    """Complaints: which one, what happened, how many hours before, superseded how many before."""
    moment = pa.timestamp("us")
    return pa.table(
        {
            "customer_id": pa.array(["C1"] * len(rows), pa.string()),
            "complaint_id": pa.array([row[0] for row in rows], pa.string()),
            "event": pa.array([row[1] for row in rows], pa.string()),
            "event_time": pa.array([AT - row[2] * HOUR for row in rows], moment),
            "known_at": pa.array([AT - row[2] * HOUR for row in rows], moment),
            "superseded_at": pa.array(
                [None if row[3] is None else AT - row[3] * HOUR for row in rows], moment
            ),
        }
    )


def test_open_are_those_that_were_not_closed_last() -> None:
    rows = facts(
        ("K3", "opened", 3, None),
        ("K1", "opened", 90, None),
        ("K2", "opened", 80, None),
        ("K2", "closed", 70, None),
        ("K4", "opened", 60, None),
        ("K4", "closed", 50, None),
        ("K4", "reopened", 40, None),
        ("K5", "opened", -1, None),  # not known yet
        ("K6", "opened", 30, None),
        ("K6", "closed", 20, 10),  # taken back since
    )
    assert open_complaints(rows, AT, 48) == ["K1", "K4", "K6", "K3"]
    assert open_complaints(rows.slice(0, 0), AT, 48) == []


def test_one_query_finds_them_at_every_moment() -> None:
    rows = facts(("K1", "opened", 90, None), ("K2", "opened", 80, None), ("K2", "closed", 70, None))
    _open_complaints.cache_clear()
    found = {hours: open_complaints(rows, AT - hours * HOUR, 48) for hours in (100, 85, 75, 0)}
    assert found == {100: [], 85: ["K1"], 75: ["K1", "K2"], 0: ["K1"]}
    assert _open_complaints.cache_info().misses == 1


def test_a_set_has_one_plan_at_most() -> None:
    changes = [complaint_closed("K1"), debt_paid(46.1), other_plan("A"), other_plan("B")]
    assert len(list(sets_of(changes, 1))) == 4
    assert len(list(sets_of(changes, 2))) == 5
    assert len(list(sets_of(changes, 3))) == 2


def test_a_debt_is_paid_to_the_fen() -> None:
    import numpy as np

    owed = float(np.float32(4610.07))  # as a row keeps it
    assert debt_paid(owed).fields["amount_fen"] == 461007
    assert debt_paid(owed).reference == "4610.07"


def test_the_fact_is_known_just_before_the_moment() -> None:
    event = other_plan("A").event("C1", AT)
    assert event.known_at == event.event_time == AT - timedelta(microseconds=1)
    assert event.fields == {"event": "plan_changed", "plan": "A"}


def test_plans_keep_the_order_of_their_savings() -> None:
    fit = {"plans": [{"plan": "B", "saving": 46.1}, {"plan": "A", "saving": -3.0}]}
    assert list(savings_fen(fit).items()) == [("B", 4610), ("A", -300)]
    assert savings_fen(None) == {}
