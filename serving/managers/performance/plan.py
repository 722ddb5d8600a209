"""A manager's plan: a target for an indicator over a period, a row a change; the latest counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from features.errors import RequestRefused
from serving.database.tables import targets
from serving.managers.performance import BY_NAME


@dataclass(frozen=True)
class Target:
    """What is to be reached in [since, until)."""

    manager_id: str
    indicator: str
    since: date
    until: date
    target: float
    set_at: datetime
    caller: str


def set_target(connection: Connection, new: Target) -> Target:
    """Write the target; one of the same indicator and period counts no more.

    Raises RequestRefused (`invalid_request`) for another indicator, period or number.
    """
    if new.indicator not in BY_NAME:
        raise _invalid(
            f"the indicator is {new.indicator[:64]!r}; expected one of {', '.join(BY_NAME)}"
        )
    check_period(new.since, new.until)
    if not (isfinite(new.target) and new.target >= 0):
        raise _invalid(f"the target is {new.target}; expected a number, at least 0")
    connection.execute(insert(targets).values(**vars(new)))
    return new


def targets_of(connection: Connection, manager_id: str) -> list[Target]:
    """The targets that count, the earliest period first."""
    query = select(targets).where(targets.c.manager_id == manager_id).order_by(targets.c.id)
    rows = [_target(row) for row in connection.execute(query)]
    latest = {(own.since, own.until, own.indicator): own for own in rows}
    return [latest[key] for key in sorted(latest)]


def check_period(since: date, until: date) -> None:
    """Raises RequestRefused (`invalid_request`) for a period without a day."""
    if since >= until:
        raise _invalid(
            f"from is {since:%F} and to is {until:%F}; expected a later day: the day `to` itself "
            f"does not belong to the period"
        )


def _invalid(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)


def _target(row: Row[Any]) -> Target:
    names = Target.__dataclass_fields__
    return Target(**{name: getattr(row, name) for name in names})
