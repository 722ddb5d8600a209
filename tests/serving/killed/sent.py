"""What a client sent, and beside it the row of the audit: so it is known what must be there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.serving.killed.wire import Answer

Effect = tuple[str, ...]
NOT_READY = 503


@dataclass(frozen=True)
class Sent:
    """One request: who sent it, how it was answered (null: the connection broke).

    `effect`: what must be there if it was done, its name first.
    """

    caller: str | None
    method: str
    route: str
    effect: Effect
    answer: Answer | None

    def is_row(self, row: Any) -> bool:
        """Whether this row of the audit is that of this request."""
        same = (row.caller, row.method, row.route) == (self.caller, self.method, self.route)
        if self.answer is None:
            return same
        ended = (row.request_id, row.status, row.code)
        answer = self.answer
        return same and ended == (answer.request_id, answer.status, answer.code)


def beside_audit(sent: Sequence[Sent], rows: Iterable[Any]) -> Iterator[tuple[Sent, Any]]:
    """Each request of one caller with its row, null where there is none; in their order.

    A caller sends one request after the other, so the rows are in the same order. Fails where an
    answered request has no row, where a row is another one, and where a row is of no request.
    """
    answered = {own.answer.request_id for own in sent if own.answer is not None}
    left = deque(rows)
    for own in sent:
        if own.answer is None:
            is_there = bool(left) and left[0].request_id not in answered
        else:
            is_there = bool(left) and left[0].request_id == own.answer.request_id
            assert is_there or own.answer.status == NOT_READY, f"no row of the audit: {own}"
        row = left.popleft() if is_there else None
        assert row is None or own.is_row(row), (own, row)
        yield own, row
    assert not left, f"rows of the audit of no request: {list(left)[:3]}"
