"""The explanation of one decision, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from features.words import say, say_known
from serving.decision.decision_settings import DecisionSettings
from serving.decision.explanation import used
from serving.decision.explanation.changes import (
    MAX_COMPLAINTS,
    MAX_PLANS,
    Change,
    all_closed,
    complaint_closed,
    debt_paid,
    open_complaints,
    other_plan,
    promise_kept,
    savings_fen,
)
from serving.decision.explanation.ladders import Entitled, entitled, is_ladder_of
from serving.decision.explanation.rebuilding import Base
from serving.decision.explanation.scenarios import Scenarios, Scored, Searched
from serving.decision.offers.economics import risk_band
from serving.decision.promises import Promise
from serving.decision.record import Stored
from serving.events.ledger import Event
from serving.scores.known import KnownFacts

NOT_SEARCHED = Searched([], [], 0)


@dataclass(frozen=True)
class Inquiry:
    """One decision and what the operational database says of its customer.

    `promises`: those that were open at the decision. `posted`: the facts posted by then.
    """

    decision: Stored
    promises: Sequence[Promise]
    posted: Sequence[Event]
    because: str | None


@dataclass(frozen=True)
class Rebuilt:
    """The decision's row with its version, and how far today's facts give it again.

    `known`: the facts of today, null where the lake cannot be read. `missing`: the feeds whose
    values are not found again. `is_verified`: the score is.
    """

    scenarios: Scenarios
    known: KnownFacts | None
    missing: Sequence[str]
    is_verified: bool

    @property
    def bases(self) -> Mapping[str, Base]:
        """By feed how the row came to its values; none where the score is not found again."""
        return self.scenarios.bases


@dataclass(frozen=True)
class Explanation:
    """What is answered about a decision; `rebuilt` is null where nothing can be scored again."""

    inquiry: Inquiry
    rebuilt: Rebuilt | None
    settings: DecisionSettings
    language: str

    def json(self) -> dict[str, Any]:
        decision, rebuilt = self.inquiry.decision, self.rebuilt
        answer = decision.answer
        risk = None if self.inquiry.because == "objection" else answer["churn_risk"]
        changes = self._changes()
        searched = self._searched(changes)
        offered = self._entitled.offered()
        return {
            "decision_id": decision.id,
            "customer_id": decision.customer_id,
            "at": f"{decision.at:%FT%T}",
            "as_of": answer["as_of"],
            "intent": decision.intent,
            "answered_by": decision.answered_by,
            "model_version": decision.model_version,
            "churn_risk": risk,
            "risk_band": risk_band(risk, self.settings),
            "because": self.inquiry.because,
            "verified": None if rebuilt is None else rebuilt.is_verified,
            "row_rebuilt": None if rebuilt is None else not rebuilt.missing,
            "not_rebuilt": [] if rebuilt is None else list(rebuilt.missing),
            "text": self._verdict(searched),
            "facts": answer["facts"],
            "offered": offered,
            "ladder_rebuilt": is_ladder_of(answer, offered),
            "data": self._data(),
            "changes": [self._single(own, searched) for own in changes],
            "smallest": {
                "size": len(searched.smallest[0].changes) if searched.smallest else None,
                "sets": [self._set(own) for own in searched.smallest],
                "tried": searched.tried,
            },
            "currency": answer["currency"],
        }

    @cached_property
    def _entitled(self) -> Entitled:
        tenure = None
        if self.rebuilt is not None:
            tenure = self.rebuilt.scenarios.row.value("tenure_days")
        days = int(tenure) if isinstance(tenure, float) else None
        decision = self.inquiry.decision
        return entitled(decision.answer, days, self.inquiry.promises, decision.at, self.settings)

    def _changes(self) -> list[Change]:
        facts = self.inquiry.decision.answer["facts"]
        found = self._complaints(facts["open_complaints"])
        found += self._debt()
        plans = list(savings_fen(self.inquiry.decision.answer["bill_fit"]))[:MAX_PLANS]
        found += [other_plan(plan) for plan in plans]
        return found + [promise_kept(promise) for promise in self.inquiry.promises]

    def _complaints(self, count: int) -> list[Change]:
        base = None if self.rebuilt is None else self.rebuilt.bases.get("complaints")
        if base is None:
            return [all_closed(count)] if count else []
        known, posted = base.known, base.known.posted(base.events)
        facts = known.table("complaints", self.inquiry.decision.customer_id, posted)
        hours = known.histories.settings.complaints.promise_hours
        own = open_complaints(facts, base.moment, hours)
        return [complaint_closed(one) for one in own[:MAX_COMPLAINTS]]

    def _debt(self) -> list[Change]:
        if self.rebuilt is None or "payments" not in self.rebuilt.bases:
            return []
        currency = self.rebuilt.scenarios.champion.bundle.currency.lower()
        owed = self.rebuilt.scenarios.row.value(f"overdue_{currency}")
        return [debt_paid(owed)] if isinstance(owed, float) and owed > 0 else []

    def _searched(self, changes: Sequence[Change]) -> Searched:
        if self.rebuilt is None or not self.rebuilt.is_verified:
            return NOT_SEARCHED
        return self.rebuilt.scenarios.search(changes)

    def _single(self, change: Change, searched: Searched) -> dict[str, Any]:
        scored = next((own for own in searched.singles if own.changes == (change,)), None)
        own: dict[str, Any] = {**self._named(change), **self._outcome(scored)}
        own["changed_features"] = None
        if scored is not None and self.rebuilt is not None:
            own["changed_features"] = self.rebuilt.scenarios.changed(scored.values)
        return own | {"offered": self._offered((change,), scored)}

    def _set(self, scored: Scored) -> dict[str, Any]:
        return {
            "changes": [self._named(own) for own in scored.changes],
            **self._outcome(scored),
            "offered": self._offered(scored.changes, scored),
        }

    def _outcome(self, scored: Scored | None) -> dict[str, Any]:
        if scored is None:
            return {"churn_risk": None, "risk_band": None}
        return {"churn_risk": scored.risk, "risk_band": scored.band}

    def _offered(self, changes: Sequence[Change], scored: Scored | None) -> dict[str, Any]:
        before: dict[str, Any] = {}
        if self.rebuilt is not None:
            for base in self.rebuilt.bases.values():
                before |= base.values
        after = before | dict(scored.values) if scored else before
        return self._entitled.after(changes, before, after).offered()

    def _named(self, change: Change) -> dict[str, Any]:
        return {
            "kind": change.kind,
            "reference": change.reference,
            "feed": change.feed,
            "text": self._text(change),
        }

    def _text(self, change: Change) -> str:
        reference = change.reference
        if change.promise is not None:
            kind = self.settings.promises.get(change.promise.kind)
            reference = reference if kind is None else kind.of(self.language)
        currency = self.inquiry.decision.answer["currency"]
        return self._say(change.kind, reference=reference, currency=currency)

    def _data(self) -> dict[str, Any]:
        own, rebuilt = self.inquiry, self.rebuilt
        found = dict(used.NOTHING)
        if rebuilt is not None:
            row, champion = rebuilt.scenarios.row, rebuilt.scenarios.champion
            found = used.of_row(row, champion, rebuilt.known, rebuilt.bases, self.language)
        beside = used.beside(own.decision, len(own.posted), self.language)
        return found | {"beside": list(beside)}

    def _verdict(self, searched: Searched) -> str:
        """One sentence: what would have led to another band, or why nothing is known to."""
        if self.rebuilt is None:
            return self._say(f"because_{self.inquiry.because}")
        if not self.rebuilt.is_verified:
            return self._say("not_verified", version=self.inquiry.decision.model_version)
        if searched.smallest:
            first = searched.smallest[0]
            return self._say(
                "leads",
                sets=len(searched.smallest),
                size=len(first.changes),
                first=self._say("and").join(map(self._text, first.changes)),
                risk=f"{first.risk:.1%}",
                band=say_known("explanation", f"band_{first.band}", self.language),
            )
        key = "nothing_leads" if searched.tried else "nothing_to_change"
        found = self._say(key, tried=searched.tried)
        if self.rebuilt.missing:
            gap = " " if self.language == "en" else ""
            found += gap + self._say("not_rebuilt", feeds=", ".join(self.rebuilt.missing))
        return found

    def _say(self, key: str, **values: object) -> str:
        return say("explanation", key, self.language, **values)
