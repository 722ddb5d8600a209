"""Handlers: what answers a row of the table. They get the call, and return its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from pydantic import BaseModel
from starlette.responses import Response

from features.errors import LiukeError
from serving.http.call import Call
from serving.http.contract.table import JSON, Routes
from serving.http.wire.answers import Send
from serving.http.wire.request import Request, Scope

Found = BaseModel | Response | bytes  # bytes are JSON
Handler = Callable[[Call], Awaitable[Found]]
Handlers = Mapping[str, Handler]  # by the operation of their row
RefusedPage = Callable[[Call, LiukeError, Scope], Response]  # what a browser shows of a refusal


def check_handlers(table: Routes, handlers: Handlers) -> None:
    """Raises ValueError for a handler that no row names."""
    unknown = sorted(set(handlers) - {row.operation for row in table.rows if row.operation})
    if unknown:
        raise ValueError(f"no route has the operation {', '.join(unknown)}")


async def send_answer(found: Found, request: Request, send: Send) -> None:
    """Send what a handler returned."""
    if isinstance(found, Response):
        await found(request.scope, request.replay, send)
        return
    body = found if isinstance(found, bytes) else found.model_dump_json().encode()
    headers = [
        (b"content-type", JSON.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
