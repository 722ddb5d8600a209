"""The BentoML service: its endpoints, and nothing else.

An endpoint returns its answer or raises a LiukeError. Who may call it, with which body and up to
which size stands in `serving.http.contract.routes`, and the gateway sees to it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

import bentoml
from anyio import CapacityLimiter, to_thread
from starlette.responses import Response

from features.errors import LiukeError
from serving.http.call import Call, current_call
from serving.http.context import Context
from serving.http.contract.forms.decide import DecideAnswer, DecideRequest
from serving.http.contract.routes import routes
from serving.http.contract.routes.scores import ROWS_LIMIT
from serving.http.contract.schemas import (
    ScoreRequest,
    ScoreRowsAnswer,
    ScoreRowsRequest,
    encoded_scores,
    score_answer,
)
from serving.http.endpoints import objections
from serving.http.endpoints.alarms import alarms
from serving.http.endpoints.audit import search_audit
from serving.http.endpoints.base import BaseDesk
from serving.http.endpoints.business.analyses import AnalysisDesk
from serving.http.endpoints.business.archive import ArchiveDesk
from serving.http.endpoints.business.board import BoardDesk
from serving.http.endpoints.business.care import CareDesk
from serving.http.endpoints.campaigns.previews import PreviewDesk
from serving.http.endpoints.campaigns.readout import CampaignDesk
from serving.http.endpoints.checking.audit import CheckingDesk
from serving.http.endpoints.checking.models import models
from serving.http.endpoints.checking.settings import SettingsDesk
from serving.http.endpoints.customer import CustomerDesk
from serving.http.endpoints.decision.decide import Desk
from serving.http.endpoints.decision.ending import Endings
from serving.http.endpoints.decision.explain import Explanations
from serving.http.endpoints.decision.finding import find_customer
from serving.http.endpoints.decision.score import ScoreDesk
from serving.http.endpoints.events import post_event
from serving.http.endpoints.lists import ListDesk
from serving.http.endpoints.managers.archive import ManagerDesk
from serving.http.endpoints.managers.batches import BatchDesk
from serving.http.endpoints.managers.shared import Managing
from serving.http.endpoints.managers.tasks import TaskDesk
from serving.http.endpoints.oidc import OidcDesk
from serving.http.endpoints.session import SignInDesk
from serving.http.gateway import Gateway
from serving.http.guarded import GuardedService
from serving.http.native import Handler, RefusedPage
from serving.http.running.warming import Piece
from serving.pages import page_handlers
from serving.pages.refused import refused_page
from serving.pages.rendering import Pages
from serving.scoring.table_rows import TableScorer, tables_alone
from serving.service_settings import served_currency, served_home, serving_settings

SWITCH_SECONDS = 0.0001

logger = logging.getLogger("bentoml.liuke")

CURRENCY = served_currency()
ScoreAnswer = score_answer(CURRENCY)


@cache
def desk() -> Desk:
    """The counter of this process."""
    return Desk(context())


@cache
def scores_desk() -> ScoreDesk:
    """What answers `/score` in this process."""
    return ScoreDesk(context(), lambda: desk().sources, desk().descent)


@cache
def context() -> Context:
    """What the endpoints of this process share; made at its first use."""
    home = served_home()
    return Context(home, serving_settings(home), CURRENCY)


@cache
def pages(context: Context) -> Pages:
    """What renders the pages of this process."""
    return Pages(context)


async def ready(call: Call) -> Response:
    """Which step would answer `/score`."""
    return await scores_desk().ready(call)


def endpoints(context: Context) -> Mapping[str, Handler]:
    """The endpoints beside BentoML's, by the operation of their row in the table."""
    endings, managing, explanations = Endings(desk), Managing(context), Explanations(desk)
    return {
        "searchAudit": partial(search_audit, context),
        "postEvent": partial(post_event, desk),
        "alarms": partial(alarms, context),
        "models": partial(models, context),
        "ready": ready,
        "postOutcome": endings.post_outcome,
        "makePromise": endings.make_promise,
        "keepPromise": endings.keep_promise,
        "openPromises": endings.open_promises,
        "findCustomer": partial(find_customer, desk),
        "explain": explanations.explain,
        "riskMoved": explanations.risk_moved,
        "recordObjection": partial(objections.record, desk),
        "withdrawObjection": partial(objections.withdraw, desk),
        **SignInDesk(context).handlers,
        **AnalysisDesk(context).handlers,
        **ArchiveDesk(context).handlers,
        **BaseDesk(context).handlers,
        **BoardDesk(context).handlers,
        **SettingsDesk(context).handlers,
        **CareDesk(desk, context).handlers,
        **CheckingDesk(context).handlers,
        **CustomerDesk(context).handlers,
        **ListDesk(context).handlers,
        **CampaignDesk(context).handlers,
        **PreviewDesk(context).handlers,
        **ManagerDesk(managing).handlers,
        **OidcDesk(context).handlers,
        **TaskDesk(desk, managing).handlers,
        **BatchDesk(managing).handlers,
        **page_handlers(pages(context)),
    }


