"""Searching the audit."""

from __future__ import annotations

from dataclasses import asdict

from anyio import to_thread

from serving.audit.search import Wanted, named_by, search
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.access.audit import AuditAnswer, AuditQuery


async def search_audit(context: Context, call: Call) -> AuditAnswer:
    """A page of the rows that the query wants; in a thread, since it may read many."""
    assert isinstance(call.form, AuditQuery)
    wanted = wanted_by(call.form)
    call.detail = {"searched_by": wanted.names}
    page = await to_thread.run_sync(search, context.reading, wanted, call.form.limit)
    call.subjects = await to_thread.run_sync(named_by, context.reading, wanted)
    return AuditAnswer.model_validate(asdict(page))


def wanted_by(form: AuditQuery) -> Wanted:
    return Wanted(
        form.customer, form.caller, form.route, form.for_purpose, form.code, form.since,
        form.until, form.before,
    )  # fmt: skip
