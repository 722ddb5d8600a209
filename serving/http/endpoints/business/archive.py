"""`/churned` and `/groups`: who left, and which groups have members who may."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread

from features.errors import NotEnoughData, RequestRefused, SettingsError
from serving.customers.base.objectors import objectors
from serving.customers.churned import Archive
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.business.archive import (
    ChurnedAnswer,
    ChurnedQuery,
    GroupsAnswer,
    GroupsQuery,
)
from serving.http.contract.forms.managers.days import midnight
from serving.http.native import Handler
from serving.http.running.work import Works
from serving.results.figures import half_a_year

KEPT = 4  # periods whose departures are in memory
FOLLOWED = ("kind", "reason", "direction")  # by month, beside the dimensions


class ArchiveDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._works = Works(KEPT)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"churned": self.churned, "groups": self.groups}

    async def churned(self, call: Call) -> ChurnedAnswer:
        """The departures of a period; those that were counted since the last import are kept.

        Raises RequestRefused (`too_slow`) while they are still counted.
        """
        form = call.form
        assert isinstance(form, ChurnedQuery)
        call.detail = {"by": form.by, "only": sorted(form.only)}
        own, kept = self._context.figures, self._works.kept
        try:
            known = own.results.name("departures-known")
            first, last = await kept(call, own, known, own.known_period)
            until = last if form.until is None else midnight(form.until)
            since = half_a_year(first, until) if form.since is None else midnight(form.since)
            period = own.results.name("departures", since, until)
            whole = partial(own.departures, since, until)
            only = sorted(form.only.items())
            name = own.results.name("churned", since, until, only, form.by)
            composed = await to_thread.run_sync(own.results.find, name)
            if composed is None:
                await kept(call, own, period, whole)
                answer = partial(own.results.made, name, lambda: _composed(form, whole()))
                composed = await to_thread.run_sync(answer)
            days = {"known_from": f"{first:%F}", "known_to": f"{last:%F}"}
            return ChurnedAnswer.model_validate(composed | days)
        except (NotEnoughData, SettingsError) as error:
            # The command's options are the query's names.
            raise _wrong(error.message.replace("--", "")) from error

    async def groups(self, call: Call) -> GroupsAnswer:
        """The groups at last night, as far as the caller may know of their members."""
        form = call.form
        assert isinstance(form, GroupsQuery)
        own = call.caller.scope.manager_id
        if own is not None and form.manager_id not in (None, own):
            raise RequestRefused("forbidden", f"manager_id is another's; yours is {own}")
        figures, scope = self._context.figures, call.caller.scope
        hidden = await to_thread.run_sync(objectors, self._context.reading)
        name = figures.groups_name(hidden, form.manager_id, scope)
        found = partial(figures.groups, hidden, form.manager_id, scope)
        as_of, rows = await self._works.kept(call, figures, name, found)
        call.detail = {"groups": len(rows)}
        return GroupsAnswer.model_validate(
            {"as_of": as_of, "currency": self._context.currency, "groups": rows}
        )


def _composed(form: ChurnedQuery, whole: Archive) -> dict[str, Any]:
    archive = whole.within(form.only)
    by = (*FOLLOWED, *archive.dimensions)
    if form.by not in by:
        raise _wrong(f"by is {form.by[:64]!r}; expected one of {', '.join(by)}")
    months = {"by": form.by, "months": archive.by_month(form.by)}
    return archive.composed() | {"choices": whole.choices()} | months


def _wrong(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
