"""`/score`: scored now, else from what the night kept, else the tier by rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from anyio import CapacityLimiter
from starlette.responses import Response

from serving.access.permissions import ROLES
from serving.access.principal import Scope
from serving.access.pseudonyms import by_pseudonym
from serving.customers.rights.objections import check_objections
from serving.decision.bill_fit.store import Record
from serving.decision.fallback import LAST_NIGHT, LIVE, RULES, Answered, Descent, Step
from serving.decision.sources import Sources, rule_tier
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.schemas import ScoreRequest
from serving.scores.kept import check_kept, kept_scores
from serving.scoring import Opened, Scorer
from serving.scoring.kept_answers import kept_answer
from serving.scoring.table_rows import tables_alone

IDS_A_STEP = 100  # a step may take its seconds once more for each so many customers

Scores = list[dict[str, Any]]
Reading = Callable[[Sequence[str], str, Scope], Scores]


@dataclass
class ScoreDesk:
    """What answers `/score` in one server. `sources`, by the settings in force, and
    `descent` are those of the decisions."""

    context: Context
    sources: Callable[[], Sources]
    descent: Descent

    async def score(self, call: Call, request: ScoreRequest, batches: CapacityLimiter) -> Scores:
        """The scores in the requested order, all by one step.

        A small request is answered on the event loop, as long as that is quick and no file has to
        be opened for it; a large one in one of the threads of `batches`.
        """
        ids = request.customer_ids
        if ROLES[call.caller.role].by_pseudonym:
            ids = self.context.pseudonyms.opened(request.customer_ids)
        call.subjects = tuple(ids)
        given = _Given(request.customer_ids, ids, self._language(request), call.caller.scope)
        found = await self._answered(call, given, batches)
        call.answered_by = _lowest(found)
        if call.answered_by != LIVE:
            call.detail = {"answered_by": call.answered_by}
        return found.answer

    async def _answered(
        self, call: Call, given: _Given, batches: CapacityLimiter
    ) -> Answered[Scores]:
        settings, ids = self.context.settings, given.ids
        is_small = len(ids) <= settings.inline_ids and not self._scorer.are_changed(ids)
        opened = self._scorer.opened() if is_small else None
        if opened is not None:
            live = partial(self._live, opened=opened, found=call.begin_recording)
            found = self.descent.at_once(self._step(LIVE, live, given))
            if found is not None:
                return found
        steps = [
            self._step(LIVE, self._live, given),
            self._step(LAST_NIGHT, self._last_night, given),
            self._step(RULES, self._by_rule, given),
        ]
        return await self.descent.down(steps, None if is_small else batches)

    async def ready(self, _: Call) -> Response:
        """`ready`, or which step answers since those before cannot. Raises where none can."""
        home, seconds = self.context.home, self.sources().settings.fallback.live_seconds
        if tables_alone(home):
            return _text("ready")
        steps = [
            Step(LIVE, self._scorer.check, seconds),
            Step(LAST_NIGHT, partial(check_kept, home), seconds),
            Step(RULES, self.sources().counter.check, seconds),
        ]
        found = await self._readiness.down(steps)
        why = ", ".join(f"{step}: {code}" for step, code in found.passed_over.items())
        return _text(f"degraded to {found.by} ({why})" if why else "ready")

    @cached_property
    def _readiness(self) -> Descent:
        """With a memory of its own: what can be opened may still not answer."""
        return Descent(self.descent.retry_seconds)

    @property
    def _scorer(self) -> Scorer:
        return self.context.scorer

    def _language(self, request: ScoreRequest) -> str:
        return request.language or self.context.settings.language

    def _step(self, name: str, read: Reading, given: _Given) -> Step[Scores]:
        within = self.sources().settings.fallback
        seconds = within.live_seconds if name == LIVE else within.night_seconds
        seconds *= 1 + len(given.ids) / IDS_A_STEP
        return Step(name, partial(given.answered, read), seconds)

    def _live(
        self,
        ids: Sequence[str],
        language: str,
        scope: Scope,
        opened: Opened | None = None,
        found: Callable[[], None] = lambda: None,
    ) -> Scores:
        """Who is out of scope is unknown, and so does not object either."""
        if scope.limits:
            self._scorer.check_customers(ids, scope)
        check_objections(self.context.reading, ids)
        return self._scorer.score(ids, language, scope, opened, found)

    def _last_night(self, ids: Sequence[str], language: str, scope: Scope) -> Scores:
        found = kept_scores(self.context.home, ids, scope)
        check_objections(self.context.reading, ids)
        return [kept_answer(kept, language, self.context.currency) for kept in found]

    def _by_rule(self, ids: Sequence[str], language: str, scope: Scope) -> Scores:  # noqa: ARG002
        found = self.sources().counter.need_all(ids, scope)
        check_objections(self.context.reading, ids)
        return [self._of_rule(record) for record in found]

    def _of_rule(self, record: Record) -> dict[str, Any]:
        """A tier, and nothing predicted."""
        currency = self.context.currency.lower()
        nothing = ("churn_risk", "tier_probabilities", "tier_reasons", "model_version")
        amounts = (f"margin_{currency}", f"value_at_stake_{currency}")
        return {
            **dict.fromkeys((*nothing, *amounts)),
            "customer_id": record.customer_id,
            "reasons": [],
            "value_tier": rule_tier(record.mean_bill_fen, self.sources().settings),
            "as_of": f"{record.as_of:%F}",
            "answered_by": RULES,
            "fresh_events": 0,
        }


@dataclass(frozen=True)
class _Given:
    """Whose scores, in which language, for whom; `names` are what the caller called them."""

    names: Sequence[str]
    ids: Sequence[str]
    language: str
    scope: Scope

    def answered(self, read: Reading) -> Scores:
        """What the step reads, under the names that the caller used."""
        if self.names is self.ids:
            return read(self.ids, self.language, self.scope)

        def score(ids: Sequence[str]) -> Scores:
            return read(ids, self.language, self.scope)

        return by_pseudonym(score, self.names, self.ids)


def _text(state: str) -> Response:
    return Response(f"{state}\n", media_type="text/plain")


def _lowest(found: Answered[Scores]) -> str:
    """The step that answered; of live ones last night's where a posted fact could not be used."""
    if found.by == LIVE and any(own["answered_by"] != LIVE for own in found.answer):
        return LAST_NIGHT
    return found.by
