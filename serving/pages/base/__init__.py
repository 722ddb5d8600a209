"""The base page: search, count, choose columns, keep views, select, export."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from features.errors import RequestRefused
from serving.customers.base.grammar import Search, parsed
from serving.customers.fields import seen_by
from serving.decision.decision_settings import DecisionSettings
from serving.decision.offers.economics import risk_band
from serving.http.call import Call
from serving.http.contract.forms.base import SearchAnswer, Searching, ViewsAnswer
from serving.http.contract.forms.pages.base import ForgetFields, ViewFields
from serving.http.native import Handler
from serving.pages.base.acting import ACT
from serving.pages.base.place import export_place, place, searched, whom
from serving.pages.base.shown import Shown
from serving.pages.refused import why
from serving.pages.rendering import Pages, go_to

WORDS = "pages_base"
FIRST_SORT = "-churn_risk"  # whom to look at first, where no order was chosen
SHOWN_AGAIN = ("invalid_request", "stale_page")
MAX_CHOSEN = 500  # customers whom one address can name, and a page show


class BasePages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def _settings(self) -> DecisionSettings:
        return self._pages.context.decision.now()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"basePage": self.base, "baseKeep": self.keep, "baseForget": self.forget}

    async def base(self, call: Call) -> Response:
        """A page of the customers found, the count, the breakdown; or what the search lacks."""
        form = call.form
        assert isinstance(form, Searching)
        texts = form.texts()
        page = self._pages.shown(call, place(texts))
        purpose = form.purpose or page.purpose
        refused: dict[str, Any] = {}
        found: SearchAnswer | None = None
        search = Search(columns=parsed({}, call.caller.role).columns)
        try:
            search = parsed({"sort": FIRST_SORT} | texts, call.caller.role)
            found = await call.run(
                "searchCustomers", {"sort": FIRST_SORT} | texts | {"purpose": purpose}
            )
        except RequestRefused as refusal:
            if refusal.code not in SHOWN_AGAIN:
                raise
            call.code = refusal.code
            refused = why(refusal)
        views: ViewsAnswer = await call.run("views")
        fields, currency = seen_by(call.caller.role), self._pages.context.currency
        shown = Shown(search, texts, fields, page.language, currency)
        return self._pages.html(
            call, "base.html", WORDS, place=page.place, status=422 if refused else 200,
            found=found, shown=shown, search=search, texts=texts, purpose=purpose,
            without=place(texts),
            views=[(own.name, place(own.search)) for own in views.views],
            groups=shown.groups(found.breakdown if found else None), refused=refused,
            first=place(texts, after=None),
            further=place(texts, after=found.after) if found and found.after else None,
            act=place(whom(texts), ACT, purpose=purpose),
            export=export_place({"sort": FIRST_SORT} | texts, purpose), most=MAX_CHOSEN,
            band=partial(risk_band, settings=self._settings),
        )  # fmt: skip

    async def keep(self, call: Call) -> Response:
        """Keep the search as a view, and go to it."""
        form = call.form
        assert isinstance(form, ViewFields)
        search = searched(form.search)
        await call.run("saveView", {"search": search}, name=form.name)
        return go_to(call, place(search))

    async def forget(self, call: Call) -> Response:
        """Forget a view; the search goes on."""
        form = call.form
        assert isinstance(form, ForgetFields)
        await call.run("deleteView", name=form.name)
        return go_to(call, place(searched(form.search)))
