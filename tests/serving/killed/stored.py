"""What must be in the tables after all requests that were done, and what is in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Table, select

from serving.database import tables
from serving.decision.outcomes.contract import event_key
from tests.serving.killed.sent import Effect


@dataclass
class Stored:
    """The rows of each table, as far as requests decide what is in them.

    `objections` by customer and `sessions` by person: how many there are, and how many have ended.
    """

    decisions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contacts: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    events: dict[str, tuple[str, ...]] = field(default_factory=dict)
    promises: dict[str, tuple[str, ...]] = field(default_factory=dict)
    objections: dict[str, tuple[int, int]] = field(default_factory=dict)
    views: dict[tuple[str, str], str] = field(default_factory=dict)
    sessions: dict[str, tuple[int, int]] = field(default_factory=dict)

    def do(self, caller: str, effect: Effect, detail: Mapping[str, Any]) -> None:
        """Do what this request did; `detail` is that of its row of the audit."""
        name, *given = effect
        getattr(self, f"_{name}")(caller, detail, *given)

    def _read(self, _caller: str, _detail: Any) -> None:
        """It changes nothing."""

    def _decided(self, caller: str, detail: Any, customer: str) -> None:
        assert detail["decision"] not in self.decisions
        self.decisions[detail["decision"]] = (customer, caller)

    def _outcome(
        self, caller: str, detail: Any, key: str, customer: str, outcome: str, undoes: str = ""
    ) -> None:
        if key in self.contacts:
            return
        assert detail["outcome"] == outcome
        self.contacts[key] = (customer, detail["decision"], outcome, undoes or None, caller)
        if outcome in ("cancelled", "plan_changed"):
            self.events[event_key(key)] = ("contracts", customer, caller)
        if undoes:
            self.events.pop(event_key(undoes), None)

    def _event(self, caller: str, _detail: Any, key: str, feed: str, customer: str) -> None:
        self.events.setdefault(key, (feed, customer, caller))

    def _promised(self, caller: str, detail: Any, customer: str, kind: str) -> None:
        assert detail["promise"] not in self.promises
        self.promises[detail["promise"]] = (customer, kind, caller, "open")

    def _kept(self, _caller: str, detail: Any) -> None:
        self.promises[detail["promise"]] = (*self.promises[detail["promise"]][:3], "kept")

    def _objected(self, _caller: str, _detail: Any, customer: str) -> None:
        count, ended = self.objections.get(customer, (0, 0))
        if count == ended:
            self.objections[customer] = (count + 1, ended)

    def _withdrawn(self, _caller: str, _detail: Any, customer: str) -> None:
        count, ended = self.objections[customer]
        assert count == ended + 1
        self.objections[customer] = (count, count)

    def _viewed(self, caller: str, _detail: Any, name: str, search: str) -> None:
        self.views[caller, name] = search

    def _forgotten(self, caller: str, _detail: Any, name: str) -> None:
        del self.views[caller, name]

    def _signed_in(self, caller: str, _detail: Any) -> None:
        count, ended = self.sessions.get(caller, (0, 0))
        self.sessions[caller] = (count + 1, ended)

    def _signed_out(self, caller: str, _detail: Any) -> None:
        count, ended = self.sessions[caller]
        self.sessions[caller] = (count, ended + 1)


def stored(engine: Engine) -> Stored:
    """What the tables hold. Each key stands once, or this fails."""
    with engine.connect() as connection:

        def rows(table: Table) -> list[Any]:
            return list(connection.execute(select(table)))

        assert not rows(tables.holds), "no request writes any"
        return Stored(
            _once((r.id, (r.customer_id, r.caller)) for r in rows(tables.decisions)),
            _once(
                (r.idempotency_key, (r.customer_id, r.decision_id, r.outcome, r.undoes, r.caller))
                for r in rows(tables.contacts)
            ),
            _once((r.event_key, (r.feed, r.customer_id, r.caller)) for r in rows(tables.events)),
            _once(
                (r.id, (r.customer_id, r.kind, r.caller, "kept" if r.kept_at else "open"))
                for r in rows(tables.promises)
            ),
            _ended((r.customer_id, r.withdrawn_at) for r in rows(tables.objections)),
            _once(((r.owner, r.name), r.content) for r in rows(tables.views)),
            _ended((r.user_id, r.ended_at) for r in rows(tables.sessions)),
        )


def _once(found: Any) -> dict[Any, Any]:
    pairs = list(found)
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def _ended(found: Any) -> dict[str, tuple[int, int]]:
    pairs = list(found)
    counts, ended = Counter(own for own, _ in pairs), Counter(own for own, end in pairs if end)
    return {own: (count, ended[own]) for own, count in counts.items()}
