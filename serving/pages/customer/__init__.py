"""The customer page: all that is known of one customer, on one time line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from features.words import words
from serving.decision.decision_settings import DecisionSettings
from serving.decision.offers.economics import risk_band
from serving.http.call import Call
from serving.http.contract.forms.customer import CustomerAnswer, MovedAnswer
from serving.http.contract.forms.pages.customer import MONTHS, CustomerPageQuery
from serving.http.native import Handler
from serving.pages.customer.happened import Happened
from serving.pages.customer.moves import moved_bars
from serving.pages.customer.since import since_last_visit
from serving.pages.customer.timeline import timeline
from serving.pages.rendering import Pages

WORDS = "pages_customer"


class CustomerPages:
    """The handler of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"customerPage": self.customer}

    @property
    def _settings(self) -> DecisionSettings:
        return self._pages.context.decision.now()

    async def customer(self, call: Call) -> Response:
        """All that the reader may know of the customer."""
        form = call.form
        assert isinstance(form, CustomerPageQuery)
        customer_id = call.place["customer_id"]
        page = self._pages.shown(call, "")
        purpose = form.purpose or page.purpose
        values = {"purpose": purpose, "language": page.language}
        found: CustomerAnswer = await call.run("customer", values, customer_id=customer_id)
        now, night = self._pages.context.now(), datetime.fromisoformat(found.as_of)
        entries = Happened(found, page.language, now).entries()
        moved = await self._moved(call, found, form, values)
        own = words(page.language, WORDS)
        return self._pages.html(
            call, "customer.html", WORDS, place=_place(customer_id, form, purpose), found=found,
            purpose=purpose, without=_place(customer_id, form, None), months=form.months,
            spans=[(one, _place(customer_id, form, purpose, months=one)) for one in MONTHS],
            desk=f"/desk/{quote(customer_id, safe='')}?{urlencode({'purpose': purpose})}",
            band=risk_band(found.profile["churn_risk"], self._settings),
            line=timeline(entries, night, int(form.months), now),
            since=since_last_visit(found, entries, night, now),
            moved=moved, moved_bars=moved_bars(moved),
            cared=[one for one in reversed(entries) if one.lane == "care"],
            names=lambda lanes: [own[f"lane_{name}"] for name in lanes],
        )  # fmt: skip

    async def _moved(
        self, call: Call, found: CustomerAnswer, form: CustomerPageQuery, values: dict[str, Any]
    ) -> MovedAnswer | None:
        """Why the risk moved; null where the home keeps no row but last night's."""
        if found.objects or not any(own["model_version"] for own in found.decisions):
            return None
        wanted = values | form.model_dump(include={"since", "until"}, exclude_none=True)
        moved: MovedAnswer = await call.run("riskMoved", wanted, customer_id=found.customer_id)
        return moved


def _place(
    customer_id: str, form: CustomerPageQuery, purpose: str | None, months: str | None = None
) -> str:
    query = form.model_dump(exclude_none=True, exclude={"purpose"})
    query |= {} if purpose is None else {"purpose": purpose}
    query |= {} if months is None else {"months": months}
    return f"/customer/{quote(customer_id, safe='')}?{urlencode(query)}"
