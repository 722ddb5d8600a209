"""The service as it is served: BentoML's application with our own routes, behind the gateway."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from importlib.metadata import version
from typing import Any, ParamSpec, TypeVar

import bentoml
from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response
from starlette.routing import Route

from features.errors import LiukeError
from serving.access.clock import local_clock
from serving.audit.transactions import Transactions
from serving.http.call import current_call
from serving.http.context import Context
from serving.http.contract import openapi
from serving.http.contract.routes import Routes
from serving.http.gateway import Gateway
from serving.http.native import native_routes
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.pages.home import page_routes, text_route

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class GuardedService(bentoml.Service):  # type: ignore[misc]
    """A BentoML service that is reached through the gateway alone.

    Its class names the table of its `routes`, the `currency` of its amounts, the `context` that
    its endpoints share, and the native `endpoints` by the operation of their row. Of BentoML's own
    addresses only /livez and /healthz are in the table; the others are ours.
    """

    def to_asgi(self, is_main: bool = True) -> Gateway:  # noqa: ARG002 - BentoML's signature
        context: Context = self.inner.context()
        home, settings = context.home, context.settings
        metrics = Metrics(home)
        app = super().to_asgi(is_main=False)
        app.router.routes.extend(own_routes(self.inner.routes, self.inner.currency, metrics))
        # Ours come first: /readyz is BentoML's too, and would not name the step that answers.
        app.router.routes[:0] = native_routes(self.inner.routes, self.inner.endpoints(context))
        # BentoML's would let a request whose endpoint fails wait until it runs out.
        app.user_middleware = [
            one for one in app.user_middleware if one.cls.__name__ != "TimeoutMiddleware"
        ]
        return Gateway(
            app,
            home,
            self.inner.routes,
            context.reading,
            settings,
            Collector(settings.collect_seconds),
            metrics,
            RequestLog(sys.stdout.buffer, metrics),
            Transactions(context.engine, local_clock(home)),
        )


def own_routes(table: Routes, currency: str, metrics: Metrics) -> list[Route]:
    """What the service answers besides its endpoints and BentoML's health."""
    contract = json.dumps(openapi.document(table, currency, version("liuke"))).encode()

    async def own_contract() -> bytes:
        return contract

    async def own_metrics() -> bytes:
        return await to_thread.run_sync(metrics.text)

    return [
        *page_routes(),
        text_route("/docs.json", own_contract, "application/json"),
        text_route("/metrics", own_metrics, CONTENT_TYPE_LATEST),
    ]


def refusing(
    endpoint: Callable[Parameters, Awaitable[Answer]],
) -> Callable[Parameters, Coroutine[Any, Any, Answer | Response]]:
    """The endpoint with its LiukeErrors handed to the gateway.

    BentoML would log each with a stack trace, as a failure, and answer in its own shape.
    """

    @wraps(endpoint)
    async def answered(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer | Response:
        try:
            return await endpoint(*args, **kwargs)
        except LiukeError as error:
            current_call().refusal = error
            return Response(status_code=500)

    return answered
