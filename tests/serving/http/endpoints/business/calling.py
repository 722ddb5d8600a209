"""A caller of handlers, as the gateway lets one through."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from serving.access.principal import EVERYWHERE, Principal, Scope
from serving.http.call import Call
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.gateway import checked_query
from serving.http.native import Handler

ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}


def answered(
    handlers: Mapping[str, Handler],
    operation: str,
    query: str = "",
    scope: Scope = EVERYWHERE,
    role: str = "marketing",
    **place: str,
) -> tuple[Call, Any]:
    """The call of a route with a query, and its answer."""
    row = ROWS[operation]
    assert row.query is not None
    form = checked_query(query.encode(), row.query)
    call = Call("r1", row.path, row.method, Principal("k1", role, scope), form, place)
    return call, asyncio.run(handlers[operation](call))  # type: ignore[arg-type]
