"""What the operational database holds of one customer, as plain rows."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from serving.database.tables import contacts, decisions, events, objections, promises, tasks

MAX_ROWS = 200  # the latest of each kind
FEN = 100

COLUMNS: dict[str, tuple[Table, str, tuple[str, ...]]] = {
    "objections": (objections, "recorded_at", ("recorded_at", "withdrawn_at")),
    "promises": (promises, "made_at", ("id", "kind", "made_at", "due_at", "kept_at")),
    "decisions": (
        decisions,
        "at",
        ("id", "at", "purpose", "intent", "channel", "answered_by", "model_version"),
    ),
    "outcomes": (
        contacts,
        "at",
        (
            "at", "channel", "intent", "action", "offer", "cost_fen", "outcome", "reason", "rival",
            "confirmed", "store_id", "campaign_id", "decision_id",
        ),
    ),
    "tasks": (
        tasks,
        "issued_at",
        ("id", "kind", "manager_id", "due", "state", "issued_at", "ended_at", "outcome"),
    ),
    "events": (events, "event_time", ("feed", "event_time", "known_at", "content")),
}  # fmt: skip


def records(connection: Connection, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """By kind (COLUMNS) the customer's rows, the oldest of the latest MAX_ROWS first."""
    return {
        kind: _rows(connection, table, order, columns, customer_id)
        for kind, (table, order, columns) in COLUMNS.items()
    }


def objects(found: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether an objection to automated decisions holds."""
    return any(own["withdrawn_at"] is None for own in found["objections"])


def _rows(
    connection: Connection, table: Table, order: str, columns: tuple[str, ...], customer_id: str
) -> list[dict[str, Any]]:
    query = select(*(table.c[name] for name in columns)).where(table.c.customer_id == customer_id)
    query = query.order_by(table.c[order].desc(), *(key.desc() for key in table.primary_key))
    rows = connection.execute(query.limit(MAX_ROWS)).mappings().all()
    return [_plain(dict(row)) for row in reversed(rows)]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Moments and days as text, amounts in the currency, content as it was sent."""
    if "content" in row:
        row["content"] = json.loads(row["content"])
    if "cost_fen" in row:
        cost_fen = row.pop("cost_fen")
        row["cost"] = None if cost_fen is None else cost_fen / FEN
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
