"""A customer of whom something of every kind is known."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from serving.http.contract.forms.customer import CustomerAnswer

NOW = datetime(2026, 3, 2, 15)
NIGHT = datetime(2026, 3, 2)


def known(**more: Any) -> CustomerAnswer:
    """The answer of the API; `more` replaces some of it."""
    found: dict[str, Any] = {
        "customer_id": "C1", "as_of": "2026-03-02", "currency": "CNY", "objects": False,
        "profile": {}, "words": {}, "group": None,
        "changes": [
            {"at": "2026-02-01T10:00:00", "known_at": "2026-02-01T10:00:00",
             "what": "plan_changed", "now": {"plan": "P2", "consent": "True"}}
        ],
        "usage_weeks": [
            {"week": "2026-02-09", "active": 5, "data_kb": 500_000, "voice_out_s": 600, "sms": 1,
             "rival_hotline_calls": 2},
            {"week": "2026-02-16", "active": 7, "data_kb": 1_000_000, "voice_out_s": 60, "sms": 0},
        ],
        "bills": [{"period": "2026-01-01", "revenue": 88.5, "at": "2026-02-01 06:00:00"}],
        "payments": [{"amount": 90.0, "at": "2026-02-03 12:00:00"}],
        "complaints": [
            {"complaint_id": "K1", "event": "opened", "category": "billing", "text": "<b>no</b>",
             "at": "2026-01-10 09:00:00"},
            {"complaint_id": "K1", "event": "closed", "at": "2026-01-12 09:00:00"},
            {"complaint_id": "K2", "event": "opened", "at": "2026-02-20 09:00:00"},
        ],
        "contacts": [{"event": "sent", "campaign": "spring", "at": "2026-01-20 09:00:00"}],
        "tiers": [
            {"changed_at": "2025-06-01 00:00:00", "before": None, "after": "gold",
             "cause": "first_bill"},
            {"changed_at": "2026-02-05 00:00:00", "before": "gold", "after": "silver",
             "cause": "bill_fell"},
        ],
        "nights": [
            {"as_of": "2026-02-23", "churn_risk": 0.1, "value_tier": "gold", "model_version": "1"},
            {"as_of": "2026-03-02", "churn_risk": 0.4, "value_tier": "gold", "model_version": "2"},
        ],
        "objections": [
            {"recorded_at": "2025-05-01 09:00:00", "withdrawn_at": "2025-06-01 09:00:00"}
        ],
        "promises": [
            {"id": "p", "kind": "callback", "made_at": "2026-03-01 09:00:00",
             "due_at": "2026-03-02 09:00:00", "kept_at": None}
        ],
        "decisions": [
            {"at": "2026-02-10 09:00:00", "channel": "store", "intent": "browse",
             "model_version": "1"},
            {"at": "2026-03-02 14:59:00", "channel": "store", "intent": "cancel",
             "model_version": "2"},
        ],
        "outcomes": [
            {"at": "2026-02-10 09:05:00", "outcome": "saved", "channel": "store",
             "reason": "price", "offer": None}
        ],
        "tasks": [
            {"kind": "visit", "due": "2026-03-09", "state": "open", "outcome": None,
             "issued_at": "2026-03-01 10:00:00", "ended_at": None}
        ],
        "events": [{"feed": "payments", "event_time": "2026-03-02 12:00:00"}],
    }  # fmt: skip
    return CustomerAnswer.model_validate(found | more)
