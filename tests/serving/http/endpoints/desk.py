"""The gateway with the desks where people sign in, and a browser with its cookies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine
from starlette.applications import Starlette

from serving.audit.transactions import Transactions
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.access.session import SignedOut
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.contract.table import JSON, Route, Routes, Who
from serving.http.endpoints.oidc import OidcDesk
from serving.http.endpoints.session import SignInDesk
from serving.http.gateway import Gateway
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.service_settings import ServingSettings, serving_settings

MONDAY = datetime(2026, 3, 2, 9)
PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
HERE = {"origin": "http://localhost"}
OWN = [
    row for row in routes(score_answer("CNY")).rows if row.path.startswith(("/session", "/oidc"))
]
TABLE = Routes(
    (
        *OWN,
        Route("/views", "GET", Who.KNOWN, "", JSON, "views"),
        Route("/views", "DELETE", Who.KNOWN, "", JSON, "deleteView"),
        Route("/decide", "GET", Who.KNOWN, "", JSON, "decide"),
    )
)


async def done(call: Call) -> SignedOut:
    return SignedOut(signed_out=call.caller.id == "li.na")


class Desk:
    """The gateway on one home, a clock that stands still, and a browser with its cookies."""

    def __init__(
        self,
        home: Path,
        store: Engine,
        database_url: str,
        change: Callable[[ServingSettings], ServingSettings] = lambda own: own,
    ) -> None:
        self.now, self.store = MONDAY, store
        settings = change(replace(serving_settings(home), database_url=database_url))
        self.context = Context(home, settings, "CNY")
        self.context.__dict__["clock"] = lambda: self.now
        handlers = {**SignInDesk(self.context).handlers, **OidcDesk(self.context).handlers}
        handlers |= dict.fromkeys(("views", "deleteView", "decide"), done)
        metrics = Metrics(home)
        self.gateway = Gateway(
            Starlette(),
            home, TABLE, self.context.reading, settings, Collector(60), metrics,
            RequestLog(BytesIO(), metrics), Transactions(store), handlers,
        )  # fmt: skip
        self.gateway.clock = lambda: self.now
        self.cookies = httpx.Cookies()

    def send(
        self, method: str, path: str, host: str = "localhost", **request: Any
    ) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self.gateway, client=("10.0.0.7", 1))
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{host}", cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **request)
                self.cookies = client.cookies
                await asyncio.sleep(0)
                await asyncio.gather(*_pending())
                return answer

        return asyncio.run(sent())

    def sign_in(self, password: str = PASSWORD, user: str = "li.na", **more: Any) -> httpx.Response:
        form = {"user": user, "password": password}
        return self.send("POST", "/session", json=form, headers=HERE, **more)

    def token(self) -> str:
        found: str = self.send("GET", "/session").json()["csrf_token"]
        return found


def _pending() -> list[Any]:
    """What the gateway still does beside the request."""
    return [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
