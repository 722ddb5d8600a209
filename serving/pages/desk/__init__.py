"""The desk: a customer at the counter, from the search to how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from features.errors import LiukeError
from serving.customers.phones.numbers import normalised
from serving.decision.decision_settings import DecisionSettings
from serving.http.call import Call
from serving.http.contract.forms.customer import FoundCustomer
from serving.http.contract.forms.decide import DecideAnswer
from serving.http.contract.forms.outcomes import OutcomeAnswer, PromisesAnswer
from serving.http.contract.forms.pages.desk import (
    DeskQuery,
    OutcomeFields,
    PromiseFields,
    SearchFields,
    UndoFields,
)
from serving.http.native import Handler
from serving.pages.desk.outcomes import offered, reported
from serving.pages.desk.sight import bars, late_complaints, seconds_until
from serving.pages.preferences import purpose_cookie
from serving.pages.rendering import Pages, go_to

WORDS = "pages_desk"
CHANNELS = {"hotline": "hotline", "manager": "visit"}  # by role; others stand at a counter
INTENTS = ("browse", "cancel", "complaint", "renewal")


class DeskPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def _settings(self) -> DecisionSettings:
        return self._pages.context.decision.now()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "deskPage": self.start,
            "deskSearch": self.search,
            "deskCustomer": self.customer,
            "deskOutcome": self.outcome,
            "deskUndo": self.undo,
            "deskPromise": self.promise,
        }

    async def start(self, call: Call) -> Response:
        """The search alone."""
        return self._pages.html(call, "desk_start.html", WORDS)

    async def search(self, call: Call) -> Response:
        """On to the customer of the id or phone number; a number of both kinds is a phone first."""
        form = call.form
        assert isinstance(form, SearchFields)
        customer_id = form.customer
        if normalised(form.customer, self._pages.context.settings.phones) is not None:
            customer_id = await self._by_phone(call, form)
        answer = go_to(call, _place(customer_id, form.intent, form.purpose))
        if form.purpose is not None:
            answer.headers.append("set-cookie", purpose_cookie(call.headers, form.purpose))
        return answer

    async def customer(self, call: Call) -> Response:
        """What may be done for the customer now."""
        form = call.form
        assert isinstance(form, DeskQuery)
        customer_id = call.place["customer_id"]
        page = self._pages.shown(call, _place(customer_id, form.intent, form.purpose))
        purpose = form.purpose or page.purpose
        key = form.key or secrets.token_urlsafe(12)
        request = {
            "key": key,
            "customer_id": customer_id,
            "intent": form.intent,
            "channel": CHANNELS.get(call.caller.role, "store"),
            "purpose": purpose,
            "language": page.language,
        }
        found: DecideAnswer = await call.run("decide", request)
        promises = await self._promises(call, found, purpose, page.language)
        return self._pages.html(
            call, "desk.html", WORDS, place=page.place, found=found, purpose=purpose,
            address=f"{_place(customer_id, form.intent, purpose)}&key={quote(key, safe='')}",
            whole=f"/customer/{quote(customer_id, safe='')}?{urlencode({'purpose': purpose})}",
            intents=[(own, _place(customer_id, own, purpose)) for own in INTENTS],
            bars=bars(found.reasons, page.language), outcomes=offered(found, request["channel"]),
            promises=promises,
            late_complaints=late_complaints(found.facts.broken_promises, promises),
            kinds={name: own.of(page.language) for name, own in self._settings.promises.items()},
            confirmations=self._settings.confirmations, key=secrets.token_urlsafe(12),
        )  # fmt: skip

    async def outcome(self, call: Call) -> Response:
        """Record how it ended; it can be taken back for a while."""
        form = call.form
        assert isinstance(form, OutcomeFields)
        customer_id = call.place["customer_id"]
        made: OutcomeAnswer = await call.run("postOutcome", reported(form, customer_id))
        until = seconds_until(made.undo_until, self._pages.context.now())
        answer = self._pages.html(
            call, "desk_ended.html", WORDS, made=made, form=form, seconds=until,
            key=secrets.token_urlsafe(12),
        )  # fmt: skip
        answer.headers["hx-retarget"], answer.headers["hx-reswap"] = "#ending", "outerHTML"
        return answer

    async def undo(self, call: Call) -> Response:
        """Take an outcome back, and decide again."""
        form = call.form
        assert isinstance(form, UndoFields)
        customer_id = call.place["customer_id"]
        values = form.model_dump(exclude={"intent"})
        values |= {"customer_id": customer_id, "outcome": "undone"}
        await call.run("postOutcome", values)
        return go_to(call, _place(customer_id, form.intent, form.purpose))

    async def promise(self, call: Call) -> Response:
        """Make a promise or keep one, and decide again: while one is open nothing is sold."""
        form = call.form
        assert isinstance(form, PromiseFields)
        customer_id = call.place["customer_id"]
        if form.kept is not None:
            await call.run("keepPromise", purpose=form.purpose, promise_id=form.kept)
        else:
            values = {"customer_id": customer_id, "kind": form.kind, "purpose": form.purpose}
            await call.run("makePromise", values)
        return go_to(call, _place(customer_id, form.intent, form.purpose))

    async def _by_phone(self, call: Call, form: SearchFields) -> str:
        values = {"phone": form.customer, "purpose": form.purpose}
        try:
            found: FoundCustomer = await call.run("findCustomer", values)
        except LiukeError as refusal:
            if refusal.code != "unknown_customers" or not form.customer.isalnum():
                raise
            return form.customer  # an operator's ids may be digits alone
        return found.customer_id

    async def _promises(
        self, call: Call, found: DecideAnswer, purpose: str, language: str
    ) -> list[dict[str, Any]]:
        """The open promises, each with the seconds until it is due; below 0 it is broken."""
        if not found.facts.open_promises:
            return []
        values = {"purpose": purpose, "language": language}
        answer: PromisesAnswer = await call.run(
            "openPromises", values, customer_id=found.customer_id
        )
        now = self._pages.context.now()
        return [
            own.model_dump() | {"seconds": seconds_until(own.due_at, now)}
            for own in answer.promises
        ]


def _place(customer_id: str, intent: str, purpose: str | None) -> str:
    query = {"intent": intent} | ({} if purpose is None else {"purpose": purpose})
    return f"/desk/{quote(customer_id, safe='')}?{urlencode(query)}"
