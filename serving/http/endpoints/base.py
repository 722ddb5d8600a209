"""The base: search and export, and the caller's saved views."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection
from starlette.responses import Response, StreamingResponse

from serving.customers.base import CustomerBase
from serving.customers.base.export import Export, exported
from serving.customers.base.grammar import parsed, without_customers
from serving.customers.base.objectors import objectors
from serving.customers.base.views import delete_view, save_view, saved_views
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.base import (
    DeletedView,
    SearchAnswer,
    Searching,
    View,
    ViewForm,
    ViewsAnswer,
)
from serving.http.native import Handler

THREADS = 2  # searches at once


class BaseDesk:
    """Searches the base of one server, and keeps views."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._base = CustomerBase(context.home)
        self._some = CapacityLimiter(THREADS)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "searchCustomers": self.search,
            "exportCustomers": self.export,
            "views": self.views,
            "saveView": self.save,
            "deleteView": self.delete,
        }

    async def search(self, call: Call) -> SearchAnswer:
        """A page of the customers found, and the counts."""
        form = call.form
        assert isinstance(form, Searching)
        found = await to_thread.run_sync(self._page, call, form, limiter=self._some)
        # How many were found, and by what, but no customer's id.
        search = without_customers(form.texts())
        call.detail = {"count": found["count"], "search": search}
        call.subjects = tuple(found.pop("customer_ids"))
        return SearchAnswer(currency=self._context.currency, **found)

    def _page(self, call: Call, form: Searching) -> dict[str, Any]:
        search = parsed(form.texts(), call.caller.role)
        return self._base.search(search, call.caller.scope, objectors(self._context.reading))

    async def export(self, call: Call) -> Response:
        """All customers found as CSV; it is complete before its first byte leaves."""
        form = call.form
        assert isinstance(form, Searching)
        found = await to_thread.run_sync(self._file, call, form, limiter=self._some)
        call.detail = found.detail | {"search": without_customers(form.texts())}
        call.subjects = found.customer_ids or ()
        headers = {
            "content-length": str(found.size),
            "content-disposition": f'attachment; filename="customers-{found.as_of[:10]}.csv"',
            "liuke-count": str(found.count),
            "liuke-sha256": found.sha256,
            "liuke-as-of": found.as_of,
        }
        return StreamingResponse(found.parts(), media_type="text/csv", headers=headers)

    def _file(self, call: Call, form: Searching) -> Export:
        search = parsed(form.texts(), call.caller.role)
        objecting = objectors(self._context.reading)
        return exported(self._base, Path(gettempdir()), search, call.caller.scope, objecting)

    async def views(self, call: Call) -> ViewsAnswer:
        """The caller's own views."""
        found = await to_thread.run_sync(self._views, call.caller.id)
        return ViewsAnswer(views=[View(**own) for own in found])

    def _views(self, owner: str) -> list[dict[str, Any]]:
        with self._context.reading.connect() as connection:
            return saved_views(connection, owner)

    async def save(self, call: Call) -> View:
        """Keep a search under the name in the address."""
        form, caller, name = call.form, call.caller, call.place["name"]
        assert isinstance(form, ViewForm)
        now = self._context.clock()

        def work(connection: Connection) -> dict[str, Any]:
            return save_view(connection, caller.id, name, form.search, now, caller.role)

        return View(**await call.commit(work))

    async def delete(self, call: Call) -> DeletedView:
        """Forget the view of the name in the address."""
        name = call.place["name"]
        await call.commit(partial(delete_view, owner=call.caller.id, name=name))
        return DeletedView(name=name)
