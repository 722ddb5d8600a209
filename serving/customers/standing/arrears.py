"""The arrears care list (欠费): who owes how much, since when, and what was paid and promised.

Apart from churn: no prediction is read. Of the postpaid, as known at a moment; who has left and
still owes is on it too. An entry counts whole until enough was paid for it (`features.histories.
bills.accounts`), so what was paid towards it since it was due stands beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
from sqlalchemy import Engine, select

from features.engine.moments import moment_of_data
from features.engine.store import Histories, open_histories
from features.errors import LakeError
from features.histories import contracts, people
from features.histories.bills.accounts import accounts
from features.histories.bills.billing import payments
from features.histories.bills.tiers import FEN
from serving.customers.standing.standing_settings import standing_settings
from serving.database.tables import promises

PLACES = ("city", "store_id", "manager_id", "group_id")
FACTS = (
    "customer_id", "standing", *PLACES, "overdue", "bills", "since", "days_overdue",
    "paid_since", "last_paid_at", "last_paid",
)  # fmt: skip
COLUMNS = (*FACTS, "promise", "promise_due")


def arrears(
    home: Path,
    engine: Engine,
    as_of: datetime | None = None,
    places: dict[str, str] | None = None,
) -> tuple[datetime, list[dict[str, Any]]]:
    """The moment, and the customers who owe at it, the greatest amount first.

    Each with `COLUMNS`: those of `owing`, and the open `promise` that is due first (its kind), null
    without. `places` restricts them, such as {"manager_id": "M1"}. Raises as `owing` does.
    """
    moment, found = owing(home, as_of)
    return moment, with_promises(engine, found, places or {})


def owing(home: Path, as_of: datetime | None = None) -> tuple[datetime, list[dict[str, Any]]]:
    """The moment, and all who owe at it by the facts alone, the greatest amount first.

    Each with `FACTS`: `overdue` the amount of the overdue `bills`; `since` the day on which the
    oldest was due; `paid_since` what was paid from that day on; the last payment at all. Raises
    LakeError where bills or payments are not delivered.
    """
    histories = open_histories(home)
    if "settlements" not in histories.tables:
        raise LakeError(
            "what customers owe is not known: it needs the feeds bills and payments. Import them."
        )
    moment = moment_of_data(histories.connection, home, as_of)
    owed = _owed(histories, moment)
    owed = owed[owed["overdue_fen"] >= round(standing_settings(home).arrears.least * FEN)]
    whole = owed.merge(_about(histories, moment), on="customer_id", how="left")
    whole = whole.merge(_paid(histories, moment, whole), on="customer_id", how="left")
    whole = whole.sort_values(["overdue_fen", "customer_id"], ascending=[False, True])
    return moment, [_row(row) for row in whole.to_dict("records")]


def with_promises(
    engine: Engine, found: Iterable[Mapping[str, Any]], places: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Those of `owing` who belong to these places, each with their open promise as it is now."""
    own = [one for one in found if all(one[name] == value for name, value in places.items())]
    promised = _promised(engine, [one["customer_id"] for one in own])
    return [_promising(one, promised) for one in own]


def _owed(histories: Histories, moment: datetime) -> pd.DataFrame:
    """customer_id, overdue_fen, bills, since, days_overdue of those with an overdue bill."""
    profiles = people.profile(histories.tables["customers"], [moment])
    bills = accounts(histories.tables["settlements"], profiles, [moment])
    bills = bills.filter(bills.overdue == 1)
    found: pd.DataFrame = histories.connection.execute(
        bills.group_by("customer_id").agg(
            overdue_fen=bills.overdue_fen.sum().cast("int64"),
            bills=bills.count().cast("int64"),
            since=bills.due.min(),
            days_overdue=bills.overdue_days.max(),
        )
    )
    return found


def _about(histories: Histories, moment: datetime) -> pd.DataFrame:
    """customer_id, standing and those of `PLACES` that the feed has."""
    profiles = people.profile(histories.tables["customers"], [moment])
    own = [name for name in PLACES if name in profiles.columns]
    standing = contracts.standing(histories.tables["contracts"], [moment])
    joined = profiles.select("customer_id", *own).left_join(
        standing.select("customer_id", "standing"), "customer_id"
    )
    found: pd.DataFrame = histories.connection.execute(
        joined.select("customer_id", "standing", *own)
    )
    return found


def _paid(histories: Histories, moment: datetime, owing: pd.DataFrame) -> pd.DataFrame:
    """customer_id, paid_since_fen, last_paid_at and last_paid_fen of those who owe."""
    seen = payments(histories.tables["payments"], [moment])
    own = ibis.memtable(
        {"customer_id": owing["customer_id"].astype(object).tolist()},
        schema=ibis.schema({"customer_id": "string"}),
    )
    seen = seen.semi_join(own, "customer_id")
    rows = histories.connection.execute(seen.select("customer_id", "event_time", "amount_fen"))
    rows = rows.merge(owing[["customer_id", "since"]], on="customer_id")
    rows = rows.sort_values("event_time", kind="stable")
    since = pd.to_datetime(rows["since"])
    rows["paid_since_fen"] = rows["amount_fen"].where(rows["event_time"] >= since, 0)
    found: pd.DataFrame = rows.groupby("customer_id", as_index=False).agg(
        paid_since_fen=("paid_since_fen", "sum"),
        last_paid_at=("event_time", "last"),
        last_paid_fen=("amount_fen", "last"),
    )
    return found


def _promised(engine: Engine, customer_ids: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """By customer the kind and due hour of the promise that is open and due first."""
    own = promises.c
    query = (
        select(own.customer_id, own.kind, own.due_at)
        .where(own.kept_at.is_(None))
        .order_by(own.due_at, own.id)
    )
    wanted, found = set(customer_ids), dict[str, tuple[str, datetime]]()
    with engine.connect() as connection:
        for row in connection.execute(query):
            if row.customer_id in wanted:
                found.setdefault(row.customer_id, (row.kind, row.due_at))
    return found


def _promising(
    one: Mapping[str, Any], promised: Mapping[str, tuple[str, datetime]]
) -> dict[str, Any]:
    kind, due_at = promised.get(one["customer_id"], (None, None))
    due = None if due_at is None else due_at.isoformat(timespec="minutes")
    return {**one, "promise": kind, "promise_due": due}


def _row(row: dict[Any, Any]) -> dict[str, Any]:
    paid_at = row["last_paid_at"]
    return {
        "customer_id": row["customer_id"],
        "standing": _text(row.get("standing")),
        **{name: _text(row.get(name)) for name in PLACES},
        "overdue": row["overdue_fen"] / FEN,
        "bills": int(row["bills"]),
        "since": f"{row['since']:%F}",
        "days_overdue": int(row["days_overdue"]),
        "paid_since": 0.0 if pd.isna(row["paid_since_fen"]) else row["paid_since_fen"] / FEN,
        "last_paid_at": None if pd.isna(paid_at) else f"{paid_at:%F}",
        "last_paid": None if pd.isna(paid_at) else row["last_paid_fen"] / FEN,
    }


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
