"""`/warnings`, `/arrears` and a customer's standing, of the caller's own customers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread

from features.errors import LakeError, RequestRefused
from serving.access.principal import Scope
from serving.customers.base.objectors import objectors
from serving.customers.standing.arrears import with_promises
from serving.customers.standing.customer import customer_standing
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.business.care import (
    ArrearsAnswer,
    ArrearsQuery,
    StandingAnswer,
    WarningsAnswer,
    WarningsQuery,
)
from serving.http.contract.forms.managers.days import midnight
from serving.http.endpoints.decision.decide import Desk
from serving.http.native import Handler

THREADS = 1  # at once: each reads what is known of everyone
OF_ONE = 2  # at once of those that read one customer's


class CareDesk:
    """The handlers of one server."""

    def __init__(self, desk: Callable[[], Desk], context: Context) -> None:
        self._desk, self._context = desk, context
        self._some, self._own = CapacityLimiter(THREADS), CapacityLimiter(OF_ONE)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"warnings": self.warnings, "arrears": self.arrears, "standing": self.standing}

    async def warnings(self, call: Call) -> WarningsAnswer:
        """Who changed sharply between two nights."""
        form = call.form
        assert isinstance(form, WarningsQuery)
        places = places_of(form, call.caller.scope)
        return await to_thread.run_sync(self._warnings, call, form, places, limiter=self._some)

    def _warnings(
        self, call: Call, form: WarningsQuery, places: Mapping[str, str]
    ) -> WarningsAnswer:
        own, since = self._context, None if form.since is None else midnight(form.since)
        language = form.language or own.settings.language
        try:
            found = own.figures.warnings(objectors(own.reading), language, places, since)
        except LakeError as error:
            if since is None or "night" not in error.details:
                raise
            raise RequestRefused(
                "invalid_request", f"since is {since:%F}; no such night is kept before the last one"
            ) from error
        return WarningsAnswer(
            before=found.before, as_of=found.as_of, currency=own.currency,
            other_model=found.other_model, count=len(found.customers), counts=found.counts,
            customers=_page(call, form, found.customers),
        )  # fmt: skip

    async def arrears(self, call: Call) -> ArrearsAnswer:
        """The arrears care list."""
        form = call.form
        assert isinstance(form, ArrearsQuery)
        places = places_of(form, call.caller.scope)
        return await to_thread.run_sync(self._arrears, call, form, places, limiter=self._some)

    def _arrears(self, call: Call, form: ArrearsQuery, places: Mapping[str, str]) -> ArrearsAnswer:
        own, as_of = self._context, None if form.as_of is None else midnight(form.as_of)
        try:
            moment, facts = own.figures.owing(as_of)
        except LakeError as error:
            latest = error.details.get("latest")
            if as_of is None or latest is None:
                raise
            raise RequestRefused(
                "invalid_request", f"as_of is {as_of:%F}, and the data end before {latest}"
            ) from error
        found = with_promises(own.reading, facts, places)
        return ArrearsAnswer(
            as_of=f"{moment:%F}", currency=own.currency, count=len(found),
            overdue=round(sum(one["overdue"] for one in found), 2),
            customers=_page(call, form, found),
        )  # fmt: skip

    async def standing(self, call: Call) -> StandingAnswer:
        """How a customer stands by the declared rules."""
        customer_id = call.place["customer_id"]
        call.subjects = (customer_id,)
        await self._desk().check_known(customer_id, call.caller.scope)
        found = await to_thread.run_sync(
            partial(customer_standing, self._context.home, customer_id), limiter=self._own
        )
        return StandingAnswer.model_validate(found)


def places_of(form: WarningsQuery | ArrearsQuery, scope: Scope) -> dict[str, str]:
    """Where the customers belong: what is requested within the scope.

    Raises RequestRefused (`forbidden`) for another's manager or store.
    """
    wanted = {"manager_id": form.manager_id, "store_id": form.store_id}
    for name, value in wanted.items():
        own = scope.limits.get(name)
        if value is not None and own not in (None, value):
            raise RequestRefused("forbidden", f"{name} is another's; yours is {own}")
    return {name: value for name, value in wanted.items() if value is not None} | scope.limits


def _page(call: Call, form: WarningsQuery | ArrearsQuery, found: list[dict[str, Any]]) -> list[Any]:
    """The part of those found that is shown, which the audit names."""
    page = found[form.offset : form.offset + form.limit]
    call.subjects = tuple(sorted(one["customer_id"] for one in page))
    call.detail = {"count": len(found), "offset": form.offset}
    return page
