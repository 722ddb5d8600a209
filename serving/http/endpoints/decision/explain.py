"""`/explain`: which data a stored decision used, and what would have led to another band."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

from anyio import CapacityLimiter, to_thread

from features.errors import UnknownCustomers
from serving.decision.explanation import Explainer
from serving.decision.record import Stored, read_decision, unknown_decision
from serving.events.ledger import readable
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
        form = call.form
        assert isinstance(form, ExplainRequest)
        decision = await to_thread.run_sync(self._read, form.decision_id)
        call.subjects, call.detail = (decision.customer_id,), {"decision": decision.id}
        await self._check_reach(call, decision)
        language = form.language or self._desk.context.settings.language
        explained = partial(self._explainer.explain, decision, language)
        found = await to_thread.run_sync(explained, limiter=self._some)
        return ExplainAnswer.model_validate(found)

    def _read(self, decision_id: str) -> Stored:
        with readable(), self._desk.context.reading.connect() as connection:
            return read_decision(connection, decision_id)

    async def _check_reach(self, call: Call, decision: Stored) -> None:
        """A decision about a customer out of reach is refused as one that does not exist.

        Who reaches all customers reaches those who have left since, too.
        """
        if not call.caller.scope.limits:
            return
        try:
            await self._desk.check_known(decision.customer_id, call.caller.scope)
        except UnknownCustomers as error:
            raise unknown_decision() from error
