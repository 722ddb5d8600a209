"""Endpoints that BentoML does not need to know: they get the call, and answer with their form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from pydantic import BaseModel
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from features.errors import LiukeError, RequestRefused
from serving.http.call import Call, current_call
from serving.http.contract.routes import Routes

Handler = Callable[[Call], Awaitable[BaseModel | Response]]


def native_routes(table: Routes, handlers: Mapping[str, Handler]) -> list[Route]:
    """A route for each row of the table whose operation has a handler.

    Raises ValueError for a handler that no row names.
    """
    rows = {row.operation: row for row in table.rows if row.operation}
    unknown = sorted(set(handlers) - set(rows))
    if unknown:
        raise ValueError(f"no route has the operation {', '.join(unknown)}")
    return [
        Route(rows[name].path, _answering(rows[name].path, handler), methods=[rows[name].method])
        for name, handler in handlers.items()
    ]


def _answering(path: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        if current_call().route != path:  # admitted as another row, so by another rule
            return Response(status_code=404)
        try:
            found = await handler(current_call())
        except LiukeError as error:
            current_call().refusal = error
            return Response(status_code=500)
        except (OperationalError, InterfaceError, InternalError) as error:
            refusal = RequestRefused(
                "not_ready", "the operational database cannot be read; try again shortly"
            )
            refusal.__cause__ = error.orig
            current_call().refusal = refusal
            return Response(status_code=500)
        if isinstance(found, Response):
            return found
        return Response(found.model_dump_json(), media_type="application/json")

    return answer
