"""The audit: who did what for which purpose, its chain, the alarms, a decision made again."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from serving.access.permissions import PURPOSES
from serving.http.call import Call
from serving.http.contract.forms.access.alarms import AlarmAnswer
from serving.http.contract.forms.access.audit import AuditAnswer, AuditRow
from serving.http.contract.forms.access.checking import ReplayAnswer, VerificationAnswer
from serving.http.contract.forms.pages.checking import (
    AuditLogQuery,
    ReplayFields,
    VerificationFields,
)
from serving.pages.checking import WORDS
from serving.pages.parts import address, csv_file
from serving.pages.rendering import Pages

PAGE, FILE = 50, 500  # rows
ALARMS = 10
FIELDS = ("customer", "caller", "route", "for_purpose", "code", "since", "until", "before")
COLUMNS = tuple(AuditRow.model_fields)


class AuditPage:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def show(self, call: Call) -> Response:
        """The rows that are wanted, and the alarms; or the rows as a file."""
        form = call.form
        assert isinstance(form, AuditLogQuery)
        found: AuditAnswer = await call.run("searchAudit", _wanted(form))
        if form.numbers:
            rows = [one.model_dump(mode="json") | {"detail": _text(one.detail)}
                    for one in found.rows]  # fmt: skip
            return csv_file("audit", COLUMNS, rows)
        alarms: AlarmAnswer = await call.run("alarms", {"limit": ALARMS})
        is_searched = any(getattr(form, name) is not None for name in FIELDS)
        return self._pages.html(
            call, "audit_log.html", WORDS, place=address(call, form), found=found, form=form,
            alarms=alarms, purposes=list(PURPOSES), is_searched=is_searched, detail=_details,
            file=address(call, form, numbers=1),
            later=None if found.next is None else address(call, form, before=found.next),
            first=address(call, form, before=None),
        )  # fmt: skip

    async def verify(self, call: Call) -> Response:
        """How far the chain was read, or what was found; the part queries again by itself."""
        form = call.form
        assert isinstance(form, VerificationFields)
        values = {"again": form.again, "language": self._pages.language(call)}
        made: VerificationAnswer = await call.run("verifyAudit", values)
        return self._pages.html(
            call, "audit_work.html", WORDS, made=made, place="/audit-log", decision=None,
            is_good=made.is_whole, send="/audit-log/verification",
        )  # fmt: skip

    async def replay(self, call: Call) -> Response:
        """How far the replay is, or what it found."""
        form = call.form
        assert isinstance(form, ReplayFields)
        values = {"again": form.again, "language": self._pages.language(call)}
        made: ReplayAnswer = await call.run("replayDecision", values, decision_id=form.decision)
        return self._pages.html(
            call, "audit_work.html", WORDS, made=made, place="/audit-log", decision=form.decision,
            is_good=made.is_equal, send="/audit-log/replay",
        )  # fmt: skip


def _wanted(form: AuditLogQuery) -> dict[str, Any]:
    """As the operation takes it."""
    named = {"since": "from", "until": "to"}
    values = {named.get(name, name): getattr(form, name) for name in FIELDS}
    wanted = {name: own for name, own in values.items() if own is not None}
    wanted |= {name: own.isoformat() for name, own in wanted.items() if name in ("from", "to")}
    return wanted | {"limit": FILE if form.numbers else PAGE}


def _details(detail: dict[str, Any]) -> list[tuple[str, str]]:
    """What a row of the audit has beside its columns, each with its name; none that is empty.

    >>> _details({"count": 24280, "search": {"city": "Suzhou", "sort": "-churn_risk"}, "by": None})
    [('count', '24,280'), ('search', 'city=Suzhou sort=-churn_risk')]
    """
    shown = {name: own for name, own in sorted(detail.items()) if own not in (None, "", [], {})}
    return [(name, _value(own)) for name, own in shown.items()]


def _text(detail: dict[str, Any]) -> str:
    """The same in one line of a file, as the audit has it."""
    return ", ".join(f"{name} {own}" for name, own in _details(detail))


def _value(own: Any) -> str:
    match own:
        case str():
            return own
        case bool():
            return json.dumps(own)
        case int():
            return f"{own:,}"
        case list():
            return ", ".join(map(_value, own))
        case dict():
            return " ".join(f"{name}={_value(value)}" for name, value in own.items())
        case _:
            return json.dumps(own, ensure_ascii=False)
