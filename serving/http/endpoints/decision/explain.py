"""`/explain`: which data a stored decision used, and what would have led to another band."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from anyio import CapacityLimiter, to_thread

from features.errors import UnknownCustomers
from serving.decision.explanation import Explainer
from serving.decision.record import Stored, read_decision, unknown_decision
from serving.events.ledger import reading
from serving.http.call import Call
from serving.http.contract.forms.explain import ExplainAnswer, ExplainRequest
from serving.http.endpoints.decision.decide import Desk

THREADS = 1  # explanations made at once: those at the counter come first


class Explanations:
    """The handler of one server."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self._open = desk
        self._some = CapacityLimiter(THREADS)

    @cached_property
    def _desk(self) -> Desk:
        return self._open()

    @cached_property
    def _explainer(self) -> Explainer:
        own = self._desk.context
        days = own.settings.events.max_age_days
        return Explainer(own.home, own.reading, own.fresh.known, self._desk.settings, days)

    async def explain(self, call: Call) -> ExplainAnswer:
        """Explain in a thread of its own."""
        assert isinstance(call.form, ExplainRequest)
        found = await to_thread.run_sync(self._explained, call, call.form, limiter=self._some)
        return ExplainAnswer.model_validate(found)

    def _explained(self, call: Call, form: ExplainRequest) -> dict[str, Any]:
        with reading(self._desk.context.reading) as connection:
            decision = read_decision(connection, form.decision_id)
        call.subjects, call.detail = (decision.customer_id,), {"decision": decision.id}
        self._check_reach(call, decision)
        language = form.language or self._desk.context.settings.language
        return self._explainer.explain(decision, language)

    def _check_reach(self, call: Call, decision: Stored) -> None:
        """A decision about a customer out of reach is refused as one that does not exist.

        Who reaches all customers reaches those who have left since, too.
        """
        if not call.caller.scope.limits:
            return
        try:
            self._desk.sources.check_known(decision.customer_id, call.caller.scope)
        except UnknownCustomers as error:
            raise unknown_decision() from error
