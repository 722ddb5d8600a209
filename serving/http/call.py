"""The request under way, as the gateway and the endpoints share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection

from features.errors import LiukeError
from serving.access.principal import Principal
from serving.audit.entry import Entry
from serving.audit.transactions import Transactions, Waiting
from serving.monitoring.request_log import METHODS

CLIENT_GONE = 499  # in metrics, log and audit, as web servers count it; nothing was answered

Result = TypeVar("Result")


class Operations(Protocol):
    """The service's own operations, called for a page."""

    async def run(
        self,
        page: Call,
        operation: str,
        values: Mapping[str, Any] | None = None,
        *,
        purpose: str | None = None,
        **place: str,
    ) -> Any:
        """What the operation's handler returns; raises what a caller would be refused with."""


_request_ids = Random(SystemRandom().getrandbits(256))  # no secrets, and each within a microsecond


@dataclass
class Call:
    """The request under way: its id, method and route, who sent it, and why it is refused if it is.

    `form` is its body or query as its row of the table declares it, `place` what stands in the
    address for the names in its path. `purpose` and `subjects` (customer ids) go into its row of
    the audit, with `detail`, which must not name a person. `answered_by`: the step that answered,
    where there are several. `status` and `code` are those of the answer as it left. `headers` and
    `address` are those that it came with and from. `is_audited`: it has a row of the audit, which
    `is_recorded` says is there. `is_page`: it came from a browser and is answered in HTML; it
    does what it does by `operations`. `patience_seconds`: how long it waits for what is still
    counted, such as an analysis; null as long as the operation itself would have it wait.
    """

    id: str
    route: str
    method: str = ""
    principal: Principal | None = None
    form: BaseModel | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    purpose: str | None = None
    subjects: tuple[str, ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)
    answered_by: str | None = None
    refusal: LiukeError | None = None
    status: int = CLIENT_GONE
    code: str = "client_gone"
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    address: str = ""
    recorder: Transactions | None = None
    is_audited: bool = False
    is_recorded: bool = False
    is_page: bool = False
    operations: Operations | None = None
    patience_seconds: float | None = None
    _begun: Waiting | None = None

    async def run(
        self,
        operation: str,
        values: Mapping[str, Any] | None = None,
        *,
        purpose: str | None = None,
        **place: str,
    ) -> Any:
        """What an operation of the service answers to this page's caller; see `Operations`."""
        assert self.operations is not None
        return await self.operations.run(self, operation, values, purpose=purpose, **place)

    @property
    def caller(self) -> Principal:
        """Who sends it; only on routes that are not public."""
        assert self.principal is not None
        return self.principal

    async def commit(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction with this request's row of the audit; then both are durable.

        The row says 200: raise a refusal from `work` for another end. Work may be done again
        where the transaction failed for another request's sake, so it must do nothing else.
        """
        assert self.recorder is not None
        self.status, self.code = 200, ""
        result = await self.recorder.record(self.entry(), work)
        self.is_recorded = True
        return result

    def begin_recording(self) -> None:
        """Begin to write its row: it is admitted, and what it reads was found.

        The disk is waited for while the answer is made. Where the answer becomes another one than
        200, or has more to say, it has a second row, behind this one.
        """
        if not self.is_audited or self.is_recorded or self._begun is not None:
            return
        assert self.recorder is not None
        self.status, self.code = 200, ""
        self._begun = self.recorder.begin(self.entry())

    async def record(self) -> None:
        """Make its row of the audit durable, unless it has none or is there already.

        Raises RequestRefused (`not_ready`) where it cannot be: then no answer may leave.
        """
        if not self.is_audited or self.is_recorded:
            return
        assert self.recorder is not None
        begun, self._begun = self._begun, None
        if begun is not None:
            await self.recorder.ended(begun)
        if begun is None or begun.entry != self.entry():
            await self.recorder.note(self.entry())
        self.is_recorded = True

    def entry(self) -> Entry:
        """Its row of the audit, as things stand."""
        return Entry(
            self.id,
            self.method if self.method in METHODS else "other",
            self.route,
            self.status,
            self.code,
            self.principal.id if self.principal else None,
            self.principal.role if self.principal else None,
            self.purpose,
            self.subjects,
            self.detail,
        )


_call: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The request that the running code answers."""
    return _call.get()


def new_request_id() -> str:
    """64 bits that no other request of any process has."""
    return f"{_request_ids.getrandbits(64):016x}"


def begin(call: Call) -> None:
    """From here on `call` is the one that the running code answers."""
    _call.set(call)
