"""Service promises: due by their kind's hours, open until kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.decision.decision_settings import decision_settings
from serving.decision.promises import (
    find_promise,
    keep_promise,
    new_promise,
    open_promises,
    promises_open_at,
    write_promise,
)

NOW = datetime(2026, 3, 2, 10, 30)
SETTINGS = decision_settings(Path("no home"))


@pytest.mark.parametrize(
    ("kind", "hours"), [("complaint", 48), ("fault_town", 48), ("fault_country", 72)]
)
def test_a_promise_is_due_after_its_hours(kind: str, hours: int) -> None:
    promise = new_promise("C1", kind, SETTINGS, NOW)
    assert promise.due_at == NOW + timedelta(hours=hours)


def test_another_kind_is_refused() -> None:
    with pytest.raises(RequestRefused, match="expected one of complaint"):
        new_promise("C1", "moon", SETTINGS, NOW)


def test_a_promise_is_open_until_it_is_kept_and_kept_once(store: Engine) -> None:
    promise = new_promise("C1", "complaint", SETTINGS, NOW)
    with store.begin() as connection:
        write_promise(connection, promise, "K1")
        write_promise(connection, new_promise("C2", "complaint", SETTINGS, NOW), "K1")
    with store.begin() as connection:
        assert open_promises(connection, "C1") == [promise]
        kept = keep_promise(connection, promise, NOW + timedelta(hours=2))
        assert kept.kept_at == NOW + timedelta(hours=2)
        assert keep_promise(connection, promise, NOW + timedelta(hours=9)) == kept
        assert open_promises(connection, "C1") == []
        assert find_promise(connection, promise.id) == kept
        with pytest.raises(RequestRefused, match="no promise"):
            find_promise(connection, "none")


def test_what_was_open_at_a_moment_does_not_change_later(store: Engine) -> None:
    promise = new_promise("C1", "callback", SETTINGS, NOW)
    kept_at = NOW + timedelta(hours=2)
    with store.begin() as connection:
        write_promise(connection, promise, "K1")
        kept = keep_promise(connection, promise, kept_at)
        moments = (NOW - timedelta(seconds=1), NOW, kept_at, kept_at + timedelta(seconds=1))
        found = [promises_open_at(connection, "C1", at) for at in moments]
        assert promises_open_at(connection, "C2", NOW) == []
    assert found == [[], [kept], [kept], []]
