"""A list that is ready, an account manager and a task in a served home, as pages show them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine, insert

from serving.database.tables import campaigns
from serving.managers.archive import save_manager
from serving.managers.tasks import Task, write_task
from serving.retention.campaign.store import CURVE, MEMBERS, PEOPLE, READY, folder
from serving.retention.drawing.arms import CONTROL, TREATED

LIST_ID, TASK_ID = "5" * 32, "a" * 24
LISTED, WITHHELD = 60, 4
NAME = "Spring <b>gold</b>"
CURVE_DATA: dict[str, Any] = {
    "points": [
        {"spend": 0.0, "gain": 0.0, "marginal": 2.0},
        {"spend": 600.0, "gain": 900.0, "marginal": 0.5},
        {"spend": 1000.0, "gain": 1100.0, "marginal": 0.0},
    ],
    "error": 0.0, "bar": 0.0, "stop": {"spend": 1000.0, "gain": 1100.0},
    "budget": {"spend": 600.0, "gain": 900.0, "marginal": 0.5},
}  # fmt: skip
RESULT: dict[str, Any] = {
    "as_of": "2026-03-02", "model_version": "1", "customers": 1200,
    "steps": {"filter": 800, "no_consent": 100, "arrears": 0}, "free": 300, "without_gain": 200,
    "listed": LISTED, "control": WITHHELD, "committed": 600.0,
    "gain_expected": {"value": 900.0, "low": 300.0, "high": 1500.0}, "gap": 0.0,
    "power": {"treated": LISTED, "control": WITHHELD, "detectable": None, "is_enough": False},
    "control_draw": {"share": 0.1, "seed": 7, "ties": 0},
    "curve": {name: own for name, own in CURVE_DATA.items() if name != "points"},
    "by_offer": {"discount": LISTED}, "by_channel": {"sms": LISTED},
    "equal_facts": {"customers": 0}, "priors": "declared",
}  # fmt: skip


def members(ids: list[str]) -> pd.DataFrame:
    """The rows of the list: the treated by their rank, then the control group."""
    arms = [TREATED] * LISTED + [CONTROL] * WITHHELD
    return pd.DataFrame(
        {
            "rank": range(1, len(arms) + 1), "customer_id": ids[: len(arms)], "city": "Suzhou",
            "plan": "Global 59", "value_tier": "gold", "churn_risk": 0.12,
            "value_at_stake": 300.0, "arm": arms, "offer": "discount", "channel": "sms",
            "expected_gain_fen": 1550, "cost_fen": 1000, "call_by": date(2026, 3, 15),
            "reasons": json.dumps(
                [{"feature": "days_to_contract_end", "value": 49.0, "effect": 1.1}]
            ),
        }
    )  # fmt: skip


def keep_list(engine: Engine, home: Path, ids: list[str], now: datetime) -> None:
    """The list, as the process that makes one leaves it."""
    request = {"name": NAME, "budget": 600.0, "filter": {"value_tier": "gold"}, "purpose": "x"}
    kept = {"request": request, "role": "marketing", "scope": {}}
    with engine.begin() as connection:
        connection.execute(
            insert(campaigns).values(
                id=LIST_ID, state=READY, purpose="retention", owner="lin", requested_by="marketing",
                request=json.dumps(kept), created_at=now, expires_at=datetime(2999, 1, 1), seed=7,
                progress=1.0, result=json.dumps(RESULT),
            )
        )  # fmt: skip
    place = folder(home, LIST_ID)
    place.mkdir(parents=True)
    rows = members(ids)
    rows.to_parquet(place / MEMBERS)
    rows.assign(reason="", gain_fen=1550.0, left_fen=10.0).to_parquet(place / PEOPLE)
    (place / CURVE).write_text(json.dumps(CURVE_DATA), "utf-8")


def keep_manager(engine: Engine, manager_id: str, city: str, now: datetime) -> None:
    """A manager with a task that is late."""
    given = {"name": "Large customers", "city": city, "since": date(2025, 1, 1)}
    with engine.begin() as connection:
        save_manager(connection, manager_id, given, "li.na", now)
        write_task(
            connection,
            Task(
                TASK_ID, manager_id, "visit", None, "G1", "See <i>how</i> it goes",
                date(2026, 1, 5), "marketing", now, "open",
            ),
        )  # fmt: skip
