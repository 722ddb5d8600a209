"""`/churned` and `/groups`: who left, and which groups have members who may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
from anyio import CapacityLimiter, to_thread

from features.errors import NotEnoughData, RequestRefused, SettingsError
from features.home import Home
from features.progress import Progress
from serving.customers.base.objectors import objectors
from serving.customers.churned import Archive, archive_of, known_period
from serving.customers.groups import groups
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
from serving.scores import last_scores

THREADS = 1  # at once: each reads whole feeds
KEPT = 4  # periods whose departures are kept, so that a filter is answered at once
MONTHS = 6
PATIENCE_SECONDS = 20.0  # so long an answer waits for the count
FOLLOWED = ("kind", "reason", "direction")  # by month, beside the dimensions

Key = tuple[object, ...]


class ArchiveDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context, self._some = context, CapacityLimiter(THREADS)
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
        home, imported = self._context.home, self._imported()
        try:
            first, last = await self._counted((imported,), lambda _: known_period(home))
            until = last if form.until is None else midnight(form.until)
            since = _half_a_year(first, until) if form.since is None else midnight(form.since)
            whole: Archive = await self._counted(
                (imported, since, until), lambda _: archive_of(home, since, until)
            )
            return await to_thread.run_sync(_answer, form, whole, first, last)
        except (NotEnoughData, SettingsError) as error:
            # The command's options are the query's names.
            raise _wrong(error.message.replace("--", "")) from error

    async def _counted(self, key: Key, do: Callable[[Progress], Any]) -> Any:
        work = await self._works.on(str(key), do, PATIENCE_SECONDS)
        if not work.is_done:
            raise RequestRefused(
                "too_slow", "the departures are still being counted; ask again shortly"
            )
        return work.result

    def _imported(self) -> Key:
        """What another import changes."""
        try:
            found = (Home(self._context.home).feeds / "manifest.json").stat()
        except OSError:
            return (None,)
        return found.st_mtime_ns, found.st_ino

    async def groups(self, call: Call) -> GroupsAnswer:
        """The groups at last night, as far as the caller may know of their members."""
        form = call.form
        assert isinstance(form, GroupsQuery)
        own = call.caller.scope.manager_id
        if own is not None and form.manager_id not in (None, own):
            raise RequestRefused("forbidden", f"manager_id is another's; yours is {own}")
        return await to_thread.run_sync(self._groups, call, form.manager_id, limiter=self._some)

    def _groups(self, call: Call, manager: str | None) -> GroupsAnswer:
        own = self._context
        scores = last_scores(own.home)
        hidden = scores["customer_id"].isin(objectors(own.reading))
        scores.loc[hidden, ["churn_risk", "expected_loss"]] = np.nan
        scores.loc[hidden, "eligible"] = False
        found = groups(own.home, scores, manager, call.caller.scope)
        call.detail = {"groups": len(found)}
        return GroupsAnswer.model_validate(
            {"as_of": f"{scores['as_of'].iloc[0]:%F}", "currency": own.currency, "groups": found}
        )


def _answer(form: ChurnedQuery, whole: Archive, first: datetime, last: datetime) -> ChurnedAnswer:
    archive = whole.within(form.only)
    by = (*FOLLOWED, *archive.dimensions)
    if form.by not in by:
        raise _wrong(f"by is {form.by[:64]!r}; expected one of {', '.join(by)}")
    return ChurnedAnswer.model_validate(
        archive.composed()
        | {"known_from": f"{first:%F}", "known_to": f"{last:%F}"}
        | {"choices": whole.choices()}
        | {"by": form.by, "months": archive.by_month(form.by)}
    )


def _half_a_year(first: datetime, until: datetime) -> datetime:
    """The first of the month half a year before, or from where on all is known.

    >>> _half_a_year(datetime(2024, 4, 1), datetime(2026, 1, 29))
    datetime.datetime(2025, 8, 1, 0, 0)
    """
    month = until.year * 12 + until.month - 1 - MONTHS + (until.day > 1)
    return max(first, datetime(month // 12, month % 12 + 1, 1))


def _wrong(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
