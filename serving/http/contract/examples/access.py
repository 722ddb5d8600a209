"""Examples of sessions, alarms and the audit, for the contract, by operation."""

from __future__ import annotations

from typing import Any

ALARM_ANSWER = {
    "alarms": [
        {
            "id": 7,
            "at": "2026-03-02T09:30:00",
            "kind": "lookups",
            "caller": "li.na",
            "detail": {"window": "hour", "customers": 131, "limit": 120},
        }
    ],
    "next": None,
}
SIGN_IN = {"user": "li.na", "password": "correct horse battery staple"}
SESSION_ANSWER = {
    "user": "li.na",
    "role": "store",
    "city": "Suzhou",
    "store_id": None,
    "manager_id": None,
    "purposes": ["customer_present", "authority_request", "service_ordered", "complaint_open"],
    "csrf_token": "5d1f0c9a",
}
AUDIT_ANSWER = {
    "rows": [
        {
            "number": 812,
            "at": "2026-03-02T09:00:00.123456",
            "request_id": "5f0c22a8d1b0e7c4",
            "caller": "a1b2c3d4e5f6",
            "role": "store",
            "method": "POST",
            "route": "/score",
            "purpose": "customer_present",
            "status": 200,
            "code": "",
            "subjects": 1,
            "detail": {},
        }
    ],
    "next": None,
}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "searchAudit": (None, AUDIT_ANSWER),
    "alarms": (None, ALARM_ANSWER),
    "signIn": (SIGN_IN, SESSION_ANSWER),
    "session": (None, SESSION_ANSWER),
    "signOut": (None, {"signed_out": True}),
}
