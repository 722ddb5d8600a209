"""`/decide`: from the request to the stored answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.decision.bill_fit import fit_json
from serving.decision.bill_fit.store import CounterFacts
from serving.decision.deciding import Requested, decide
from serving.decision.decision_settings import DecisionSettings
from serving.decision.fallback import LAST_NIGHT, LIVE, RULES, Answered, Descent, Step
from serving.decision.record import Stored, is_stored, new_id, read_decision, write_decision
from serving.decision.sources import Made, Sources, Standing
from serving.events.ledger import readable
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.decide import DecideAnswer, DecideRequest
from serving.http.running.once import own_id

ID_DIGITS = 32
AGAIN = timedelta(minutes=10)  # a decision of a key is shown again so long
FACTS = "facts"  # the live row without a score: answered by rule


@dataclass
class Desk:
    """The counter of one server."""

    context: Context

    @property
    def settings(self) -> DecisionSettings:
        """Those in force now; what one request needs twice it looks up once."""
        return self.context.decision.now()

    @property
    def sources(self) -> Sources:
        """What decisions are made from, by the settings in force."""
        settings = self.settings
        if self._sources.settings is not settings:
            self._sources = replace(self._sources, settings=settings)
        return self._sources

    @cached_property
    def _sources(self) -> Sources:
        own = self.context
        return Sources(own.home, own.scorer, CounterFacts(own.home), own.reading, self.settings)

    @cached_property
    def descent(self) -> Descent:
        return Descent(self.settings.fallback.retry_seconds)

    def warm(self) -> None:
        """Read settings and open files before the first customer; raises SettingsError."""
        _ = self.sources, self.descent

    async def decide(self, call: Call, form: DecideRequest) -> DecideAnswer:
        """Decide, store, answer."""
        now = self.context.now()
        own = self.sources
        request = self._requested(call, form, own.settings)
        call.subjects = (form.customer_id,)
        key = own_id(call.caller, form.key, ID_DIGITS)
        before = None if form.key is None else await self._before(key)
        standing = self._standing(form.customer_id, now)
        if before is not None and _is_again(form, before, standing, now):
            await self.check_known(form.customer_id, call.caller.scope)
            call.answered_by = before.answered_by
            call.detail = {"decision": before.id, "answered_by": before.answered_by}
            return DecideAnswer.model_validate(before.answer)
        decision_id = key if before is None else new_id()
        found = await self.descent.down(self._steps(own, request, call, standing))
        made = found.answer
        answer = decide(request, made.facts, made.known, own.settings, now)
        answer |= self._about(found, standing, request) | {"decision_id": decision_id}
        call.answered_by = answer["answered_by"]
        call.detail = {"decision": answer["decision_id"], "answered_by": call.answered_by}
        await call.commit(partial(self._store, call, form, made, answer, now))
        return DecideAnswer.model_validate(answer)

    async def check_known(self, customer_id: str, scope: Scope) -> None:
        """Raises UnknownCustomers for who is not in the network, or not within the scope.

        In a thread, as a decision is made: a disk that hangs must hold up no other request.
        """
        own = self.sources
        within = own.settings.fallback
        live = partial(own.scorer.check_customers, (customer_id,), scope)
        rules = partial(own.counter.need, customer_id, scope)
        steps: list[Step[object]] = [
            Step(LIVE, live, within.live_seconds), Step(RULES, rules, within.night_seconds),
        ]  # fmt: skip
        await self.descent.down(steps)

    async def _before(self, decision_id: str) -> Stored | None:
        """The decision of this id, null where there is none yet."""

        def read() -> Stored | None:
            with readable(), self.context.reading.connect() as connection:
                try:
                    return read_decision(connection, decision_id)
                except RequestRefused:
                    return None

        return await to_thread.run_sync(read)

    def _requested(self, call: Call, form: DecideRequest, settings: DecisionSettings) -> Requested:
        """Raises RequestRefused where reason or rival are none of the declared ones."""
        _check("reason", form.reason, tuple(settings.reasons))
        _check("rival", form.rival, settings.rivals)
        return Requested(
            form.customer_id,
            form.intent,
            form.channel,
            form.language or self.context.settings.language,
            call.caller.role,
            form.reason,
            form.rival,
        )

    def _standing(self, customer_id: str, now: datetime) -> Standing:
        try:
            return self.sources.standing(customer_id, now)
        except DBAPIError as error:
            raise RequestRefused(
                "not_ready", "the operational database cannot be read; try again shortly"
            ) from error.orig

    def _steps(
        self, own: Sources, request: Requested, call: Call, standing: Standing
    ) -> list[Step[Made]]:
        within, scope = own.settings.fallback, call.caller.scope
        given = (request, scope, standing)
        rules = Step(RULES, partial(own.by_rule, *given), within.night_seconds)
        if standing.has_objected:
            return [Step(FACTS, partial(own.facts_alone, *given), within.live_seconds), rules]
        return [
            Step(LIVE, partial(own.live, *given), within.live_seconds),
            Step(LAST_NIGHT, partial(own.last_night, *given), within.night_seconds),
            rules,
        ]

    def _about(
        self, found: Answered[Made], standing: Standing, request: Requested
    ) -> dict[str, Any]:
        """How the answer came about, and the bill fit."""
        currency = self.context.currency
        fit, is_behind = found.answer.fit, found.answer.known.is_behind
        by = LAST_NIGHT if is_behind and found.by == LIVE else found.by
        return {
            "bill_fit": None if fit is None else fit_json(fit, currency, request.language),
            "currency": currency,
            "is_stale": is_behind or by not in (LIVE, FACTS),
            "answered_by": RULES if by == FACTS else by,
            "passed_over": found.passed_over,
            "because": "objection" if standing.has_objected else None,
        }

    def _store(
        self,
        call: Call,
        form: DecideRequest,
        made: Made,
        answer: dict[str, Any],
        now: datetime,
        connection: Connection,
    ) -> None:
        values = {
            "id": answer["decision_id"],
            "customer_id": form.customer_id,
            "at": now,
            "purpose": call.purpose or "",
            "intent": form.intent,
            "channel": form.channel,
            "caller": call.caller.id,
            "role": call.caller.role,
            "answered_by": answer["answered_by"],
            "model_version": made.known.model_version,
            "row_sha256": made.known.row_sha256,
            "row_content": made.known.row_content,
        }
        if form.key is not None and is_stored(connection, answer["decision_id"]):
            raise RequestRefused(
                "conflict", "another request with this key was being answered; send it again"
            )
        write_decision(connection, values, form.model_dump(exclude={"key"}), answer)


def _is_again(form: DecideRequest, before: Stored, standing: Standing, now: datetime) -> bool:
    """Whether the decision of this key answers this request too: the same, shortly after.

    Not one with predictions, once the customer objects to them.
    """
    same = (form.customer_id, form.intent, form.channel)
    is_same = same == (before.customer_id, before.intent, before.channel)
    had_objected = before.answer["because"] == "objection"
    is_recent = timedelta(0) <= now - before.at < AGAIN
    return is_same and is_recent and had_objected == standing.has_objected


def _check(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise RequestRefused(
            "invalid_request", f"{name} is {value!r}; expected one of {', '.join(allowed)}"
        )
