"""Reading the alarms."""

from __future__ import annotations

from dataclasses import asdict

from anyio import to_thread
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from serving.access.lookups import known_alarms
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.access.alarms import AlarmAnswer, AlarmQuery


async def alarms(context: Context, call: Call) -> AlarmAnswer:
    """A page of the alarms, the newest first."""
    form = call.form
    assert isinstance(form, AlarmQuery)
    try:
        found = await to_thread.run_sync(known_alarms, context.reading, form.limit + 1, form.before)
    except DBAPIError as error:
        raise RequestRefused(
            "not_ready", "the operational database cannot be read; try again shortly"
        ) from error.orig
    page = found[: form.limit]
    return AlarmAnswer.model_validate(
        {
            "alarms": [asdict(one) for one in page],
            "next": page[-1].id if len(found) > form.limit else None,
        }
    )
