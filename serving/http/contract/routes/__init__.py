"""Every address of the service, one row each; what is not in this table does not exist.

The gateway admits by it (method, who, body), metrics and log label by it, and `/docs.json` lists
it. A new address is a row in its room here and an endpoint; a new kind of caller or of body is one
more entry in the gateway's `CALLERS` or `BODIES`.
"""

from __future__ import annotations

from pydantic import BaseModel

from serving.http.contract.routes.access import alarms, audit, checking, oidc, sessions
from serving.http.contract.routes.base import base
from serving.http.contract.routes.business import (
    analyses,
    archive,
    board,
    care,
    models,
    settings,
)
from serving.http.contract.routes.counter import counter, events
from serving.http.contract.routes.lists import campaigns, lists
from serving.http.contract.routes.managers import batches, managers
from serving.http.contract.routes.pages.base import base_pages
from serving.http.contract.routes.pages.business import business
from serving.http.contract.routes.pages.checking import checking as checking_pages
from serving.http.contract.routes.pages.checking import settings_pages
from serving.http.contract.routes.pages.customer import customer_page
from serving.http.contract.routes.pages.desk import desk
from serving.http.contract.routes.pages.entry import entry
from serving.http.contract.routes.pages.lists import lists as list_pages
from serving.http.contract.routes.pages.managers import work
from serving.http.contract.routes.rights import rights
from serving.http.contract.routes.scores import scores
from serving.http.contract.routes.state import state
from serving.http.contract.table import Routes


def routes(score_answer: type[BaseModel]) -> Routes:
    """The service's table; the form of `/score`'s answer depends on the currency."""
    groups = (
        scores(score_answer),
        counter(),
        events(),
        base(),
        lists(),
        campaigns(),
        managers(),
        batches(),
        analyses(),
        care(),
        archive(),
        board(),
        models(),
        settings(),
        rights(),
        sessions(),
        oidc(),
        alarms(),
        audit(),
        checking(),
        state(),
        entry(),
        desk(),
        customer_page(),
        base_pages(),
        list_pages(),
        work(),
        business(),
        checking_pages(),
        settings_pages(),
    )
    return Routes(tuple(row for group in groups for row in group))
