"""`/customers/find`: who has a phone number."""

from __future__ import annotations

from collections.abc import Callable

from anyio import to_thread

from features.disk.secrets import read_secrets
from features.errors import RequestRefused, UnknownCustomers
from serving.customers.phones.numbers import normalised
from serving.customers.phones.phones import find
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.customer import FindRequest, FoundCustomer
from serving.http.endpoints.decision.decide import Desk


async def find_customer(desk: Callable[[], Desk], call: Call) -> FoundCustomer:
    """The id of the customer who has the number.

    Raises RequestRefused (`invalid_request`) for what is not a phone number, and
    (`unknown_customers`), the same where no customer has it and where it is another's customer.
    """
    form, own = call.form, desk()
    assert isinstance(form, FindRequest)
    number = normalised(form.phone, own.context.settings.phones)
    if number is None:
        raise RequestRefused(
            "invalid_request",
            "that is not a phone number; expected one such as 15400000001 or +447700900123",
        )
    found = await to_thread.run_sync(_holder, own.context, number)
    if found is None:
        raise _unknown()
    try:
        await own.check_known(found, call.caller.scope)
    except UnknownCustomers as error:  # which would name a customer of another
        raise _unknown() from error
    call.subjects = (found,)
    return FoundCustomer(customer_id=found)


def _holder(context: Context, number: str) -> str | None:
    secrets = read_secrets(context.home)
    if secrets is None:
        return None
    with context.reading.connect() as connection:
        return find(connection, number, secrets)


def _unknown() -> RequestRefused:
    return RequestRefused("unknown_customers", "no customer has this phone number")
