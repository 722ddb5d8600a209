"""The check of the killed workers fails where it must: else it would prove nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.serving.killed.sent import Sent, beside_audit
from tests.serving.killed.stored import Stored
from tests.serving.killed.wire import Answer


def sent(request_id: str | None, status: int = 200) -> Sent:
    """A request of one caller; null: it was not answered."""
    answer = None if request_id is None else Answer(status, {"x-request-id": request_id}, b"")
    return Sent("k", "POST", "/score", ("read",), answer)


def row(request_id: str, status: int = 200) -> Any:
    return SimpleNamespace(
        caller="k", method="POST", route="/score", request_id=request_id, status=status, code=""
    )


def rows_of(requests: list[Sent], rows: list[Any]) -> list[str | None]:
    return [found and found.request_id for _, found in beside_audit(requests, rows)]


def test_what_was_not_answered_may_have_a_row_or_none() -> None:
    requests = [sent("a"), sent(None), sent("b"), sent(None)]
    assert rows_of(requests, [row("a"), row("b")]) == ["a", None, "b", None]
    assert rows_of(requests, [row("a"), row("x"), row("b")]) == ["a", "x", "b", None]
    assert rows_of(requests, [row("a"), row("b"), row("y")]) == ["a", None, "b", "y"]


@pytest.mark.parametrize(
    "rows",
    [
        [row("a")],
        [row("b"), row("a")],
        [row("a"), row("x"), row("b")],
        [row("a"), row("b"), row("b")],
        [row("a"), row("b", status=404)],
    ],
    ids=["one is missing", "another order", "one too many", "one twice", "another end"],
)
def test_rows_that_are_not_those_of_the_requests_are_found(rows: list[Any]) -> None:
    with pytest.raises(AssertionError):
        rows_of([sent("a"), sent("b")], rows)


def test_what_was_done_twice_is_there_once_or_found() -> None:
    expected = Stored()
    for _ in range(2):
        expected.do("k", ("event", "e1", "payments", "C1"), {})
        outcome = {"decision": "d1", "outcome": "cancelled"}
        expected.do("k", ("outcome", "o1", "C1", "cancelled"), outcome)
    assert set(expected.events) == {"e1", "outcome:o1"}
    expected.do("k", ("outcome", "o2", "C1", "undone", "o1"), outcome | {"outcome": "undone"})
    assert set(expected.events) == {"e1"}
    expected.do("k", ("decided", "C1"), {"decision": "d1"})
    with pytest.raises(AssertionError):
        expected.do("k", ("decided", "C1"), {"decision": "d1"})
