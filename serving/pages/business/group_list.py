"""Groups: how large, of which tier, how much may be lost with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from serving.http.call import Call
from serving.http.contract.forms.business.archive import GroupsAnswer, OneGroup
from serving.http.contract.forms.pages.business import GroupListQuery
from serving.pages.business import WORDS
from serving.pages.charts import lengths
from serving.pages.parts import address, csv_file, shown_in_parts
from serving.pages.rendering import Pages

PAGE = 50  # groups shown at once
SORTED: Mapping[str, Callable[[OneGroup], float]] = {
    "loss": lambda own: own.expected_loss or 0.0,
    "share": lambda own: own.share_at_risk,
    "members": lambda own: own.members,
    "gone": lambda own: own.members_gone,
    "revenue": lambda own: own.revenue,
}


class GroupsPage:
    """The handler of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def show(self, call: Call) -> Response:
        """The page, its part, or the groups as a file."""
        form = call.form
        assert isinstance(form, GroupListQuery)
        if form.numbers:
            found = await self._found(call, form)
            rows = [one.model_dump() for one in found.groups]
            return csv_file(f"groups-{found.as_of}", list(OneGroup.model_fields), rows)

        async def find() -> Mapping[str, Any]:
            found = await self._found(call, form)
            groups = sorted(found.groups, key=SORTED[form.sort], reverse=True)
            sorts = [(name, address(call, form, sort=name)) for name in SORTED]
            return {
                "found": found, "form": form, "sorts": sorts,
                "rows": list(zip(groups, lengths([one.expected_loss for one in groups]),
                                 strict=True))[form.offset : form.offset + PAGE],
                "count": len(groups),
                "earlier": address(call, form, offset=max(0, form.offset - PAGE) or None),
                "later": address(call, form, offset=form.offset + PAGE),
                "last": form.offset + PAGE,
                "managers": sorted({one.manager_id for one in groups if one.manager_id}),
                "loss": sum(one.expected_loss or 0.0 for one in groups),
                "members": sum(one.members for one in groups),
                "gone": sum(one.members_gone for one in groups),
                "at_risk": sum(one.members_at_risk for one in groups),
                "file": address(call, form, numbers=1),
            }  # fmt: skip

        place = address(call, form)
        return await shown_in_parts(self._pages, call, "group_list", WORDS, place, find)

    async def _found(self, call: Call, form: GroupListQuery) -> GroupsAnswer:
        values = {"purpose": self._pages.shown(call, "").purpose}
        if form.manager_id is not None:
            values["manager_id"] = form.manager_id
        found: GroupsAnswer = await call.run("groups", values)
        return found
