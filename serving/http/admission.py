"""Whether a caller may do what is requested, for which purpose, and how often.

The gateway calls it for each route that is not public: before the body is read, and once it is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.access.access_settings import AccessSettings
from serving.access.lookups import Lookups
from serving.access.people.sessions import touch
from serving.access.permissions import PURPOSE_HEADER, purposes_of
from serving.access.principal import Principal
from serving.access.rates import Rates
from serving.http.call import Call
from serving.http.contract.table import Route

HEADER = PURPOSE_HEADER.lower().encode()

logger = logging.getLogger("liuke.serving")


@dataclass
class Admission:
    """Admits the requests of one server by the table of `serving.access.permissions`."""

    settings: AccessSettings
    _rates: Rates = field(default_factory=Rates)
    _lookups: Lookups = field(init=False)
    _touching: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._lookups = Lookups(self.settings)

    def check(self, route: Route, caller: Principal) -> None:
        """Raises RequestRefused: `forbidden` for another role's operation, `rate_limited`."""
        if purposes_of(route.right, caller.role) is None:
            raise RequestRefused(
                "forbidden",
                f"the role {caller.role} may not call {route.method} {route.path}; "
                "the role table is in docs/security.md",
                role=caller.role,
            )
        self._rates.check(caller.id, self._per_minute(caller), time.monotonic())

    def touch(self, engine: Engine, person: Principal, now: datetime) -> None:
        """Write down, beside the request, that the person's session was used."""
        digest = person.session
        if digest is not None and digest not in self._touching:
            self._touching.add(digest)
            work = _beside(touch, engine, digest, now)
            work.add_done_callback(lambda _: self._touching.discard(digest))

    def ended(self, engine: Engine, call: Call, now: datetime) -> None:
        """Count, beside the next requests, whom its caller looked at, if it is time."""
        caller = call.principal
        if caller and self._lookups.is_due(caller.id, call.purpose, len(call.subjects), now):
            _beside(self._lookups.count, engine, caller.id, now)

    def _per_minute(self, caller: Principal) -> int:
        if caller.per_minute is not None:
            return caller.per_minute
        if caller.session is not None:
            return self.settings.person_requests_per_minute
        return self.settings.requests_per_minute


def _beside(work: Callable[..., None], *given: object) -> asyncio.Future[None]:
    """Do it in a thread, so that no request waits for it; the log says where it failed."""

    def ended(done: asyncio.Future[None]) -> None:
        if error := done.exception():
            logger.warning("%s failed beside a request: %s", work.__name__, error)

    found = asyncio.get_running_loop().run_in_executor(None, work, *given)
    found.add_done_callback(ended)
    return found


def purpose_for(route: Route, call: Call, headers: dict[bytes, bytes]) -> str | None:
    """The purpose that counts: the form's, the header's, or the caller's own; null if none is due.

    A page needs none: the operations that it calls do.

    Raises RequestRefused (`purpose`) where none is named, two differ, or the role has it not.
    """
    caller = call.caller
    permitted = purposes_of(route.operation, caller.role)
    if not permitted or route.is_page:
        return None
    in_header = headers[HEADER].decode("latin-1") if HEADER in headers else None
    named = {getattr(call.form, "purpose", None) or None, in_header} - {None}
    if len(named) > 1:
        raise _refused("the body and the header Liuke-Purpose name two purposes", permitted)
    purpose = named.pop() if named else caller.purpose
    if purpose is None:
        raise _refused("no purpose is named", permitted)
    if purpose not in permitted:
        raise _refused(f"the role {caller.role} has no purpose {purpose[:64]!r} here", permitted)
    return purpose


def _refused(found: str, permitted: tuple[str, ...]) -> RequestRefused:
    return RequestRefused(
        "purpose",
        f"{found}; name one of {', '.join(permitted)}, in the field `purpose` or in the header "
        "Liuke-Purpose",
        permitted=list(permitted),
    )
