"""What the subcommands about keys and people share: options, and how callers are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from features.errors import RequestRefused
from features.words import say
from serving.access.principal import Scope

Role = Annotated[
    str, typer.Option(help="Such as store, hotline, marketing; all are in docs/security.md.")
]
City = Annotated[str | None, typer.Option(help="Only customers of this city.")]
Store = Annotated[str | None, typer.Option(help="Only customers of this store, by its id.")]
Manager = Annotated[str | None, typer.Option(help="Only customers of this manager, by their id.")]


def scope_in_words(scope: Scope, language: str) -> str:
    """The limits in one phrase.

    >>> scope_in_words(Scope(city="Suzhou", store_id="S1"), "en")
    'city Suzhou, store S1'
    """
    parts = [say("access", name, language, value=value) for name, value in scope.limits.items()]
    return ", ".join(parts) or say("access", "all_customers", language)


def expiry(day: datetime | None, now: datetime) -> datetime | None:
    """The moment from which a key opens nothing. Raises RequestRefused where it has passed."""
    if day is not None and day <= now:
        raise RequestRefused("expires", f"--expires is {day:%Y-%m-%d}; expected a later day")
    return day


def plain_values(found: dict[str, Any]) -> dict[str, Any]:
    """The fields of a key, an account or an alarm as JSON has them; its scope's beside the others.

    >>> plain_values({"at": datetime(2026, 3, 2), "scope": {"city": "Suzhou"}})
    {'at': '2026-03-02T00:00:00', 'city': 'Suzhou'}
    """
    flat = {name: own for name, own in found.items() if name != "scope"} | found.get("scope", {})
    return {
        name: own.isoformat() if isinstance(own, datetime) else own for name, own in flat.items()
    }
