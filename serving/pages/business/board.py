"""The board: promises that tick down, and what goes with leaving where, with what is at stake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from features.errors import RequestRefused
from serving.access.permissions import purposes_of
from serving.http.call import Call
from serving.http.contract.forms.business.board import (
    PromiseBoardAnswer,
    Sign,
    SignOwner,
    SignsAnswer,
)
from serving.http.contract.forms.pages.business import BoardQuery, KeptFields, OwnerFields
from serving.pages.business import WORDS
from serving.pages.charts import lengths
from serving.pages.desk.sight import seconds_until
from serving.pages.parts import address, csv_file, shown_in_parts
from serving.pages.rendering import Pages, go_to

PAGE = 25  # promises shown at once
MAX_PLACES = 8
FOR = ("account_care", "retention", "complaint_open")  # each role has one of these
SIGN_COLUMNS = ("sign", "by", "name", "customers", "at_risk", "value", "loss", "owner", "due")
PROMISE_COLUMNS = ("customer_id", "kind", "made_at", "due_at")


class BoardPage:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def show(self, call: Call) -> Response:
        """The page, its part, or the signs or promises as a file."""
        form = call.form
        assert isinstance(form, BoardQuery)
        if form.numbers and form.promises:
            board = await self._promises(call, 0, 500)
            rows = [one.model_dump() for one in board.promises]
            return csv_file("promises", PROMISE_COLUMNS, rows)
        if form.numbers:
            signs = await self._signs(call)
            return csv_file(f"signs-{signs.as_of}", SIGN_COLUMNS, numbers(signs))

        async def find() -> Mapping[str, Any]:
            board = await self._promises(call, form.offset, PAGE)
            may_see = purposes_of("signs", call.caller.role) is not None
            signs = await self._signs(call) if may_see else None
            now, page = self._pages.context.now(), self._pages.shown(call, "/board")
            return {
                "board": board, "form": form, "signs": signs,
                "purpose": self._purpose(call),
                "drawn": [] if signs is None else [_drawn(one) for one in signs.signs],
                "lengths": [] if signs is None else lengths([one.loss for one in signs.signs]),
                "seconds": [seconds_until(one.due_at, now) for one in board.promises],
                "file": address(call, form, numbers=1, offset=None),
                "promise_file": address(call, form, numbers=1, promises=1, offset=None),
                "earlier": address(call, form, offset=max(0, form.offset - PAGE) or None),
                "later": address(call, form, offset=form.offset + PAGE),
                "last": form.offset + len(board.promises), "today": f"{now:%F}",
                "may_own": page.may("setSignOwner") and not call.caller.scope.limits,
            }  # fmt: skip

        return await shown_in_parts(self._pages, call, "board", WORDS, address(call, form), find)

    async def kept(self, call: Call) -> Response:
        """The promise is kept, and the board again."""
        form = call.form
        assert isinstance(form, KeptFields)
        purpose = self._purpose(call)
        await call.run("keepPromise", purpose=purpose, promise_id=form.kept)
        return go_to(call, "/board")

    async def owned(self, call: Call) -> Response:
        """Keep who sees to a sign; what is wrong is said beside the form."""
        form, sign = call.form, call.place["sign"]
        assert isinstance(form, OwnerFields)
        by, _, name = (form.where or "").partition(":")
        values = form.model_dump(exclude={"where"}) | ({"by": by, "name": name} if by else {})
        try:
            await call.run("setSignOwner", values, sign=sign)
        except RequestRefused as refusal:
            if refusal.code != "invalid_request":
                raise
            call.code = refusal.code
            return self._pages.html(call, "owner_refused.html", WORDS, status=422, refusal=refusal)
        return go_to(call, f"/board?{urlencode({'sign': sign})}")

    def _purpose(self, call: Call) -> str:
        """For what the caller looks at the board."""
        permitted = purposes_of("promiseBoard", call.caller.role) or ()
        return next(own for own in FOR if own in permitted)

    async def _promises(self, call: Call, offset: int, limit: int) -> PromiseBoardAnswer:
        values = {
            "purpose": self._purpose(call), "offset": offset, "limit": limit,
            "language": self._pages.language(call),
        }  # fmt: skip
        found: PromiseBoardAnswer = await call.run("promiseBoard", values)
        return found

    async def _signs(self, call: Call) -> SignsAnswer:
        found: SignsAnswer = await call.run("signs", {"language": self._pages.language(call)})
        return found


def _drawn(sign: Sign) -> dict[str, Any]:
    """The places with the most to lose first."""
    found = {}
    for by, places in sign.places.items():
        first = sorted(places, key=lambda one: (-(one.loss or 0.0), -one.customers))
        shown = first[:MAX_PLACES]
        found[by] = list(zip(shown, lengths([one.loss for one in shown]), strict=True))
    return found


def _owned(own: SignOwner | None) -> dict[str, str | None]:
    """Owner and due day as a file has them."""
    return {name: None if own is None else getattr(own, name) for name in ("owner", "due")}


def numbers(found: SignsAnswer) -> list[dict[str, Any]]:
    """A line a sign, and a line a sign and place."""
    rows: list[dict[str, Any]] = []
    for sign in found.signs:
        own = {"sign": sign.sign, "by": "all", "name": None, "at_risk": found.customers}
        sums = {name: getattr(sign, name) for name in ("customers", "value", "loss")}
        rows.append(own | sums | _owned(sign.owner))
        rows += [
            {"sign": sign.sign, "by": by} | one.model_dump() | _owned(one.owner)
            for by, places in sign.places.items()
            for one in places
        ]
    return rows
