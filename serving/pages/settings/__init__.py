"""Settings that people change: what is in force, proposing, accepting, and the history."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from features.errors import RequestRefused
from features.words import say
from serving.http.call import Call
from serving.http.contract.errors import STATUS
from serving.http.contract.forms.business.settings import (
    ChangesAnswer,
    SettingEntry,
    SettingsAnswer,
    SettingSubject,
)
from serving.http.contract.forms.pages.settings import (
    ChangeStep,
    EntryFields,
    EntryQuery,
    SettingsPageQuery,
)
from serving.http.native import Handler
from serving.pages.rendering import Pages, again, go_to
from serving.pages.settings.fields import flat, parsed_values
from serving.pages.settings.shown import Shown, reason_of

WORDS = "pages_settings"
PLACE = "/settings-and-changes"
A_PAGE = 20  # changes of the history
MOST = 200  # that wait, and that a way back is looked for among
SAID_HERE = ("invalid_request", "conflict", "forbidden", "unknown_change")


class SettingsPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "settingsPage": self.settings,
            "settingPage": self.entry,
            "settingPropose": self.propose,
            "settingStep": self.step,
        }

    async def settings(self, call: Call) -> Response:
        """The subject's entries in force, what waits, and who changed what."""
        form = call.form
        assert isinstance(form, SettingsPageQuery)
        found: SettingsAnswer = await call.run("settings")
        waiting = await self._changes(call, state="waiting", limit=MOST)
        history = await self._changes(call, limit=A_PAGE, offset=form.offset)
        subject = next(own for own in found.subjects if own.name == form.subject)
        return self._html(
            call, "settings.html", found=found, chosen=subject, form=form, waiting=waiting.changes,
            history=history, shown=self._shown(call, found), key=secrets.token_urlsafe(12),
            a_page=A_PAGE,
        )  # fmt: skip

    async def entry(self, call: Call) -> Response:
        """The form of an entry, or of a new one like it."""
        form = call.form
        assert isinstance(form, EntryQuery)
        found, subject, entry = await self._entry(call)
        if form.new and not subject.grows:
            raise RequestRefused("not_found", "no entries are added here")
        shown = self._shown(call, found)
        return self._html(
            call, "setting.html", entry=entry, chosen=subject, is_new=form.new, shown=shown,
            groups=shown.groups(entry), key=secrets.token_urlsafe(12),
        )  # fmt: skip

    async def propose(self, call: Call) -> Response:
        """Propose what was filled in; the page then shows what waits."""
        form = call.form
        assert isinstance(form, EntryFields)
        found, subject, entry = await self._entry(call)
        held = flat(entry.values)
        wanted = parsed_values(held, form.__pydantic_extra__ or {})
        table = entry.key.partition(".")[0]
        if form.name is None:
            changed = {k: own for k, own in wanted.items() if own != held.get(k)}
            edits = [{"key": f"{entry.key}.{k}", "value": own} for k, own in changed.items()]
        else:
            edits = [{"key": f"{table}.{form.name}", "value": wanted}]
        return await self._said(
            call, _new_name(found, edits, form), edits, form.why, form.key, _place(subject)
        )

    async def step(self, call: Call) -> Response:
        """Accept a change, end it, or propose the way back."""
        form, own = call.form, call.place["change_id"]
        assert isinstance(form, ChangeStep)
        try:
            if form.step == "accept":
                await call.run("acceptChange", change_id=own)
            elif form.step == "decline":
                await call.run("declineChange", {"note": form.text}, change_id=own)
            else:
                return await self._back(call, own, form)
        except RequestRefused as refusal:
            return self._refused(call, refusal)
        return again()

    async def _back(self, call: Call, own: str, form: ChangeStep) -> Response:
        """Propose what each key of a change held before."""
        history = await self._changes(call, state="accepted", limit=MOST)
        change = next((one for one in history.changes if one.change_id == own), None)
        if change is None:
            raise RequestRefused("unknown_change", "no change has this id; GET /settings/changes")
        edits = [{"key": one.key, "value": one.was} for one in change.edits]
        moment = f"{change.decided_at}".replace("T", " ")[:16]
        reason = form.text or say(WORDS, "back_why", self._pages.language(call), at=moment)
        return await self._said(call, None, edits, reason, form.key, None)

    async def _said(
        self, call: Call, refusal: RequestRefused | None, edits: list[dict[str, Any]], reason: str,
        key: str, place: str | None,
    ) -> Response:  # fmt: skip
        try:
            if refusal is not None:
                raise refusal
            if not edits:
                raise RequestRefused("invalid_request", "these values are in force already")
            await call.run("proposeChange", {"edits": edits, "why": reason, "key": key})
        except RequestRefused as error:
            return self._refused(call, error)
        return again() if place is None else go_to(call, place)

    def _refused(self, call: Call, refusal: RequestRefused) -> Response:
        """What is wrong, in the reader's language, beside the form."""
        if refusal.code not in SAID_HERE:
            raise refusal
        call.code = refusal.code
        status = STATUS[refusal.code]
        reason = reason_of(refusal.message, language := self._pages.language(call))
        is_english = reason == reason_of(refusal.message, "en") and language != "en"
        return self._html(
            call, "setting_refused.html", status=status, reason=reason, is_english=is_english
        )

    async def _entry(self, call: Call) -> tuple[SettingsAnswer, SettingSubject, SettingEntry]:
        """The entry in the address. Raises RequestRefused (`not_found`)."""
        found: SettingsAnswer = await call.run("settings")
        own = call.place["entry"]
        for subject in found.subjects:
            for entry in subject.entries:
                if entry.key == own:
                    return found, subject, entry
        raise RequestRefused("not_found", "no setting is at this address")

    async def _changes(self, call: Call, **values: Any) -> ChangesAnswer:
        found: ChangesAnswer = await call.run("settingChanges", values)
        return found

    def _shown(self, call: Call, found: SettingsAnswer) -> Shown:
        return Shown(found, self._pages.language(call), self._pages.context.currency)

    def _html(self, call: Call, template: str, status: int = 200, **values: Any) -> Response:
        return self._pages.html(call, template, WORDS, status=status, **values)


def _place(subject: SettingSubject) -> str:
    return f"{PLACE}?subject={quote(subject.name, safe='')}"


def _new_name(
    found: SettingsAnswer, edits: list[dict[str, Any]], form: EntryFields
) -> RequestRefused | None:
    """The refusal of a new entry under the name of one that is there."""
    if form.name is None:
        return None
    key = str(edits[0]["key"])
    known = {own.key for subject in found.subjects for own in subject.entries}
    if key in known:
        return RequestRefused("conflict", f"{key} is there already; choose another name")
    return None
