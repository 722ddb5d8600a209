"""Examples of searches, of one customer and of saved views, for the contract, by operation."""

from __future__ import annotations

from typing import Any

VIEW = {
    "name": "at risk",
    "search": {"churn_risk_min": "0.2", "sort": "-churn_risk"},
    "changed_at": "2026-03-02 09:00:00",
}
SEARCH_ANSWER = {
    "as_of": "2026-03-02",
    "currency": "CNY",
    "count": 812,
    "customers": [{"customer_id": "C0012345", "city": "Suzhou", "churn_risk": 0.608}],
    "after": "WyIyMDI2LTAzLTAyLWEuLi4",
    "breakdown": [{"value_tier": "gold", "customers": 96}],
    "more_groups": False,
}
CUSTOMER_ANSWER: dict[str, Any] = {
    "customer_id": "C0012345",
    "as_of": "2026-03-02",
    "currency": "CNY",
    "objects": False,
    "profile": {"customer_id": "C0012345", "city": "Suzhou", "churn_risk": 0.608},
    "words": {"customer_id": "customer", "city": "city", "churn_risk": "churn risk"},
    "changes": [
        {
            "at": "2025-05-31T19:44:21", "known_at": "2025-06-01T06:40:34", "what": "profile",
            "now": {"city": "Suzhou"},
        }
    ],
    "usage_weeks": [{"week": "2026-02-16", "days": 7, "voice_out_s": 2702, "data_kb": 807308}],
    "bills": [{"period": "2026-01-01", "at": "2026-02-02 08:01:36", "revenue": 39.1}],
    "payments": [{"payment_id": "P10234342", "at": "2026-02-19 05:23:46", "amount": 39.1}],
    "complaints": [],
    "contacts": [],
    "tiers": [
        {
            "changed_at": "2024-08-05 11:11:49", "before": None, "after": "gold",
            "cause": "first_bill",
        }
    ],
    "nights": [
        {"as_of": "2026-03-02", "churn_risk": 0.608, "value_tier": "gold", "model_version": "1"}
    ],
    "group": {"group_id": "G0012", "members": 7},
    "objections": [],
    "promises": [],
    "decisions": [],
    "outcomes": [],
    "tasks": [
        {
            "id": "5f0c22a8d1b0e7c45f0c22a8", "kind": "visit", "manager_id": "M0012",
            "due": "2026-03-12", "state": "open", "issued_at": "2026-03-02 09:00:00",
            "ended_at": None, "outcome": None,
        }
    ],
    "events": [],
}  # fmt: skip
MOVED_ANSWER: dict[str, Any] = {
    "customer_id": "C0012345",
    "rows": [
        {
            "row_id": "night", "at": "2026-03-02T00:00:00", "source": "night",
            "model_version": "3", "churn_risk": 0.42,
        },
        {
            "row_id": "5f1c2b3a4d5e6f708192a3b4c5d6e7f8", "at": "2026-03-02T10:00:00",
            "source": "decision", "model_version": "3", "churn_risk": 0.608,
        },
    ],
    "since": {
        "row_id": "night", "at": "2026-03-02T00:00:00", "source": "night",
        "model_version": "3", "churn_risk": 0.42,
    },
    "until": {
        "row_id": "5f1c2b3a4d5e6f708192a3b4c5d6e7f8", "at": "2026-03-02T10:00:00",
        "source": "decision", "model_version": "3", "churn_risk": 0.608,
    },
    "because": None,
    "model_version": "3",
    "risk_since": 0.42,
    "risk_until": 0.608,
    "moves": [
        {
            "feature": "complaints_open_90d", "text": "open complaints: 0 → 1",
            "before": 0.0, "after": 1.0, "effect": 0.71,
        }
    ],
    "others": 0.05,
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "searchCustomers": (None, SEARCH_ANSWER),
    "customer": (None, CUSTOMER_ANSWER),
    "riskMoved": (None, MOVED_ANSWER),
    "views": (None, {"views": [VIEW]}),
    "saveView": ({"search": VIEW["search"]}, VIEW),
    "deleteView": (None, {"name": "at risk"}),
}
