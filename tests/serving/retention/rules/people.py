"""Customers of a night and what is recorded of them, for the tests of the rules of contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, insert

from serving.database.tables import contacts
from serving.events.ledger import Event, record
from serving.retention.retention_settings import RetentionSettings, retention_settings
from serving.retention.rules.facts import Facts
from serving.retention.rules.night import NightFacts, night_facts

NIGHT = datetime(2026, 3, 2)
NOW = NIGHT + timedelta(hours=10)
DAY = timedelta(days=1)
SETTINGS: RetentionSettings = retention_settings(Path("no home"))
RULES = SETTINGS.rules
FREE: dict[str, Any] = {
    "consent": True, "universal_holdout": False, "open_complaint": False, "eligible": True,
    "revenue": 50.0, "standing": "active", "overdue": 0.0, "days_overdue": np.nan,
    "days_since_cancel_request": np.nan,
}  # fmt: skip


def scores(customers: Mapping[str, Mapping[str, Any]], as_of: datetime = NIGHT) -> pd.DataFrame:
    """The night's scores of these customers; each says in what it differs from `FREE`."""
    rows = [{"customer_id": own, **FREE, **other} for own, other in customers.items()]
    return pd.DataFrame(rows).assign(as_of=pd.Timestamp(as_of))


def night(
    home: Path, customers: Mapping[str, Mapping[str, Any]], as_of: datetime = NIGHT
) -> NightFacts:
    return night_facts(home, scores(customers, as_of), RULES, as_of)


def free(count: int = 1) -> Facts:
    """Of customers whom no rule protects."""
    yes, no, zero = np.full(count, True), np.full(count, False), np.zeros(count, dtype=np.int64)
    return Facts(
        customer_ids=np.array([f"C{place}" for place in range(count)], dtype=object),
        consent=yes, objection=no, universal_holdout=no, eligible=yes, has_bill=yes,
        open_complaint=no, open_promise=no, broken_promise=no, contacts=zero,
        held_by=np.full(count, "", dtype=object), is_control=no, overdue_fen=zero,
        overdue_days=zero, cancel_requested=no,
    )  # fmt: skip


def contact(connection: Connection, key: str, customer_id: str, at: datetime, **other: Any) -> None:
    """A row of the ledger as it stands there, whatever the rules say."""
    row = {
        "idempotency_key": key, "content_sha256": "", "customer_id": customer_id, "at": at,
        "channel": "hotline", "outcome": "no_answer", "confirmed": False, "caller": "K1",
    }  # fmt: skip
    connection.execute(insert(contacts).values(row | other))


def post(
    connection: Connection, key: str, customer_id: str, feed: str, at: datetime, **fields: Any
) -> None:
    """A fact as `/events` takes it, known when it happened."""
    record(connection, Event(key, feed, customer_id, at, at, fields), "K1")


def complain(
    connection: Connection, customer_id: str, complaint: str, event: str, at: datetime, **more: Any
) -> None:
    fields = {"complaint_id": complaint, "event": event, **more}
    post(connection, f"{complaint}-{event}-{at}", customer_id, "complaints", at, **fields)


def names(found: Mapping[str, Any], place: int = 0) -> Sequence[str]:
    """The rules that protect the customer at this place."""
    return [rule for rule, flags in found.items() if flags[place]]
