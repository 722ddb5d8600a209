"""Pages whose numbers may take a while: the page at once, with its part or before it, or a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.responses import Response

from features.errors import LiukeError
from serving.customers.standing.sheet import as_csv
from serving.http.call import Call
from serving.http.contract.table import CSV
from serving.pages.rendering import HEADERS, Pages, is_partial, place_of

AT_ONCE_SECONDS = 0.03  # so long a page waits for a part that is not kept

Find = Callable[[], Awaitable[Mapping[str, Any]]]


def address(call: Call, form: BaseModel, **more: object) -> str:
    """Where the page is with what was chosen in it; `more` changes that, null excludes."""
    values = form.model_dump(mode="json", by_alias=True, exclude_defaults=True) | more
    chosen = {name: own for name, own in values.items() if own not in (None, "", False)}
    return place_of(call) + (f"?{urlencode(chosen, doseq=True)}" if chosen else "")


async def shown_in_parts(
    pages: Pages, call: Call, room: str, subject: str, place: str, find: Find
) -> Response:
    """The page with its part, where that is found at once; else around it, and it loads itself.

    To its own script the part alone. What takes longer than an answer may is requested again.
    """
    if is_partial(call):
        try:
            found = await find()
        except LiukeError as refusal:
            if refusal.code != "too_slow":
                raise
            return pages.html(call, "waiting.html", subject, place=place)
        return pages.html(call, f"{room}_part.html", subject, place=place, **found)
    call.patience_seconds = AT_ONCE_SECONDS
    part = "waiting.html"
    try:
        found, part = await find(), f"{room}_part.html"
    except LiukeError:  # the part says it where it stands
        found = {}
    return pages.html(call, f"{room}.html", subject, place=place, part=part, **found)


def csv_file(name: str, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Response:
    """The rows as a file that is saved."""
    disposition = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(as_csv(names, rows), headers=HEADERS | disposition, media_type=CSV)
