"""The service as it is served: BentoML's application with our own routes, behind the gateway."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import bentoml
from _bentoml_impl.server.app import ServiceAppFactory
from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.access.clock import local_clock
from serving.audit.transactions import Transactions
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract import openapi
from serving.http.contract.table import Routes
from serving.http.gateway import Gateway
from serving.http.native import Found, Handlers
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog

Endpoint = Callable[[Any, Any], Awaitable[Found]]


class App(ServiceAppFactory):  # type: ignore[misc]
    """BentoML's application, whose endpoints the gateway calls itself.

    It has read and checked the body; BentoML would do so a second time, log each refusal with a
    stack trace, as a failure, and answer in its own shape.
    """

    def handlers(self, table: Routes) -> Handlers:
        """BentoML's endpoints by the operation of their row."""
        operations = {row.path: row.operation for row in table.rows if row.form}
        return {
            operations[method.route]: partial(self._answer, method.func)
            for method in self.service.apis.values()
        }

    async def _answer(self, method: Endpoint, call: Call) -> Found:
        """By the method itself: bound by BentoML it would look at its signature every time."""
        return await method(self._service_instance, call.form)


class GuardedService(bentoml.Service):  # type: ignore[misc]
    """A BentoML service that is reached through the gateway alone.

    Its class names the table of its `routes`, the `currency` of its amounts, the `context` that
    its endpoints share, the native `endpoints` by the operation of their row, how a browser is
    shown a refusal, `refused_page`, and the `pieces` that first requests would wait for. Of
    BentoML's own addresses only /livez and /healthz are in the table; the others are ours.
    """

    def to_asgi(self, is_main: bool = True) -> Gateway:  # noqa: ARG002 - BentoML's signature
        context: Context = self.inner.context()
        home, settings = context.home, context.settings
        metrics = Metrics(home)
        self.inject_config()
        factory, table = App(self), self.inner.routes
        app = factory()
        app.router.routes.extend(own_routes(table, self.inner.currency, metrics))
        return Gateway(
            app,
            home,
            table,
            context.reading,
            settings,
            Collector(settings.collect_seconds),
            metrics,
            RequestLog(sys.stdout.buffer, metrics),
            Transactions(context.engine, local_clock(home), context.customers),
            {**factory.handlers(table), **self.inner.endpoints(context)},
            self.inner.refused_page(context),
            self.inner.pieces(context),
        )


def own_routes(table: Routes, currency: str, metrics: Metrics) -> list[Route]:
    """What the service answers besides its endpoints and BentoML's health."""
    contract = json.dumps(openapi.document(table, currency, version("liuke"))).encode()

    async def own_contract() -> bytes:
        return contract

    async def own_metrics() -> bytes:
        return await to_thread.run_sync(metrics.text)

    return [
        text_route("/docs.json", own_contract, "application/json"),
        text_route("/metrics", own_metrics, CONTENT_TYPE_LATEST),
    ]


def text_route(path: str, make: Callable[[], Awaitable[bytes]], kind: str) -> Route:
    """A route that answers with the bytes of `await make()`."""

    async def answer(_: Request) -> Response:
        headers = {"content-type": kind, "cache-control": "no-cache"}
        return Response(await make(), headers=headers)

    return Route(path, answer)
