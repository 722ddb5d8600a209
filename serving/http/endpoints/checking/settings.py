"""`/settings`: what is in force, changes proposed by one person and accepted by a second."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from anyio import to_thread
from sqlalchemy import Connection

from features.errors import LiukeError, RequestRefused
from features.settings.edits import own_file, write_own
from serving.changes.proposals import (
    WAITING,
    Change,
    accept,
    decline,
    find_change,
    last_accepted,
    page_of,
    proposed,
    write_change,
)
from serving.changes.subjects import SUBJECTS, file_of, fingerprint_of
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.business.settings import (
    ChangeAnswer,
    ChangeRequest,
    ChangesAnswer,
    ChangesQuery,
    DeclineRequest,
    SettingsAnswer,
)
from serving.http.native import Handler
from serving.http.running.once import own_id

ID_DIGITS = 24


class SettingsDesk:
    """The handlers of one server."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "settings": self.settings,
            "settingChanges": self.changes,
            "proposeChange": self.propose,
            "acceptChange": self.accept,
            "declineChange": self.decline,
        }

    async def settings(self, _: Call) -> SettingsAnswer:
        """What is in force, beside what was shipped."""
        return SettingsAnswer.model_validate(await to_thread.run_sync(self._settings))

    def _settings(self) -> dict[str, Any]:
        decision, retention = self._context.decision, self._context.retention
        fingerprint = decision.now().fingerprint
        held = {"decision": fingerprint, "retention": fingerprint_of(retention.now())}
        with self._context.reading.connect() as connection:
            _, waiting = page_of(connection, WAITING, 1, 0)
            last = [(last_accepted(connection, name), own) for name, own in held.items()]
        files = {name: file_of(self._context.home, name) for name in held}
        subjects = [
            {
                "name": own.name, "file": own.file, "grows": own.grows,
                "entries": [
                    {
                        "key": one.key, "values": one.values, "shipped": one.shipped,
                        "changed": one.changed,
                    }
                    for one in files[own.file].entries(own)
                ],
            }
            for own in SUBJECTS.values()
        ]  # fmt: skip
        return {
            "fingerprint": fingerprint, "problem": decision.problem or retention.problem,
            "waiting": waiting, "subjects": subjects,
            "by_file": any(one is not None and one.after != own for one, own in last),
        }  # fmt: skip

    async def changes(self, call: Call) -> ChangesAnswer:
        """A page of the history."""
        form = call.form
        assert isinstance(form, ChangesQuery)
        found, count = await to_thread.run_sync(self._page, form)
        return ChangesAnswer(count=count, changes=[_shown(own) for own in found])

    def _page(self, form: ChangesQuery) -> tuple[list[Change], int]:
        with self._context.reading.connect() as connection:
            return page_of(connection, form.state, form.limit, form.offset)

    async def propose(self, call: Call) -> ChangeAnswer:
        """Keep a change that waits for a second person; checked as the files are."""
        form = call.form
        assert isinstance(form, ChangeRequest)
        _check_reach(call)
        own, now = own_id(call.caller, form.key, ID_DIGITS), self._context.clock()
        wanted = [(one.key, one.value) for one in form.edits]
        change = await to_thread.run_sync(
            proposed, self._context.home, wanted, form.why, call.caller.id, now, own
        )
        call.detail = _audited(change)
        return _shown(await call.commit(partial(write_change, change=change)))

    async def accept(self, call: Call) -> ChangeAnswer:
        """Put a change in force. Where its row cannot be kept, the file is as it was."""
        _check_reach(call)
        home, own, now = self._context.home, call.place["change_id"], self._context.clock()
        found = await to_thread.run_sync(self._found, own)
        call.detail = _audited(found)
        before, written = own_file(home, found.file), list[str | None]()

        def work(connection: Connection) -> Change:
            ended = accept(connection, home, own, call.caller.id, now)
            written.append(own_file(home, found.file))
            return ended

        try:
            return _shown(await call.commit(work))
        except LiukeError:
            if written and own_file(home, found.file) == written[-1]:
                write_own(home, found.file, before)
            raise

    async def decline(self, call: Call) -> ChangeAnswer:
        """End a change; who proposed it withdraws it."""
        form, own = call.form, call.place["change_id"]
        assert isinstance(form, DeclineRequest)
        _check_reach(call)
        caller, now = call.caller, self._context.clock()
        call.detail = _audited(await to_thread.run_sync(self._found, own))

        def work(connection: Connection) -> Change:
            return decline(connection, own, caller.id, caller.role, now, form.note)

        return _shown(await call.commit(work))

    def _found(self, own: str) -> Change:
        with self._context.reading.connect() as connection:
            return find_change(connection, own)


def _check_reach(call: Call) -> None:
    """Raises RequestRefused (`forbidden`): settings count for all customers, not for a city's."""
    if call.caller.scope.limits:
        raise RequestRefused(
            "forbidden", "settings count for all customers; who is limited to some changes none"
        )


def _audited(change: Change) -> dict[str, Any]:
    """What the audit keeps of a change: which keys, not their texts."""
    return {"change": change.id, "keys": [own.key for own in change.edits]}


def _shown(own: Change) -> ChangeAnswer:
    moments = {"proposed_at": own.proposed_at, "decided_at": own.decided_at}
    values = vars(own) | {
        "change_id": own.id,
        "edits": [vars(edit) for edit in own.edits],
        **{name: None if at is None else f"{at:%FT%T}" for name, at in moments.items()},
    }
    return ChangeAnswer.model_validate(values)
