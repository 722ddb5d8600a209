"""Tasks for many customers at once: for whom, what would be done, done, and taken back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from features.errors import RequestRefused
from serving.customers.base.grammar import parsed
from serving.customers.fields import seen_by
from serving.http.call import Call
from serving.http.contract.errors import STATUS
from serving.http.contract.forms.base import Searching
from serving.http.contract.forms.managers.batches import (
    BatchAnswer,
    BatchesAnswer,
    BatchPreview,
    UndoneAnswer,
)
from serving.http.contract.forms.pages.base import ActFields, ActOrderFields
from serving.http.native import Handler
from serving.managers.manager_settings import manager_settings
from serving.pages.base.place import place, searched, whom
from serving.pages.base.shown import Condition, Shown
from serving.pages.rendering import Pages, go_to

WORDS = "pages_base"
ACT, DONE = "/base/act", "/base/batches"
SAID_HERE = ("invalid_request", "conflict", "unknown_batch")


class ActPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "actPage": self.act,
            "actPreview": self.preview,
            "actDo": self.do,
            "batchesPage": self.batches,
            "batchUndo": self.undo,
        }

    async def act(self, call: Call) -> Response:
        """The form: for whom, and what is to be done."""
        form = call.form
        assert isinstance(form, Searching)
        texts = whom(form.texts())
        page = self._pages.shown(call, place(texts, ACT))
        settings = manager_settings(self._pages.context.home)
        return self._html(
            call, "act.html", place=page.place, back=place(texts), query=place(texts, ""),
            conditions=self._conditions(call, texts), named=_named(texts),
            kinds={name: own.of(page.language) for name, own in settings.kinds.items()},
            purpose=form.purpose or page.purpose, today=f"{self._pages.context.now():%F}",
        )  # fmt: skip

    async def preview(self, call: Call) -> Response:
        """What would be done, with the button that does it."""
        form = call.form
        assert isinstance(form, ActFields)
        try:
            found: BatchPreview = await call.run("previewBatch", _request(form))
        except RequestRefused as refusal:
            return self._refused(call, refusal)
        return self._html(
            call, "act_preview.html", found=found, form=form, key=secrets.token_urlsafe(12)
        )

    async def do(self, call: Call) -> Response:
        """Do what the preview showed, and go where it can be taken back."""
        form = call.form
        assert isinstance(form, ActOrderFields)
        values = _request(form) | {"mark": form.mark, "key": form.key}
        try:
            await call.run("doBatch", values)
        except RequestRefused as refusal:
            return self._refused(call, refusal)
        return go_to(call, DONE)

    async def batches(self, call: Call) -> Response:
        """What was done for many, the latest first."""
        purpose = self._pages.shown(call, DONE).purpose
        found: BatchesAnswer = await call.run("batches", purpose=purpose)
        settings, language = manager_settings(self._pages.context.home), self._pages.language(call)
        kinds = {name: own.of(language) for name, own in settings.kinds.items()}
        rules = [(own, self._rule(call, own)) for own in found.batches]
        return self._html(call, "batches.html", batches=rules, kinds=kinds)

    async def undo(self, call: Call) -> Response:
        """Take a batch back, and name what stays."""
        purpose = self._pages.shown(call, DONE).purpose
        own = call.place["batch_id"]
        try:
            found: UndoneAnswer = await call.run("undoBatch", purpose=purpose, batch_id=own)
        except RequestRefused as refusal:
            return self._refused(call, refusal)
        return self._html(call, "batch_undone.html", found=found)

    def _rule(self, call: Call, own: BatchAnswer) -> list[Condition]:
        """For whom it was done; nothing where the search is none of today's fields."""
        try:
            return self._conditions(call, own.search)
        except RequestRefused:
            return []

    def _conditions(self, call: Call, texts: Mapping[str, str]) -> list[Condition]:
        role = call.caller.role
        named = {name: own for name, own in texts.items() if name != "customer_id"}
        shown = Shown(
            parsed(named, role), named, seen_by(role), self._pages.language(call),
            self._pages.context.currency,
        )  # fmt: skip
        return shown.conditions

    def _refused(self, call: Call, refusal: RequestRefused) -> Response:
        """What is wrong, beside the form."""
        if refusal.code not in SAID_HERE:
            raise refusal
        call.code = refusal.code
        status = STATUS[refusal.code]
        return self._html(call, "act_refused.html", status=status, refusal=refusal)

    def _html(self, call: Call, template: str, status: int = 200, **values: Any) -> Response:
        return self._pages.html(call, template, WORDS, status=status, **values)


def _request(form: ActFields) -> dict[str, Any]:
    values = form.model_dump(include={"action", "kind", "text", "due", "purpose"})
    return values | {"search": whom(searched(form.search))}


def _named(texts: Mapping[str, str]) -> int:
    """How many customers the search names; 0 where it is a rule."""
    return len(texts["customer_id"].split(",")) if texts.get("customer_id") else 0
