"""`/churned` and `/groups`: who left, and which groups have members who may."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from anyio import CapacityLimiter, to_thread

from features.errors import NotEnoughData, RequestRefused, SettingsError
from features.home import Home
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
from serving.scores import last_scores

THREADS = 1  # at once: each reads whole feeds
KEPT = 4  # periods whose departures are kept, so that a filter is answered at once
SPAN = timedelta(weeks=26)
FOLLOWED = ("kind", "reason", "direction")  # by month, beside the dimensions

Key = tuple[object, ...]


class ArchiveDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context, self._some = context, CapacityLimiter(THREADS)
        self._known: tuple[Key, tuple[datetime, datetime]] | None = None
        self._kept: OrderedDict[Key, Archive] = OrderedDict()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"churned": self.churned, "groups": self.groups}

    async def churned(self, call: Call) -> ChurnedAnswer:
        """The departures of a period; one that was counted since the last import is kept."""
        form = call.form
        assert isinstance(form, ChurnedQuery)
        call.detail = {"by": form.by, "only": sorted(form.only)}
        return await to_thread.run_sync(self._churned, form, limiter=self._some)

    def _churned(self, form: ChurnedQuery) -> ChurnedAnswer:
        try:
            first, last = self._period()
            until = last if form.until is None else midnight(form.until)
            since = max(first, until - SPAN) if form.since is None else midnight(form.since)
            whole = self._archive(since, until)
            archive = whole.within(form.only)
        except (NotEnoughData, SettingsError) as error:
            # The command's options are the query's names.
            raise _wrong(error.message.replace("--", "")) from error
        by = (*FOLLOWED, *archive.dimensions)
        if form.by not in by:
            raise _wrong(f"by is {form.by[:64]!r}; expected one of {', '.join(by)}")
        return ChurnedAnswer.model_validate(
            archive.composed()
            | {"known_from": f"{first:%F}", "known_to": f"{last:%F}"}
            | {"choices": whole.choices()}
            | {"by": form.by, "months": archive.by_month(form.by)}
        )

    def _period(self) -> tuple[datetime, datetime]:
        key = self._imported()
        if self._known is None or self._known[0] != key:
            self._known = key, known_period(self._context.home)
        return self._known[1]

    def _archive(self, since: datetime, until: datetime) -> Archive:
        key = (*self._imported(), since, until)
        if key not in self._kept:
            self._kept[key] = archive_of(self._context.home, since, until)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

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


def _wrong(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
