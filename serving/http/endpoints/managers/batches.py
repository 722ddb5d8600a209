"""`/tasks/batches`: tasks for many customers at once, previewed, done, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection

from features.errors import RequestRefused
from serving.customers.base import CustomerBase
from serving.customers.base.grammar import parsed, without_customers
from serving.customers.base.objectors import objectors
from serving.http.call import Call
from serving.http.contract.forms.managers.batches import (
    BatchAnswer,
    BatchesAnswer,
    BatchOrder,
    BatchPreview,
    BatchRequest,
    UndoneAnswer,
)
from serving.http.endpoints.managers.shared import Managing
from serving.http.native import Handler
from serving.http.running.once import own_id
from serving.managers.batches.ledger import (
    ID_DIGITS,
    Batch,
    batches_of,
    customers_of,
    find_batch,
    standing_of,
    undo_batch,
    write_batch,
)
from serving.managers.batches.planning import Action, Chosen, Plan, chosen_by, planned

THREADS = 1  # searches at once
MAX_LISTED = 20  # customers named of each part of a preview
MOST = 50  # batches in one answer
NOT_FOR_WHOM = ("sort", "columns", "by", "limit", "after")


class BatchDesk:
    """The handlers of one server."""

    def __init__(self, managing: Managing) -> None:
        self._own, self._some = managing, CapacityLimiter(THREADS)
        self._base = CustomerBase(managing.context.home)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "previewBatch": self.preview,
            "doBatch": self.do,
            "batches": self.batches,
            "undoBatch": self.undo,
        }

    async def preview(self, call: Call) -> BatchPreview:
        """What would be done, for how many, and who is excluded by which rule."""
        form = call.form
        assert isinstance(form, BatchRequest)
        chosen = await to_thread.run_sync(self._chosen, call, form, limiter=self._some)
        plan = await to_thread.run_sync(self._planned, call, form, chosen)
        named = [own.customer_id for own in plan.tasks if own.customer_id][:MAX_LISTED]
        excluded: list[dict[str, Any]] = [
            {"rule": rule, "count": len(some), "customers": list(some[:MAX_LISTED])}
            for rule, some in plan.excluded.items()
        ]
        shown = {*named, *(one for own in excluded for one in own["customers"])}
        call.subjects = tuple(sorted(shown))
        call.detail = {"count": len(plan.tasks), "search": without_customers(form.search)}
        return BatchPreview.model_validate(
            {
                "as_of": plan.as_of, "mark": plan.mark, "count": len(plan.tasks),
                "customers": named, "by_manager": plan.by_manager, "excluded": excluded,
            }
        )  # fmt: skip

    async def do(self, call: Call) -> BatchAnswer:
        """Do what a preview showed; refused where it would be another thing by now."""
        form = call.form
        assert isinstance(form, BatchOrder)
        own, actor, now = (
            own_id(call.caller, form.key, ID_DIGITS),
            self._own.actor(call),
            self._own.now(),
        )
        chosen = await to_thread.run_sync(self._chosen, call, form, limiter=self._some)
        call.subjects = tuple(chosen.managers)
        search = without_customers(form.search)
        call.detail = {"batch": own, "action": form.action, "search": search}

        def work(connection: Connection) -> dict[str, Any]:
            plan = self._plan(connection, call, form, chosen)
            kept = next((one for one in batches_of(connection, actor, MOST) if one.id == own), None)
            if kept is None and plan.mark != form.mark:
                raise RequestRefused(
                    "conflict", "it would be done for others by now; look at the preview again"
                )
            batch = kept or write_batch(connection, own, plan, search, actor, now)
            return _shown(batch, standing_of(connection, batch))

        return BatchAnswer.model_validate(await call.commit(work))

    async def batches(self, call: Call) -> BatchesAnswer:
        """The caller's own batches, the latest first."""
        found = await to_thread.run_sync(self._batches, call)
        call.detail = {"count": len(found)}
        return BatchesAnswer.model_validate({"batches": found})

    def _batches(self, call: Call) -> list[dict[str, Any]]:
        with self._own.context.reading.connect() as connection:
            found = batches_of(connection, self._own.actor(call), MOST)
            return [_shown(own, standing_of(connection, own)) for own in found]

    async def undo(self, call: Call) -> UndoneAnswer:
        """Take back what is untouched, and name what stays."""
        own, actor, now = call.place["batch_id"], self._own.actor(call), self._own.now()
        call.subjects = tuple(await to_thread.run_sync(self._customers, call))
        call.detail = {"batch": own}

        def work(connection: Connection) -> dict[str, Any]:
            batch, stayed = undo_batch(connection, own, actor, now)
            shown = _shown(batch, standing_of(connection, batch))
            return {"batch": shown, "stayed": [vars(one) for one in stayed]}

        return UndoneAnswer.model_validate(await call.commit(work))

    def _customers(self, call: Call) -> list[str]:
        own = call.place["batch_id"]
        with self._own.context.reading.connect() as connection:
            find_batch(connection, own, self._own.actor(call))
            return customers_of(connection, own)

    def _chosen(self, call: Call, form: BatchRequest) -> Chosen:
        rule = {name: own for name, own in form.search.items() if name not in NOT_FOR_WHOM}
        search = parsed(rule, call.caller.role)
        hidden = objectors(self._own.context.reading)
        return chosen_by(self._base, search, call.caller.scope, hidden)

    def _planned(self, call: Call, form: BatchRequest, chosen: Chosen) -> Plan:
        with self._own.context.reading.connect() as connection:
            return self._plan(connection, call, form, chosen)

    def _plan(self, connection: Connection, call: Call, form: BatchRequest, chosen: Chosen) -> Plan:
        action = Action(form.action, form.text, form.kind, form.due)
        return planned(
            connection, chosen, action, call.caller.scope, self._own.actor(call),
            self._own.settings, self._own.now(),
        )  # fmt: skip


def _shown(batch: Batch, states: Mapping[str, int]) -> dict[str, Any]:
    moments = {"at": batch.at, "undone_at": batch.undone_at}
    return vars(batch) | {
        "batch_id": batch.id,
        "due": None if batch.due is None else f"{batch.due:%F}",
        "states": dict(states),
        **{name: None if own is None else f"{own:%FT%T}" for name, own in moments.items()},
    }
