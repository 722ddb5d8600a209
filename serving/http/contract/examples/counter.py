"""Examples of the counter's forms and answers, for the contract, by operation."""

from __future__ import annotations

from typing import Any

DECIDE_REQUEST = {
    "customer_id": "C0012345",
    "intent": "cancel",
    "channel": "store",
    "purpose": "customer_present",
    "language": "en",
    "reason": "price",
}
DECIDE_ANSWER: dict[str, Any] = {
    "decision_id": "5f0c22a8d1b0e7c45f0c22a8d1b0e7c4",
    "customer_id": "C0012345",
    "intent": "cancel",
    "churn_risk": 0.608,
    "risk_band": "high",
    "value_tier": "gold",
    "value_at_stake": None,
    "value_band": "middle",
    "reasons": [],
    "ladder": [
        {
            "action": "better_plan",
            "kind": "plan",
            "text": "A plan that fits the use better",
            "cost": None,
            "months": 12,
            "plan": "Global 59",
            "saving": 46.0,
            "margin_effect": "green",
            "gain": None,
        }
    ],
    "blocked": [
        {"action": "handset_renewal", "text": "A phone at a lower price", "because": ["over_limit"]}
    ],
    "limit": 60.0,
    "manager_limit": 150.0,
    "largest_paying_incentive": None,
    "assumptions": None,
    "predicted_rules": [],
    "words": {"use": ["What would have to be different for you to stay?"], "avoid": []},
    "cancellation": {
        "reason": "price",
        "rival": None,
        "missing": ["rival"],
        "reasons": {"price": "too expensive"},
        "rivals": ["unknown", "none"],
    },
    "bill_fit": {
        "months": [
            {
                "period": "2026-02-01",
                "plan": "Global 99",
                "bill": 99.0,
                "data_mb": 8100.0,
                "voice_minutes": 140.5,
                "sms": 3,
            }
        ],
        "charge": 99.0,
        "plans": [
            {
                "plan": "Global 59",
                "charge": 53.0,
                "saving": 46.0,
                "text": "Global 59 would have cost you 46.00 CNY less than Global 99 over 1 months",
            }
        ],
    },
    "facts": {
        "intent": "cancel",
        "authority": "clerk",
        "tier": "gold",
        "payment_mode": "postpaid",
        "plan": "Global 99",
        "contract": "free",
        "tenure_band": 2,
        "consent": True,
        "open_complaints": 0,
        "open_promises": 0,
        "broken_promises": 0,
        "best_plan": "Global 59",
        "saving_fen": 4600,
        "has_other_brand": False,
    },
    "inputs": {
        "settings": "9f2c4e1ab07d3356",
        "language": "en",
        "counter_as_of": "2026-03-02T00:00:00",
    },
    "currency": "CNY",
    "as_of": "2026-03-02T00:00:00",
    "age_hours": 10.0,
    "is_stale": False,
    "model_version": "1",
    "fresh_events": 0,
    "answered_by": "live",
    "passed_over": {},
    "because": None,
}
OUTCOME_REQUEST = {
    "key": "store-17-000042",
    "customer_id": "C0012345",
    "decision_id": "5f0c22a8d1b0e7c45f0c22a8d1b0e7c4",
    "outcome": "cancelled",
    "purpose": "customer_present",
    "reason": "price",
    "rival": "none",
    "confirmation": {"kind": "signature", "reference": "form 8812"},
}
OUTCOME_ANSWER = {
    "key": "store-17-000042",
    "customer_id": "C0012345",
    "decision_id": "5f0c22a8d1b0e7c45f0c22a8d1b0e7c4",
    "outcome": "cancelled",
    "recorded_at": "2026-03-02T10:00:00",
    "undo_until": "2026-03-02T10:01:00",
    "pre_cancelled": True,
}
PROMISE_REQUEST = {
    "customer_id": "C0012345",
    "kind": "complaint",
    "purpose": "complaint_open",
}
PROMISE_ANSWER = {
    "promise_id": "5f0c22a8d1b0e7c45f0c22a8",
    "customer_id": "C0012345",
    "kind": "complaint",
    "text": "an answer to the complaint",
    "made_at": "2026-03-02T10:00:00",
    "due_at": "2026-03-04T10:00:00",
    "kept_at": None,
}
EVENT_REQUEST = {
    "key": "crm-2026-03-02-000812",
    "feed": "complaints",
    "customer_id": "C0012345",
    "fields": {"complaint_id": "K20260302-17", "event": "opened", "category": "network"},
}
EVENT_ANSWER = {
    "key": "crm-2026-03-02-000812",
    "feed": "complaints",
    "customer_id": "C0012345",
    "event_time": "2026-03-02T09:14:07.120000",
    "known_at": "2026-03-02T09:14:07.120000",
}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "postEvent": (EVENT_REQUEST, EVENT_ANSWER),
    "decide": (DECIDE_REQUEST, DECIDE_ANSWER),
    "postOutcome": (OUTCOME_REQUEST, OUTCOME_ANSWER),
    "findCustomer": (
        {"phone": "15400000001", "purpose": "customer_present"},
        {"customer_id": "C0012345"},
    ),
    "openPromises": (None, {"promises": [PROMISE_ANSWER]}),
    "makePromise": (PROMISE_REQUEST, PROMISE_ANSWER),
    "keepPromise": (None, {**PROMISE_ANSWER, "kept_at": "2026-03-03T09:00:00"}),
}
