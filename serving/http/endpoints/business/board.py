"""`/signs` and `/promises`: what can be fixed, and what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from anyio import to_thread

from features import catalogue
from features.catalogue import GROUPS
from features.errors import RequestRefused
from serving.analyses.signs import Signs
from serving.customers.base.objectors import objectors
from serving.decision.decision_settings import DecisionSettings
from serving.decision.promises import Promise, all_open_promises
from serving.decision.sign_owners import Key, Owned, owners_now, set_owner
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.business.board import (
    OwnerAnswer,
    OwnerRequest,
    PromiseBoardAnswer,
    PromiseBoardQuery,
    SignsAnswer,
    SignsQuery,
)
from serving.http.contract.forms.outcomes import PromiseAnswer
from serving.http.native import Handler
from serving.http.running.work import Works
from serving.scores.latest import customers_among

KEPT = 4  # scopes whose signs are in memory


class BoardDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context, self._works = context, Works(KEPT)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "signs": self.signs,
            "promiseBoard": self.promises,
            "setSignOwner": self.set_owner,
        }

    @property
    def _settings(self) -> DecisionSettings:
        return self._context.decision.now()

    @cached_property
    def _features(self) -> Mapping[str, Any]:
        return {one.name: one for one in catalogue.features(self._context.currency)}

    async def signs(self, call: Call) -> SignsAnswer:
        """The signs of last night; they are counted once a night, scope and objection."""
        form = call.form
        assert isinstance(form, SignsQuery)
        language = form.language or self._context.settings.language
        own, scope = self._context, call.caller.scope
        hidden = await to_thread.run_sync(objectors, own.reading)
        name = own.figures.signs_name(hidden, scope)
        counted = partial(own.figures.signs, own.currency, hidden, scope)
        as_of, found = await self._works.kept(call, own.figures, name, counted)
        answer = partial(self._signs, call, language, as_of, found)
        return await to_thread.run_sync(answer)

    def _signs(self, call: Call, language: str, as_of: str, found: Signs) -> SignsAnswer:
        own = self._context
        owners = self._owners(call)
        call.detail = {"count": found.customers}
        signs = [
            one
            | {
                "text": GROUPS[one["sign"]][language],
                "owner": owners.get((one["sign"], None, None)),
                "places": {
                    by: [row | {"owner": owners.get((one["sign"], by, row["name"]))} for row in own]
                    for by, own in one["places"].items()
                },
            }
            for one in map(dict, found.signs)
        ]
        for one in signs:
            one["features"] = [
                each | {"text": getattr(self._features[each["feature"]], language)}
                for each in one["features"]
            ]
        return SignsAnswer.model_validate(
            {
                "as_of": as_of, "currency": own.currency, "customers": found.customers,
                "value": found.value, "loss": found.loss, "signs": signs,
            }
        )  # fmt: skip

    async def set_owner(self, call: Call) -> OwnerAnswer:
        """Keep who sees to a sign, everywhere or at one place, until when."""
        form, now, caller = call.form, self._context.now(), call.caller
        assert isinstance(form, OwnerRequest)
        if caller.scope.limits:
            raise RequestRefused(
                "forbidden", "owners are set for all customers; who is limited to some sets none"
            )
        own = Owned(
            call.place["sign"], form.by, form.name, form.owner, form.due, form.note, now, caller.id
        )
        call.detail = {"sign": own.sign} if own.sign in GROUPS else {}
        await call.commit(partial(set_owner, own=own))
        owner = None if own.owner is None else _owner(own, now)
        return OwnerAnswer.model_validate(vars(own) | {"owner": owner})

    async def promises(self, call: Call) -> PromiseBoardAnswer:
        """The open promises to the caller's customers."""
        form = call.form
        assert isinstance(form, PromiseBoardQuery)
        found = await to_thread.run_sync(self._open, call)
        page = found[form.offset : form.offset + form.limit]
        call.subjects = tuple(sorted({own.customer_id for own in page}))
        call.detail = {"count": len(found), "offset": form.offset}
        now, language = self._context.now(), form.language or self._context.settings.language
        return PromiseBoardAnswer(
            count=len(found),
            broken=sum(own.due_at < now for own in found),
            kinds=dict(Counter(own.kind for own in found)),
            promises=[self._shown(own, language) for own in page],
        )

    def _owners(self, call: Call) -> dict[Key, dict[str, Any]]:
        """Who owns which signs; those of places are of all customers, as their owner is."""
        now = self._context.now()
        with self._context.reading.connect() as connection:
            found = owners_now(connection)
        is_limited = bool(call.caller.scope.limits)
        return {
            key: _owner(own, now) for key, own in found.items() if own.by is None or not is_limited
        }

    def _open(self, call: Call) -> list[Promise]:
        with self._context.reading.connect() as connection:
            found = all_open_promises(connection)
        scope = call.caller.scope
        if not scope.limits:
            return found
        ids = sorted({own.customer_id for own in found})
        within = customers_among(self._context.home, ids, scope)
        return [own for own in found if own.customer_id in within]

    def _shown(self, promise: Promise, language: str) -> PromiseAnswer:
        kind = self._settings.promises.get(promise.kind)
        return PromiseAnswer(
            promise_id=promise.id,
            customer_id=promise.customer_id,
            kind=promise.kind,
            text=promise.kind if kind is None else kind.of(language),
            made_at=f"{promise.made_at:%FT%T}",
            due_at=f"{promise.due_at:%FT%T}",
            kept_at=None,
        )


def _owner(own: Owned, now: datetime) -> dict[str, Any]:
    """An owner as it is answered."""
    due = own.due or now.date()
    return {
        "owner": own.owner, "due": f"{due:%F}", "is_overdue": due < now.date(), "note": own.note,
        "set_at": f"{own.set_at:%FT%T}", "set_by": own.caller,
    }  # fmt: skip
