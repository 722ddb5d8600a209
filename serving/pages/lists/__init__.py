"""Lists and campaigns: from the request to what a list brought."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from features.errors import LiukeError
from features.words import say, words
from serving.http.call import Call
from serving.http.contract.forms.base import SearchAnswer, ViewsAnswer
from serving.http.contract.forms.campaigns import ExportsAnswer, ReadoutAnswer, RowsAnswer
from serving.http.contract.forms.lists import CurveAnswer, ListAnswer, ListsAnswer, WhyAnswer
from serving.http.contract.forms.pages.lists import (
    CustomersQuery,
    FileFields,
    NewListQuery,
    WhomFields,
    WhyFields,
)
from serving.http.native import Handler
from serving.pages.lists import building
from serving.pages.lists.results import verdicts
from serving.pages.lists.sight import shape, way
from serving.pages.rendering import Pages, again, go_to
from serving.retention.campaign.wording import summary_lines
from serving.retention.retention_settings import RetentionSettings
from serving.retention.selection.request import RANKINGS

WORDS = "pages_lists"
PLACE = "/campaigns"
UNDER_WAY = ("requested", "running")
ROWS = 25
# Why nothing can be said yet: shown as the page's own state, not as a refusal.
NOT_YET = ("conflict", "no_control", "lake", "bundle", "settings")


class ListPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def _settings(self) -> RetentionSettings:
        return self._pages.context.retention.now()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "listsPage": self.all,
            "newListPage": self.new,
            "newListForm": self.request,
            "newListCount": self.count,
            "listPage": self.one,
            "listProgress": self.progress,
            "listCustomersPage": self.customers,
            "listWhy": self.why,
            "listExport": self.export,
            "listApproval": self.approve,
            "listFile": self.file,
            "listRevoke": self.revoke,
            "listResultPage": self.result,
            "listResultPart": self.found,
        }

    async def all(self, call: Call) -> Response:
        """The lists; those whose file waits for the reader stand first."""
        found: ListsAnswer = await call.run("lists")
        waiting: ExportsAnswer = await call.run("exports", {"waiting": True})
        names = {own.id: name_of(own) for own in found.lists}
        return self._html(
            call, "lists.html", lists=found.lists, waiting=waiting.exports, names=names,
            name_of=name_of,
        )  # fmt: skip

    async def new(self, call: Call) -> Response:
        """The form of a request, as another one had it where one is named."""
        form, now = call.form, self._pages.context.now()
        assert isinstance(form, NewListQuery)
        values = building.blank(now)
        if form.like is not None:
            own: ListAnswer = await call.run("showList", list_id=form.like)
            values = building.as_before(own.request, now)
        if form.budget is not None:
            values["budget"] = f"{form.budget:.2f}"
        base = await self._base(call)
        views: ViewsAnswer = await call.run("views")
        language = self._pages.language(call)
        offers = {k: v.of(language) for k, v in self._settings.offers.items() if v.active}
        channels = {k: v for k, v in self._settings.channels.items() if v.active}
        return self._html(
            call, "lists_new.html", values=values, base=base, offers=offers,
            cities=building.cities(base),
            channels={name: (own.of(language), own) for name, own in channels.items()},
            rankings=RANKINGS, each=building.each_of(), views=[own.name for own in views.views],
            has_capacity=building.has_capacity(values),
        )  # fmt: skip

    async def count(self, call: Call) -> Response:
        """How many customers the view and the filters find, as the form stands."""
        form = call.form
        assert isinstance(form, WhomFields)
        view = None
        if form.view is not None:
            views: ViewsAnswer = await call.run("views")
            view = next((own.search for own in views.views if own.name == form.view), None)
        search = building.searched(form, view)
        found: SearchAnswer = await call.run("searchCustomers", search)
        return self._html(call, "lists_count.html", counted=building.counted(found))

    async def request(self, call: Call) -> Response:
        """Request the list; sent twice it is requested once."""
        form = call.form
        assert isinstance(form, WhomFields)
        wanted = building.requested(form, call.caller.id, self._pages.context.now())
        made: ListAnswer = await call.run("requestList", wanted)
        return go_to(call, _place(made.id))

    async def one(self, call: Call) -> Response:
        """A list: how far it is, or what is on it."""
        own = call.place["list_id"]
        found: ListAnswer = await call.run("showList", list_id=own)
        language = self._pages.language(call)
        more: dict[str, Any] = {"steps": [], "curve": None, "said": [], "exports": []}
        if found.result is not None:
            exports: ExportsAnswer = await call.run("exports", {"list_id": own})
            said = list(summary_lines(found.result, self._pages.context.currency, language))
            more = {
                "steps": way(found.result), "curve": await self._curve(call, found),
                "said": said[1:], "exports": exports.exports,
            }  # fmt: skip
        return self._html(
            call, "list.html", found=found, name=name_of(found),
            offers={k: v.of(language) for k, v in self._settings.offers.items()},
            channels={k: v.of(language) for k, v in self._settings.channels.items()},
            key=secrets.token_urlsafe(12), **more,
            is_over=found.expires_at <= self._pages.context.now(),
        )  # fmt: skip

    async def progress(self, call: Call) -> Response:
        """How far it is; once that changed into something else the page is loaded again."""
        own = call.place["list_id"]
        found: ListAnswer = await call.run("showList", list_id=own)
        answer = self._html(call, "list_progress.html", found=found, place=_place(own))
        if found.state not in UNDER_WAY:
            answer.headers["hx-refresh"] = "true"
        return answer

    async def customers(self, call: Call) -> Response:
        """Who is on the list, a page of one group."""
        form, own = call.form, call.place["list_id"]
        assert isinstance(form, CustomersQuery)
        found: ListAnswer = await call.run("showList", list_id=own)
        values = form.model_dump() | {"limit": ROWS, "language": self._pages.language(call)}
        rows: RowsAnswer = await call.run("listRows", values, list_id=own)
        return self._html(
            call, "list_customers.html", found=found, name=name_of(found), rows=rows, form=form,
            last=form.offset + len(rows.customers), size=ROWS,
        )  # fmt: skip

    async def why(self, call: Call) -> Response:
        """Why a customer is on the list, or why not, in a sentence."""
        form, own = call.form, call.place["list_id"]
        assert isinstance(form, WhyFields)
        found: WhyAnswer = await call.run("whyListed", list_id=own, customer_id=form.customer)
        return self._html(call, "list_why.html", found=found, text=self._because(call, found))

    async def export(self, call: Call) -> Response:
        """Request a file; a large one waits for a second person."""
        form, own = call.form, call.place["list_id"]
        assert isinstance(form, FileFields)
        await call.run("requestExport", form.model_dump(), list_id=own)
        return again()

    async def approve(self, call: Call) -> Response:
        """Approve a file as the second person."""
        await call.run("approveExport", export_id=call.place["export_id"])
        return again()

    async def file(self, call: Call) -> Response:
        """The file, as the API sends it."""
        found: Response = await call.run("fetchExport", export_id=call.place["export_id"])
        return found

    async def revoke(self, call: Call) -> Response:
        """End the list, its holds and files."""
        own = call.place["list_id"]
        await call.run("revokeList", list_id=own)
        return again()

    async def result(self, call: Call) -> Response:
        """The page of what the list brought, which is computed while it is open."""
        found: ListAnswer = await call.run("showList", list_id=call.place["list_id"])
        return self._html(call, "list_result.html", found=found, name=name_of(found))

    async def found(self, call: Call) -> Response:
        """What the list brought, or when that will be known."""
        own, language = call.place["list_id"], self._pages.language(call)
        readout, refusal = None, None
        try:
            answer: ReadoutAnswer = await call.run("readout", {"language": language}, list_id=own)
            readout = answer
        except LiukeError as error:
            if error.code not in NOT_YET:
                raise
            refusal = error
        return self._html(
            call, "list_found.html", readout=readout, refusal=refusal,
            said=words(language, "readout"),
            verdicts=() if readout is None else verdicts(readout),
            offers={k: v.of(language) for k, v in self._settings.offers.items()}
            | {k: v.of(language) for k, v in self._settings.channels.items()},
        )  # fmt: skip

    async def _base(self, call: Call) -> SearchAnswer | None:
        """How many customers there are, by city; null where that cannot be read now."""
        try:
            found: SearchAnswer = await call.run("searchCustomers", {"by": "city", "limit": "1"})
        except LiukeError as error:
            if error.code not in ("lake", "not_ready", "no_champion"):
                raise
            return None
        return found

    async def _curve(self, call: Call, found: ListAnswer) -> Any:
        """The picture of the budget curve; null where none is kept, as of a revoked list."""
        if found.state != "ready":
            return None
        try:
            curve: CurveAnswer = await call.run("listCurve", list_id=found.id)
        except LiukeError as error:
            if error.code != "lake":
                raise
            return None
        return shape(curve)

    def _because(self, call: Call, found: WhyAnswer) -> str:
        """The answer as a sentence in the reader's language, offer and channel by their names."""
        language, own = self._pages.language(call), self._settings
        if found.answer == "rule":
            rule = say("contact", str(found.rule), language)
            return say("campaign", "why_rule", language, rule=rule)
        values: dict[str, Any] = {k: "" if v is None else v for k, v in found.model_dump().items()}
        offer, channel = own.offers.get(found.offer or ""), own.channels.get(found.channel or "")
        values["offer"] = values["offer"] if offer is None else offer.of(language)
        values["channel"] = values["channel"] if channel is None else channel.of(language)
        currency = self._pages.context.currency
        return say("campaign", f"why_{found.answer}", language, currency=currency, **values)

    def _html(self, call: Call, template: str, **values: Any) -> Response:
        return self._pages.html(call, template, WORDS, **values)


def name_of(found: ListAnswer) -> str:
    """What the list is called: its name, else the start of its id."""
    return str(found.request.get("name") or found.id[:8])


def _place(list_id: str) -> str:
    return f"{PLACE}/{quote(list_id, safe='')}"
