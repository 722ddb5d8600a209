"""The service's own operations, called for a page as its caller would call them.

Each is admitted, checked and recorded as the request it stands for: by the same table of roles,
with the same form and purpose, and its row of the audit under the page's request id. So a page can
show and change nothing that its caller could not by the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from features.errors import LiukeError
from serving.access.clock import Clock
from serving.http.admission import HEADER, Admission, purpose_for
from serving.http.call import Call, begin
from serving.http.contract import errors as refusals
from serving.http.contract.table import Route, Routes
from serving.http.native import Found, Handlers


@dataclass(frozen=True)
class OwnOperations:
    """Runs the operations of one server."""

    routes: Routes
    handlers: Handlers
    admission: Admission
    engine: Engine
    clock: Clock

    async def run(
        self,
        page: Call,
        operation: str,
        values: Mapping[str, Any] | None = None,
        *,
        purpose: str | None = None,
        **place: str,
    ) -> Found:
        """What the operation's handler returns; `values` are of its form or query.

        Raises the LiukeError that a caller of the API would be refused with. The page needs no row
        of the audit beside the operation's.
        """
        route = self.routes.of_operation(operation)
        headers = {name: own for name, own in page.headers.items() if name != HEADER}
        if purpose is not None:
            headers[HEADER] = purpose.encode("latin-1", "replace")
        call = Call(
            page.id, route.path, route.method, page.principal, place=place, headers=headers,
            address=page.address, recorder=page.recorder, is_audited=route.is_audited,
            patience_seconds=page.patience_seconds,
        )  # fmt: skip
        begin(call)
        try:
            return await self._answered(route, call, values)
        finally:
            begin(page)
            page.is_recorded = page.is_recorded or call.is_recorded
            page.answered_by = call.answered_by or page.answered_by
            self.admission.ended(self.engine, call, self.clock())

    async def _answered(self, route: Route, call: Call, values: Mapping[str, Any] | None) -> Found:
        try:
            found = await self._admitted(route, call, values)
        except LiukeError as error:
            known = error if error.code in refusals.STATUS else refusals.internal()
            call.status, call.code = refusals.STATUS[known.code], known.code
            await call.record()
            if known is error:
                raise
            raise known from error
        call.status, call.code = 200, ""
        await call.record()
        return found

    async def _admitted(self, route: Route, call: Call, values: Mapping[str, Any] | None) -> Found:
        if call.principal is not None:
            self.admission.check(route, call.principal)
        form = route.form or route.query
        if form is not None:
            call.form = _checked(form, values or {})
        if call.principal is not None:
            call.purpose = purpose_for(route, call, dict(call.headers))
        return await self.handlers[route.operation](call)


def _checked(form: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return form.model_validate(dict(values))
    except ValidationError as error:
        raise refusals.of_body(error) from None
