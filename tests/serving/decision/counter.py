"""The counter of a real home on a test's own database, with a clock that stands still."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from features.settings.in_force import InForce
from serving.access.principal import EVERYWHERE, Principal, Scope
from serving.audit.transactions import Transactions
from serving.decision.decision_settings import DecisionSettings
from serving.decision.explanation import Explainer
from serving.decision.explanation.scenarios import Scenarios
from serving.decision.record import Stored, read_decision
from serving.events.ledger import Event, record
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.decide import DecideRequest
from serving.http.contract.forms.explain import ExplainRequest
from serving.http.endpoints.decision.decide import Desk
from serving.http.endpoints.decision.explain import Explanations
from serving.scores.known import KnownFacts
from serving.scoring import Seen
from serving.service_settings import serving_settings


class Counter:
    """Decides, posts and explains as the service does, at the moment `now`."""

    def __init__(self, home: Path, store: Engine, now: datetime, known: KnownFacts) -> None:
        self.now, self.store = now, store
        self.context = Context(home, serving_settings(home), "CNY")
        own: dict[str, Any] = {"clock": lambda: self.now, "engine": store, "reading": store}
        self.context.__dict__ |= own | {"now": lambda: self.now}
        self.context.fresh._known = known  # compiled once for all tests
        self.desk = Desk(self.context)
        self.explanations = Explanations(lambda: self.desk)
        self.recorder = Transactions(store)
        patient = replace(self.settings.fallback, live_seconds=60.0, night_seconds=60.0)
        self._set(replace(self.settings, fallback=patient))

    def close(self) -> None:
        self.recorder.close()

    def with_bands(self, low: float, high: float) -> None:
        """From now on with these bounds between the bands."""
        economics = replace(self.settings.economics, risk_bands=(low, high))
        self._set(replace(self.settings, economics=economics))

    def _set(self, settings: DecisionSettings) -> None:
        in_force = InForce(self.context.home, "decision", lambda _: settings)
        self.context.__dict__["decision"] = in_force
        self.explanations = Explanations(lambda: self.desk)

    @property
    def settings(self) -> DecisionSettings:
        return self.desk.settings

    def call(self, role: str = "hotline", scope: Scope = EVERYWHERE) -> Call:
        caller = Principal("K1", role, scope, "customer_present")
        return Call(
            "5f0c22a8d1b0e7c4", "/decide", "POST", caller, purpose="customer_present",
            recorder=self.recorder,
        )  # fmt: skip

    def decided(self, customer_id: str, intent: Any = "cancel") -> Stored:
        """A decision about the customer now."""
        form = DecideRequest(customer_id=customer_id, intent=intent, channel="store")
        found = asyncio.run(self.desk.decide(self.call(), form))
        with self.store.connect() as connection:
            return read_decision(connection, found.decision_id)

    def post(self, *events: Event) -> None:
        with self.store.begin() as connection:
            for event in events:
                record(connection, event, "K1")

    def explained(
        self, decision_id: str, language: Any = "en", call: Call | None = None
    ) -> dict[str, Any]:
        own = call or self.call()
        own.form = ExplainRequest(decision_id=decision_id, language=language)
        found: dict[str, Any] = asyncio.run(self.explanations.explain(own)).model_dump()
        return found

    def explainer(self) -> Explainer:
        return self.explanations._explainer

    def scenarios(self, decision: Stored) -> Scenarios:
        """The decision's row and what can be changed of it."""
        explainer = self.explainer()
        return explainer._rebuilt(explainer._inquiry(decision)).scenarios

    def seen(self, customer_id: str) -> Seen:
        """The customer's row now, with all that was posted."""
        return self.context.scorer.see(customer_id, moment=self.now)
