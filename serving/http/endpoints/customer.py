"""One customer: the 360 view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import CapacityLimiter, to_thread

from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.customer import CustomerAnswer, CustomerQuery
from serving.http.native import Handler

THREADS = 2  # views made at once


class CustomerDesk:
    """Shows the customers of one server's home."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._some = CapacityLimiter(THREADS)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"customer": self.customer}

    async def customer(self, call: Call) -> CustomerAnswer:
        """All that the caller may know; unknown customers and others' are refused alike."""
        assert isinstance(call.form, CustomerQuery)
        customer_id = call.place["customer_id"]
        call.subjects = (customer_id,)
        language = call.form.language or self._context.settings.language
        found = await to_thread.run_sync(
            self._view, call, customer_id, language, limiter=self._some
        )
        return CustomerAnswer(currency=self._context.currency, **found)

    def _view(self, call: Call, customer_id: str, language: str) -> dict[str, Any]:
        bounds = self._context.scorer.champion.bundle.tier_bounds_fen
        role, scope = call.caller.role, call.caller.scope
        with self._context.reading.connect() as connection:
            return self._context.whole.view(connection, customer_id, role, scope, language, bounds)