def how_refused(context: Context) -> RefusedPage:
    """What a browser is shown of a refusal."""
    return partial(refused_page, pages(context))


def pieces(context: Context) -> Sequence[Piece]:
    """What the first requests for pages would wait for."""
    return pages(context).warm, context.whole.warm


@bentoml.service(
    name="liuke",
    service_class=GuardedService,
    workers=1,
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},  # the gateway's count what was really answered
    tracing={"excluded_urls": ".*"},  # log and metrics are the gateway's
)
class LiukeService:
    """Scores customers of the home that LIUKE_HOME names."""

    routes = routes(ScoreAnswer)
    currency = CURRENCY
    context = staticmethod(context)
    endpoints = staticmethod(endpoints)
    refused_page = staticmethod(how_refused)
    pieces = staticmethod(pieces)

    def __init__(self) -> None:
        own = context()
        self.settings = own.settings
        self.scorer = own.scorer
        self.tables = TableScorer(own.home, ROWS_LIMIT.max_ids(self.settings))

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    def warm(self) -> None:
        """Load what there is. A home without a champion is served too: it may get one."""
        # A large request computes in a thread, and another thread writes the audit; who waits for
        # the interpreter gets it this soon, a few times a request, and would wait 5 ms every time.
        sys.setswitchinterval(SWITCH_SECONDS)
        self.batches = CapacityLimiter(self.settings.batch_threads)
        desk().warm()
        try:
            if not tables_alone(context().home):
                self.scorer.warm()
        except LiukeError as error:
            logger.warning("not ready yet: %s", error.message)

    @bentoml.api(route="/score", output_spec=ScoreAnswer)  # type: ignore[untyped-decorator]
    async def score(self, request: ScoreRequest, /) -> bytes:
        """Churn risk, value, and the signs that go with both, for 1 to 1,000 customers.

        All or nothing: one id that is unknown, out of the caller's scope, or of a customer who
        objects, refuses the request. Roles that must not know customers name them by pseudonyms.
        """
        scores = await scores_desk().score(current_call(), request, self.batches)
        return encoded_scores(scores, CURRENCY)

    @bentoml.api(route="/score-rows")  # type: ignore[untyped-decorator]
    async def score_rows(self, request: ScoreRowsRequest, /) -> ScoreRowsAnswer:
        """Risk of the rows of a table of one's own, and what goes with it, by the table's model.

        All or nothing: columns that differ, or a value of another kind, refuse all.
        """
        current_call().detail = {"rows": len(request.rows)}
        answer = partial(
            self.tables.score,
            request.model,
            request.rows,
            request.language or self.settings.language,
        )
        scores = await to_thread.run_sync(answer, limiter=self.batches)
        return ScoreRowsAnswer.model_validate(scores)

    @bentoml.api(route="/decide")  # type: ignore[untyped-decorator]
    async def decide(self, request: DecideRequest, /) -> DecideAnswer:
        """What may be done for one customer now, in order, and what it rests on."""
        return await desk().decide(current_call(), request)


def gateway() -> Gateway:
    """The application of the home that LIUKE_HOME names, to be served."""
    service: Any = LiukeService
    answer: Gateway = service.to_asgi()
    return answer
