"""The BentoML service: its endpoints, and the gateway around them.

An endpoint returns its answer or raises a LiukeError; body, key and error shape are the
gateway's business. Every endpoint needs a key.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import bentoml
from anyio import CapacityLimiter, to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Route

from features.errors import LiukeError, SettingsError
from features.settings import FeatureSettings, home_settings, read_toml, shipped
from serving import database
from serving.http import openapi
from serving.http.collector import Collector
from serving.http.gateway import Gateway, Routes, current_call
from serving.http.schemas import ScoreRequest, ScoreRowsAnswer, ScoreRowsRequest, score_answer
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.pages.home import page_routes, text_route
from serving.scoring import Scorer
from serving.scoring.table_rows import TableScorer
from serving.service_settings import serving_settings

HOME = "LIUKE_HOME"
CURRENCY = "LIUKE_CURRENCY"  # the amounts' names carry it, so the schema must know it
SWITCH_SECONDS = 0.0005
HEALTH = ("/livez", "/readyz", "/healthz")

logger = logging.getLogger("bentoml.liuke")

Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")


def served_home() -> Path:
    """The home this process serves. Raises SettingsError where LIUKE_HOME does not say."""
    if not os.environ.get(HOME):
        raise SettingsError(f"{HOME} is not set; start the service with `liuke serve`")
    return Path(os.environ[HOME])


def served_currency() -> str:
    """The currency that names the amounts: LIUKE_CURRENCY, else of the served home's settings.

    Without a home, as where only the schema is asked for, of the settings as shipped.
    """
    if os.environ.get(CURRENCY):
        return os.environ[CURRENCY]
    if os.environ.get(HOME):
        return home_settings(served_home(), "features", FeatureSettings).currency
    return read_toml(shipped("features"), FeatureSettings).currency


ANSWERED_IN = served_currency()
ScoreAnswer = score_answer(ANSWERED_IN)


class GuardedService(bentoml.Service):  # type: ignore[misc]
    """A BentoML service that is reached through the gateway alone.

    Of BentoML's own addresses only those of its health are open; page, contract and metrics are
    ours.
    """

    def to_asgi(self, is_main: bool = True) -> Gateway:  # noqa: ARG002 - BentoML's signature
        home = served_home()
        settings = serving_settings(home)
        metrics = Metrics(home)
        app = super().to_asgi(is_main=False)
        own = _own_routes(metrics)
        app.router.routes.extend(own)
        # BentoML's would let a request whose endpoint fails wait until it runs out.
        app.user_middleware = [
            one for one in app.user_middleware if one.cls.__name__ != "TimeoutMiddleware"
        ]
        return Gateway(
            app,
            home,
            Routes(
                {*HEALTH, *(route.path for route in own)},
                {api.route: api.input_spec for api in self.apis.values()},
            ),
            database.open_engine(home, settings.database_url, reading=True),
            settings,
            Collector(settings.collect_seconds),
            metrics,
            RequestLog(sys.stdout.buffer, metrics),
        )


def _own_routes(metrics: Metrics) -> list[Route]:
    routes = openapi.operations(ScoreAnswer, ANSWERED_IN)
    contract = json.dumps(openapi.document(routes, version("liuke"))).encode()

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
    endpoint: Callable[Asked, Awaitable[Answered]],
) -> Callable[Asked, Coroutine[Any, Any, Answered | Response]]:
    """The endpoint with its LiukeErrors handed to the gateway.

    BentoML would log each with a stack trace, as a failure, and answer in its own shape.
    """

    @wraps(endpoint)
    async def answered(*args: Asked.args, **kwargs: Asked.kwargs) -> Answered | Response:
        try:
            return await endpoint(*args, **kwargs)
        except LiukeError as error:
            current_call().refusal = error
            return Response(status_code=500)

    return answered


@bentoml.service(
    name="liuke",
    service_class=GuardedService,
    workers=1,
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},  # the gateway's count what was really answered
    tracing={"excluded_urls": ".*"},  # halves the time of a small request
)
class LiukeService:
    """Scores customers of the home that LIUKE_HOME names."""

    def __init__(self) -> None:
        home = served_home()
        self.settings = serving_settings(home)
        self.scorer = Scorer(home, ANSWERED_IN)
        self.tables = TableScorer(home, self.settings.table_rows)

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    def warm(self) -> None:
        """Load what there is. A home without a champion is served too: it may get one."""
        # A large request computes in a thread; a small one takes the interpreter from it this
        # often, a few times each, and would wait 5 ms every time.
        sys.setswitchinterval(SWITCH_SECONDS)
        self.batches = CapacityLimiter(self.settings.batch_threads)
        try:
            if not self.tables.are_all():
                self.scorer.warm()
        except LiukeError as error:
            logger.warning("not ready yet: %s", error.message)

    async def __is_ready__(self) -> bool:
        try:
            if not self.tables.are_all():
                self.scorer.check()
        except LiukeError as error:
            current_call().refusal = error
            return False
        return True

    @bentoml.api(route="/score", output_spec=ScoreAnswer)  # type: ignore[untyped-decorator]
    @refusing
    async def score(self, request: ScoreRequest, /) -> BaseModel:
        """Churn risk, value, and the signs that go with both, for 1 to 1,000 customers.

        All or nothing: one unknown id refuses the request and names it.
        """
        ask = partial(
            self.scorer.score, request.customer_ids, request.language or self.settings.language
        )
        if len(request.customer_ids) <= self.settings.inline_ids:
            return ScoreAnswer.model_validate({"scores": ask()})
        scores = await to_thread.run_sync(ask, limiter=self.batches)
        return ScoreAnswer.model_validate({"scores": scores})

    @bentoml.api(route="/score-rows")  # type: ignore[untyped-decorator]
    @refusing
    async def score_rows(self, request: ScoreRowsRequest, /) -> ScoreRowsAnswer:
        """Risk of the rows of a table of one's own, and what goes with it, by the table's model.

        All or nothing: columns that differ, or a value of another kind, refuse all.
        """
        ask = partial(
            self.tables.score,
            request.model,
            request.rows,
            request.language or self.settings.language,
        )
        scores = await to_thread.run_sync(ask, limiter=self.batches)
        return ScoreRowsAnswer.model_validate(scores)


def gateway() -> Gateway:
    """The application of the home that LIUKE_HOME names, to be served."""
    service: Any = LiukeService
    answer: Gateway = service.to_asgi()
    return answer
