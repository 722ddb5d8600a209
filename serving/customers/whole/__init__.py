"""The 360 view of one customer as data, from their profile to tier and risk over time.

Everything of the lake is as it was known at the last night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from features import windows
from features.histories.bills.tiers import FEN, Bounds
from serving.access.principal import Scope
from serving.customers.archive import PROFILE, dated_changes
from serving.customers.base import CustomerBase
from serving.customers.fields import Field, seen_by
from serving.customers.tier_history import tier_changes
from serving.customers.whole.facts import PLANNED, CustomerFacts, Rows
from serving.customers.whole.records import objects, records

PLANNERS_ALONE = ("arm", "propensity_ppm")  # who is a control is not shown at the counter
CLOCKS = (
    "customer_id", "as_of", "superseded_at", "age", "days", "at", "known_at", "has_consent",
)  # fmt: skip


class WholeCustomers:
    """The 360 views of one home's customers."""

    def __init__(self, home: Path, base: CustomerBase) -> None:
        self._base, self._facts = base, CustomerFacts(home)

    def warm(self) -> None:
        """Compile what is read of a customer, unless it is as of this night. Raises LakeError."""
        self._facts.warm(datetime.fromisoformat(self._base.night().as_of))

    def view(
        self,
        connection: Connection,
        customer_id: str,
        role: str | None,
        scope: Scope,
        language: str,
        bounds: Bounds | None,
    ) -> dict[str, Any]:
        """One customer; see `serving.http.contract.forms.customer` for the keys.

        `bounds` are those of the champion's tiers, null without. Raises UnknownCustomers for one
        who was not in the network at the night or is out of scope, and LakeError.
        """
        fields = seen_by(role)
        profile = self._base.one(customer_id, fields, scope)
        kept = records(connection, customer_id)
        objecting = objects(kept)
        if objecting:
            profile |= {own.name: None for own in fields if own.from_model}
        as_of = datetime.fromisoformat(self._base.night().as_of)
        facts = self._facts.of(customer_id, as_of)
        sees_arms = any(own.name == "universal_holdout" for own in fields)
        return {
            "customer_id": customer_id,
            "as_of": f"{as_of:%F}",
            "objects": objecting,
            "profile": profile,
            "words": {own.name: _word(own, language) for own in fields},
            "changes": _changes(facts),
            "usage_weeks": _weeks(facts["weeks"]),
            "bills": _listed(facts, "bills"),
            "payments": _listed(facts, "payments"),
            "complaints": _listed(facts, "complaints"),
            "contacts": _listed(facts, "contacts", () if sees_arms else PLANNERS_ALONE),
            "tiers": [] if bounds is None else list(_tiers(facts, bounds)),
            "nights": [] if objecting else self._base.nights_of(customer_id),
            "group": self._group(profile, scope),
            **kept,
        }

    def _group(self, profile: dict[str, Any], scope: Scope) -> dict[str, Any] | None:
        group_id = profile["group_id"]
        if group_id is None:
            return None
        return {"group_id": group_id, "members": self._base.members(group_id, scope)}


def _word(own: Field, language: str) -> str:
    return own.zh if language == "zh" else own.en


def _changes(facts: dict[str, Rows]) -> list[dict[str, Any]]:
    """Every change of profile and contract, the oldest first."""
    found: list[dict[str, Any]] = []
    for name, what, columns in (
        ("customers", "profile", PROFILE),
        ("contracts", "contract", ("plan", "contract_end")),
    ):
        rows = facts[name]
        found += dated_changes(rows, what, [own for own in columns if rows and own in rows[0]])
    return sorted(found, key=lambda own: (own["at"], own["known_at"]))


def _weeks(weeks: Rows) -> list[dict[str, Any]]:
    """Usage by closed week, the oldest first: its Monday, the days with rows, the sums."""
    return [
        {
            "week": f"{windows.week_end(row['week']) - timedelta(weeks=1):%F}",
            "days": row["day_count"],
            **{
                name.removesuffix("_sum"): used
                for name, used in row.items()
                if name.endswith("_sum")
            },
        }
        for row in weeks
    ]


def _listed(facts: dict[str, Rows], name: str, hidden: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The facts of a feed, the oldest first: their columns, amounts in the currency; `at`."""
    unwanted = {*CLOCKS, *hidden}
    return [
        dict(_named(own, value) for own, value in row.items() if own not in unwanted)
        for row in facts.get(name, [])
    ]


def _named(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith("_fen"):
        return name.removesuffix("_fen"), None if value is None else value / FEN
    return "at" if name == "event_time" else name, _plain(value)


def _tiers(facts: dict[str, Rows], bounds: Bounds) -> Iterator[dict[str, Any]]:
    """Each change of tier, dated with its cause, the oldest first."""
    if "bill_versions" not in facts:
        return
    events = [
        (row["event_time"], row["known_at"], row["event"], row.get("plan"))
        for row in facts["contracts"]
        if row["event"] in PLANNED
    ]
    versions = [
        (own["known_at"], own["period"], own["revenue_fen"]) for own in facts["bill_versions"]
    ]
    for changed_at, before, after, cause in tier_changes(versions, events, bounds):
        yield {
            "changed_at": f"{changed_at:%F %T}", "before": before, "after": after, "cause": cause,
        }  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as JSON has it: moments and dates as text."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
