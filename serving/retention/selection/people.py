"""Who may be on a list: the base after the request's filters and each rule, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.customers.base import CustomerBase
from serving.customers.base.grammar import Search, parsed
from serving.customers.base.views import view_of
from serving.customers.fields import nearest
from serving.retention.retention_settings import RetentionSettings
from serving.retention.rules import broken
from serving.retention.rules.gathering import gather
from serving.retention.selection.request import EACH, GROUPS, ListRequest

FILTER = "filter"  # the step of those whom the request's filters do not find
LARGEST_NAMES = 10


@dataclass(frozen=True)
class People:
    """All customers of the night: `scores` as the night wrote them, and why each is not on.

    `reason`: the first step that took the customer out, "" for none. `steps`: by step, in order,
    how many it took out of those who were left.
    """

    scores: pd.DataFrame
    reason: NDArray[np.object_]
    steps: Mapping[str, int]

    @property
    def free(self) -> NDArray[np.int64]:
        """The places of those whom nothing takes out."""
        return np.flatnonzero(self.reason == "")


def people(
    home: Path,
    connection: Connection,
    scores: pd.DataFrame,
    request: ListRequest,
    settings: RetentionSettings,
    now: datetime,
    role: str | None,
    scope: Scope,
) -> People:
    """Raises RequestRefused where the filters are wrong, or where they find no customer."""
    search = _search(connection, request, role)
    _check_values(search, scores)
    ids = CustomerBase(home).ids(search, scope)
    if not ids:
        raise RequestRefused("none_left", "the filters find no customer of the base")
    taken = {FILTER: ~scores["customer_id"].isin(ids).to_numpy()}
    taken |= broken(gather(home, connection, scores, settings.rules, now), settings.rules)
    reason, steps = np.full(len(scores), "", dtype=object), {}
    for name, flags in taken.items():
        own = flags & (reason == "")
        reason[own], steps[name] = name, int(own.sum())
    if not (reason == "").any():
        counts = ", ".join(f"{name} {count:,}" for name, count in steps.items() if count)
        raise RequestRefused(
            "none_left", f"no customer is left of {len(scores):,}; excluded were: {counts}"
        )
    return People(scores, reason, steps)


def _search(connection: Connection, request: ListRequest, role: str | None) -> Search:
    view = view_of(connection, request.owner, request.view) if request.view else {}
    texts = {name: own for name, own in view.items() if name not in ("sort", "columns", "by")}
    return Search(parsed({**texts, **request.filters}, role).filters)


def _check_values(search: Search, scores: pd.DataFrame) -> None:
    """Raises RequestRefused (`unknown_value`) for a text that no customer of the base has."""
    for own in search.filters:
        if own.field.kind != "text" or not own.values or own.field.name == "customer_id":
            continue
        known = {str(value) for value in scores[own.field.source].dropna().unique()}
        for value in own.values:
            if value is not None and str(value) not in known:
                raise unknown(own.field.name, str(value), known)


def unknown(name: str, value: str, known: set[str]) -> RequestRefused:
    """The refusal of a value that no customer of the base has."""
    some = ", ".join(sorted(known)[:LARGEST_NAMES])
    hint = nearest(value, sorted(known)) or f" There are {some}."
    return RequestRefused("unknown_value", f"no customer has {name} {value[:64]!r}.{hint}")


def check_capacities(
    request: ListRequest, scores: pd.DataFrame, settings: RetentionSettings
) -> None:
    """Raises RequestRefused for a name that does not exist, or more contacts than customers."""
    for kind, most in request.capacity.items():
        names = set(settings.channels) if kind == "channel" else _names(scores, kind)
        for name, count in most.items():
            if name not in names and not (name == EACH and kind in GROUPS):
                raise unknown(kind, name, names)
            if count > len(scores):
                raise RequestRefused(
                    "too_much_capacity",
                    f"capacity.{kind}.{name} is {count:,}, and the base has {len(scores):,} "
                    f"customers; expected at most that",
                )


def _names(scores: pd.DataFrame, kind: str) -> set[str]:
    return {str(value) for value in scores[GROUPS[kind]].dropna().unique()}
