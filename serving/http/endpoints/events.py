"""Posting a fact that happened just now."""

from __future__ import annotations

from collections.abc import Callable

from features.errors import RequestRefused
from serving.decision.decision_settings import DecisionSettings
from serving.decision.outcomes.contract import FEED, OWN_KEYS
from serving.decision.outcomes.reported import check_confirmed
from serving.events.checking import TRANSFERRED, check_fact, check_time
from serving.events.ledger import Event, record
from serving.http.call import Call
from serving.http.contract.forms.events import EventAnswer, EventForm
from serving.http.endpoints.decision.decide import Desk


async def post_event(desk: Callable[[], Desk], call: Call) -> EventAnswer:
    """The fact as it is recorded; it is durable before the answer leaves."""
    form, context = call.form, desk().context
    assert isinstance(form, EventForm)
    call.subjects, call.detail = (form.customer_id,), {"feed": form.feed}
    if form.key.startswith(OWN_KEYS):
        raise RequestRefused("invalid_request", f"key: no caller's key begins with {OWN_KEYS}")
    now = context.clock()
    event_time = now if form.event_time is None else form.event_time
    check_time(form.feed, event_time, now, context.settings.events.max_age_days)
    check_fact(form.feed, form.fields, now)
    event = Event(
        form.key,
        form.feed,
        form.customer_id,
        event_time,
        known_at=now,
        fields=form.fields,
        has_time=form.event_time is not None,
        confirmation=_confirmed(form, desk().settings),
    )
    await desk().check_known(form.customer_id, call.caller.scope)
    caller = call.caller.id
    kept = await call.commit(lambda connection: record(connection, event, caller))
    return EventAnswer(
        key=kept.key,
        feed=kept.feed,
        customer_id=kept.customer_id,
        event_time=kept.event_time,
        known_at=kept.known_at,
    )


def _confirmed(form: EventForm, settings: DecisionSettings) -> str | None:
    """The customer's confirmation as it is kept; null where none is named.

    Raises RequestRefused where one is missing, or is not one of the declared ones.
    """
    own, is_transfer = form.confirmation, form.fields.get("event") == TRANSFERRED
    if own is not None and form.feed != FEED:
        raise RequestRefused(
            "invalid_request", f"confirmation is not expected with the feed {form.feed}"
        )
    if own is None and not (form.feed == FEED and is_transfer):
        return None
    kind = None if own is None else own.kind
    check_confirmed(f"the event {form.fields['event']}", kind, settings)
    return None if own is None else f"{own.kind}:{own.reference}"
