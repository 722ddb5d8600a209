"""Verifying the audit's chain, and making a decision again: in a thread, queried how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from anyio import to_thread

from features.words import say
from serving.audit.replay import Decision, in_words, no_decision, read_decision, replay
from serving.audit.replay.decided import DecidedAgain
from serving.audit.verification import Verified, verify
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.access.checking import (
    ReplayAnswer,
    VerificationAnswer,
    WorkRequest,
)
from serving.http.native import Handler
from serving.http.running.work import Works
from serving.scores.latest import customers_among

PATIENCE_SECONDS = 2.0  # so long an answer waits for the end


class CheckingDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context, self._works = context, Works()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"verifyAudit": self.verify, "replayDecision": self.replay}

    async def verify(self, call: Call) -> VerificationAnswer:
        """Whether the chain is whole, or how far it was read."""
        form = call.form
        assert isinstance(form, WorkRequest)
        do = partial(verify, self._context.reading, ())
        own = await self._works.on("audit", do, PATIENCE_SECONDS, again=form.again)
        found: Verified | None = own.result
        if found is None:
            return VerificationAnswer(
                is_done=False, done=own.done, total=own.total, is_whole=None, broken=None, text=None
            )
        about: dict[str, Any] = asdict(found) | {"last": found.head.number}
        call.detail = {"rows": found.rows, "broken": found.broken}
        return VerificationAnswer(
            is_done=True, done=found.rows, total=max(found.head.number, found.rows),
            is_whole=found.fault is None, broken=found.broken,
            text=say("audit", found.fault or "whole", self._language(form), **about),
        )  # fmt: skip

    async def replay(self, call: Call) -> ReplayAnswer:
        """Whether a decision comes out equal, or how far it is."""
        form, decision_id = call.form, call.place["decision_id"]
        assert isinstance(form, WorkRequest)
        own = self._context
        decision = await to_thread.run_sync(read_decision, own.reading, decision_id)
        call.subjects = (decision.customer_id,)
        call.detail = {"decision": decision.id}
        await to_thread.run_sync(self._check_reach, call, decision)
        again = DecidedAgain(own.home, own.reading)
        do = partial(replay, own.home, decision, again)
        work = await self._works.on(decision.id, do, PATIENCE_SECONDS, again=form.again)
        is_equal = work.result.is_equal if work.is_done else None
        text = in_words(work.result, self._language(form)) if work.is_done else None
        return ReplayAnswer(
            decision_id=decision.id, is_done=work.is_done, done=work.done, total=work.total,
            is_equal=is_equal, text=text,
        )  # fmt: skip

    def _check_reach(self, call: Call, decision: Decision) -> None:
        """A decision about a customer out of reach is refused as one that does not exist.

        Who reaches all customers reaches those who have left since, too.
        """
        scope, customer_id = call.caller.scope, decision.customer_id
        if scope.limits and not customers_among(self._context.home, [customer_id], scope):
            raise no_decision(decision.id)

    def _language(self, form: WorkRequest) -> str:
        return form.language or self._context.settings.language
