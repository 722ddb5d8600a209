"""A list's request between the page's form and the API: what was filled in, and what is counted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from features.errors import RequestRefused
from features.histories.bills.tiers import TIERS
from serving.customers.base.grammar import COMMA
from serving.http.contract.forms.base import SearchAnswer
from serving.http.contract.forms.pages.lists import CAPACITY, WhomFields
from serving.retention.selection.request import EACH, GROUPS, RANKINGS

NO_FILTER = ("sort", "columns", "by", "limit", "purpose")  # of a view, what chooses no one
DAYS = 30  # until a list expires, where nothing else is said
PERCENT = 100
SEVERAL = {"city", "value_tier", "payment_mode"}
# The fields of the form by the conditions of a request, and by how much theirs are larger.
FROM_FILTER: Mapping[str, tuple[str, float]] = {
    "churn_risk_min": ("risk_from", PERCENT),
    "churn_risk_max": ("risk_to", PERCENT),
    "value_at_stake_min": ("value_from", 1),
    "days_to_contract_end_max": ("contract_within", 1),
    "tenure_days_min": ("tenure_from", 1),
}


def requested(form: WhomFields, owner: str, now: datetime) -> dict[str, Any]:
    """The form of `requestList`. Raises RequestRefused (`invalid_request`) for a capacity."""
    return {
        "purpose": "retention",
        "owner": owner,
        "key": form.key,
        "expires": form.expires or f"{now.date() + timedelta(days=DAYS):%F}",
        "name": form.name or "",
        "budget": form.budget,
        "size": form.size,
        "days": form.days,
        "ranking": form.ranking or RANKINGS[0],
        "control_share": form.control / PERCENT,
        "offers": form.offers,
        "view": form.view or "",
        "capacity": capacity_of(form),
        "filter": form.conditions(),
    }


def capacity_of(form: WhomFields) -> dict[str, dict[str, int]]:
    """The capacities by kind and name. Raises RequestRefused (`invalid_request`)."""
    try:
        return form.capacity()
    except ValueError:
        raise RequestRefused("invalid_request", "a capacity is not a whole number") from None


def searched(form: WhomFields, view: Mapping[str, str] | None = None) -> dict[str, str]:
    """The search that counts whom the view and the filters find, by tier and consent.

    As for the list itself: a filter takes the place of the view's own of that field.
    """
    own = {
        name: ",".join(one.replace(",", "\\,") for one in value)
        if isinstance(value, list)
        else str(value)
        for name, value in form.conditions().items()
    }
    kept = {name: value for name, value in (view or {}).items() if name not in NO_FILTER}
    return {**kept, **own, "by": "value_tier,consent", "limit": "1"}


@dataclass(frozen=True)
class Counted:
    """How many customers the filters find, how many of them agreed, and how many by tier."""

    customers: int
    agreed: int
    tiers: list[tuple[str, int, float]]


def counted(found: SearchAnswer) -> Counted:
    """The counts of a search, the highest tier first; each with its part of the largest."""
    groups = found.breakdown or []
    agreed = sum(own["customers"] for own in groups if own["consent"] is True)
    tiers = {
        tier: sum(own["customers"] for own in groups if own["value_tier"] == tier)
        for tier in reversed(TIERS)
    }
    most = max(tiers.values(), default=0) or 1
    shown = [(tier, count, round(100 * count / most, 1)) for tier, count in tiers.items()]
    return Counted(found.count, agreed, shown)


def cities(base: SearchAnswer | None) -> list[tuple[str, int]]:
    """The cities with their customers, the largest first."""
    groups = [] if base is None else base.breakdown or []
    found = [(own["city"], own["customers"]) for own in groups if own["city"]]
    return sorted(found, key=lambda one: -one[1])


def blank(now: datetime) -> dict[str, Any]:
    """What the form begins with."""
    return {
        "key": secrets.token_urlsafe(12),
        "control": 10,
        "days": 14,
        "expires": f"{now.date() + timedelta(days=DAYS):%F}",
        "first": f"{now.date() + timedelta(days=1):%F}",
        "ranking": RANKINGS[0],
    }


def as_before(request: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the form begins with, as a request had it; not its last day, which may be over."""
    found = blank(now)
    names = ("name", "budget", "size", "days", "ranking", "offers", "view")
    found |= {name: request[name] for name in names if request.get(name) is not None}
    found["control"] = round(PERCENT * request.get("control_share", 0.1), 2)
    for name, value in request.get("filter", {}).items():
        if name in SEVERAL:
            found[name] = [one.replace("\\,", ",") for one in COMMA.split(value)]
        elif name in FROM_FILTER:
            own, times = FROM_FILTER[name]
            found[own] = f"{float(value) * times:g}"
    for kind, most in request.get("capacity", {}).items():
        found |= {f"{CAPACITY}{kind}.{name}": count for name, count in most.items()}
    return found


def has_capacity(values: Mapping[str, Any]) -> bool:
    """Whether a capacity is filled in."""
    return any(name.startswith(CAPACITY) for name in values)


def each_of() -> list[str]:
    """The fields of capacities that hold for each city, store and manager."""
    return [f"{CAPACITY}{kind}.{EACH}" for kind in GROUPS]
