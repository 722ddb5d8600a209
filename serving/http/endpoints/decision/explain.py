"""`/explain`: which data a decision used, what would have led to another band; why a risk moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from anyio import CapacityLimiter, to_thread

from features.errors import UnknownCustomers
from serving.decision.explanation import Explainer
from serving.decision.explanation.moved import NIGHT, Kept, do_object, kept_rows, moved, pair_of
from serving.decision.explanation.scenarios import risks
from serving.decision.record import Stored, read_decision, unknown_decision
from serving.events.ledger import readable
from serving.http.call import Call
from serving.http.contract.forms.customer import MovedAnswer, MovedQuery
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
        return Explainer(own.home, own.reading, own.fresh.known, own.decision.now, days)

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

    async def risk_moved(self, call: Call) -> MovedAnswer:
        """Compare two kept rows of a customer within the caller's reach."""
        form, customer_id = call.form, call.place["customer_id"]
        assert isinstance(form, MovedQuery)
        call.subjects = (customer_id,)
        await self._desk.check_known(customer_id, call.caller.scope)
        compared = partial(self._moved, customer_id, form)
        return await to_thread.run_sync(compared, limiter=self._some)

    def _moved(self, customer_id: str, form: MovedQuery) -> MovedAnswer:
        language = form.language or self._desk.context.settings.language
        reading = self._desk.context.reading
        with readable():
            objects = do_object(reading, customer_id)
            rows = [] if objects else self._rows(customer_id)
        pair = pair_of(rows, form.since, form.until)
        found: dict[str, Any] = {
            "model_version": None, "risk_since": None, "risk_until": None, "moves": [],
            "others": None,
        }  # fmt: skip
        because = "objection" if objects else None if len(pair) == 2 else "one_row"
        if because is None:
            try:
                found = moved(pair, self._explainer.version, language)
            except ValueError:
                because = "other_features"
        kept = [own.json() for own in pair] if len(pair) == 2 else [None, None]
        return MovedAnswer.model_validate(
            {"customer_id": customer_id, "rows": [own.json() for own in rows], "since": kept[0],
             "until": kept[1], "because": because, **found}
        )  # fmt: skip

    def _rows(self, customer_id: str) -> list[Kept]:
        """The kept rows in time: last night's, scored now, and those of decisions."""
        scorer = self._desk.context.scorer
        as_of = datetime.fromisoformat(scorer.see(customer_id).night.as_of)
        seen = scorer.see(customer_id, moment=as_of)
        risk = float(risks(seen.champion, seen.row)[0])
        night = Kept(NIGHT, as_of, seen.champion.version, risk, seen.row)
        rows = [night, *kept_rows(self._desk.context.reading, customer_id)]
        return sorted(rows, key=lambda own: own.at)

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
