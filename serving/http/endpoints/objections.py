"""Objecting to automated decisions, and taking the objection back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from anyio import to_thread
from sqlalchemy import Connection

from features.errors import LakeError, RequestRefused, UnknownCustomers
from serving.audit.pseudonyms import keys_of
from serving.customers.rights.objections import record_objection, withdraw_objection
from serving.database.tables import LONGEST_ID
from serving.events.ledger import readable
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.objections import ObjectionAnswer, ObjectionRequest
from serving.http.endpoints.decision.decide import Desk
from serving.scores.latest import customers_among


async def record(desk: Callable[[], Desk], call: Call) -> ObjectionAnswer:
    """Record it in the request's own transaction: the next call of any process sees it."""
    assert isinstance(call.form, ObjectionRequest)
    own, now = _checked(call.form.customer_id), desk().context.now()
    call.subjects = (own,)
    await _check_scope(desk(), call, own)
    await to_thread.run_sync(_check_exists, desk().context, own)

    def work(connection: Connection) -> datetime:
        return record_objection(connection, own, call.caller.id, now)

    since = await call.commit(work)
    return ObjectionAnswer(customer_id=own, objects=True, since=since)


async def withdraw(desk: Callable[[], Desk], call: Call) -> ObjectionAnswer:
    """End the customer's objection, which stays on record."""
    own, now = _checked(call.place["customer_id"]), desk().context.now()
    call.subjects = (own,)
    await _check_scope(desk(), call, own)

    def work(connection: Connection) -> None:
        withdraw_objection(connection, own, now)

    await call.commit(work)
    return ObjectionAnswer(customer_id=own, objects=False, since=None)


async def _check_scope(desk: Desk, call: Call, customer_id: str) -> None:
    """Raises UnknownCustomers where the caller may not know of the customer."""
    if call.caller.scope.limits:
        await desk.check_known(customer_id, call.caller.scope)


def _check_exists(context: Context, customer_id: str) -> None:
    """Raises UnknownCustomers for an id that neither last night's rows nor the audit has.

    A slip of the hand would be kept, and the customer who objects would go on being scored. What
    cannot be found out hinders no one from objecting.
    """
    try:
        if customers_among(context.home, [customer_id]):
            return
    except LakeError:
        return
    with readable(), context.reading.connect() as connection:
        if keys_of(connection, [customer_id]):
            return
    raise UnknownCustomers(
        "no customer has this id: it is wrong, or they came since last night. "
        "`liuke person object` records it all the same.",
        customer_ids=[customer_id],
    )


def _checked(customer_id: str) -> str:
    """The id. Raises RequestRefused where no database could store it."""
    if len(customer_id) > LONGEST_ID or "\0" in customer_id:
        raise RequestRefused(
            "invalid_request",
            f"customer_id: expected 1 to {LONGEST_ID} characters, and no null character",
        )
    return customer_id
