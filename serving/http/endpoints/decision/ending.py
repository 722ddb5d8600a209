"""`/outcomes` and `/promises`: what came of a decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property, partial

from anyio import to_thread

from features.errors import UnknownCustomers
from features.histories.contacts import in_universal_holdout
from features.settings import FeatureSettings, HoldoutSettings, home_settings
from serving.decision.decision_settings import DecisionSettings
from serving.decision.outcomes import record_outcome
from serving.decision.outcomes.reported import Place, Reported, Reporter
from serving.decision.promises import (
    Promise,
    find_promise,
    keep_promise,
    new_promise,
    open_promises,
    unknown_promise,
    write_promise,
)
from serving.decision.record import could_be_id
from serving.http.call import Call
from serving.http.contract.forms.outcomes import (
    OutcomeAnswer,
    OutcomeRequest,
    PromiseAnswer,
    PromiseRequest,
    PromisesAnswer,
    PromisesQuery,
)
from serving.http.endpoints.decision.decide import Desk
from serving.retention.rules.contacting import Contacts, placed

HOLDOUT = "universal_holdout"  # served all the same, and counted as crossover


class Endings:
    """The handlers of one server."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self._open = desk

    @cached_property
    def _desk(self) -> Desk:
        return self._open()

    @property
    def _settings(self) -> DecisionSettings:
        return self._desk.settings

    @cached_property
    def _holdout(self) -> HoldoutSettings:
        return home_settings(self._desk.context.home, "features", FeatureSettings).holdout

    @cached_property
    def _contacts(self) -> Contacts:
        return Contacts(self._desk.context.home, self._desk.context.retention.now)

    async def post_outcome(self, call: Call) -> OutcomeAnswer:
        form = call.form
        assert isinstance(form, OutcomeRequest)
        call.subjects = (form.customer_id,)
        call.detail = {"outcome": form.outcome}
        for name, own in (("decision", form.decision_id), ("campaign", form.campaign_id)):
            if own is not None and could_be_id(own):  # else it is anything, a person's number too
                call.detail[name] = own
        await self._desk.check_known(form.customer_id, call.caller.scope)
        values = form.model_dump(exclude={"purpose", "confirmation"})
        if form.confirmation is not None:
            values["confirmation"] = form.confirmation.kind
            values["confirmation_reference"] = form.confirmation.reference
        arm = HOLDOUT if in_universal_holdout(form.customer_id, self._holdout) else None
        reporter = Reporter(call.caller.id, call.caller.scope.store_id, arm)
        now, reported = self._now(), Reported(**values)
        work = partial(
            record_outcome,
            reported=reported,
            reporter=reporter,
            settings=self._settings,
            place=await self._place(reported, now),
            now=now,
        )
        return OutcomeAnswer.model_validate(await call.commit(work))

    async def _place(self, reported: Reported, now: datetime) -> Place:
        """What places the contact; one that a decision allowed needs no facts of the night."""
        if not reported.needs_rules:
            return partial(placed, now=now)
        contacting = await to_thread.run_sync(self._contacts.current, now)
        return contacting.at(now)

    async def make_promise(self, call: Call) -> PromiseAnswer:
        form = call.form
        assert isinstance(form, PromiseRequest)
        call.subjects = (form.customer_id,)
        await self._desk.check_known(form.customer_id, call.caller.scope)
        promise = new_promise(form.customer_id, form.kind, self._settings, self._now())
        call.detail = {"promise": promise.id, "kind": promise.kind}
        await call.commit(partial(write_promise, promise=promise, caller=call.caller.id))
        return self._shown(promise)

    async def keep_promise(self, call: Call) -> PromiseAnswer:
        promise_id, now = call.place["promise_id"], self._now()
        with self._desk.context.reading.connect() as connection:
            promise = find_promise(connection, promise_id)
        call.subjects = (promise.customer_id,)
        call.detail = {"promise": promise.id, "kind": promise.kind}
        try:
            await self._desk.check_known(promise.customer_id, call.caller.scope)
        except UnknownCustomers as error:  # which would name a customer of another
            raise unknown_promise() from error
        kept = await call.commit(partial(keep_promise, promise=promise, now=now))
        return self._shown(kept)

    async def open_promises(self, call: Call) -> PromisesAnswer:
        """The customer's promises that are not kept, the oldest first."""
        customer_id = call.place["customer_id"]
        call.subjects = (customer_id,)
        await self._desk.check_known(customer_id, call.caller.scope)
        with self._desk.context.reading.connect() as connection:
            found = open_promises(connection, customer_id)
        language = call.form.language if isinstance(call.form, PromisesQuery) else None
        return PromisesAnswer(promises=[self._shown(own, language) for own in found])

    def _now(self) -> datetime:
        return self._desk.context.now()

    def _shown(self, promise: Promise, language: str | None = None) -> PromiseAnswer:
        kind = self._settings.promises.get(promise.kind)
        language = language or self._desk.context.settings.language
        return PromiseAnswer(
            promise_id=promise.id,
            customer_id=promise.customer_id,
            kind=promise.kind,
            text=promise.kind if kind is None else kind.of(language),
            made_at=f"{promise.made_at:%FT%T}",
            due_at=f"{promise.due_at:%FT%T}",
            kept_at=None if promise.kept_at is None else f"{promise.kept_at:%FT%T}",
        )
