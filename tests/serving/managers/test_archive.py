"""The archive: a row a change, the latest counts, and who may see which desk."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.managers.archive import changes_of, find_manager, known_managers, save_manager
from tests.serving.managers.desks import NOW, SINCE, kept

LATER = NOW + timedelta(days=1)


def test_each_change_is_kept_with_its_moment_and_the_latest_counts(store: Engine) -> None:
    with store.begin() as connection:
        first = kept(connection)
        moved = save_manager(connection, "M1", {"city": "Wuxi"}, "li.na", LATER)
        assert (moved.name, moved.since, moved.city) == ("East", SINCE, "Wuxi")
        assert save_manager(connection, "M1", {"city": "Wuxi"}, "mei", LATER) == moved
        assert changes_of(connection, "M1") == [first, moved]
        assert [own.changed_at for own in changes_of(connection, "M1")] == [NOW, LATER]
        assert known_managers(connection) == [moved]


def test_a_scope_has_its_own_desks_and_another_is_as_unknown(store: Engine) -> None:
    with store.begin() as connection:
        kept(connection)
        kept(connection, "M2", "Wuxi")
        kept(connection, "M3", None)
        scopes = {
            Scope(): ["M1", "M2", "M3"],
            Scope(city="Suzhou"): ["M1"],
            Scope(manager_id="M2"): ["M2"],
            Scope(city="Suzhou", manager_id="M2"): [],
            Scope(store_id="S1"): [],
        }
        for scope, ids in scopes.items():
            assert [own.manager_id for own in known_managers(connection, scope)] == ids
            for manager_id in {"M1", "M2", "M3", "M4"} - set(ids):
                with pytest.raises(RequestRefused, match="no manager has this id") as refused:
                    find_manager(connection, manager_id, scope)
                assert refused.value.code == "unknown_manager"


@pytest.mark.parametrize(
    ("manager_id", "given", "message"),
    [
        ("M1", {"name": "East"}, "since: expected for a manager who is new"),
        ("M1", {}, "name and since: expected"),
        ("", {"name": "East", "since": SINCE}, "the id has 0 characters"),
        ("M/1", {"name": "East", "since": SINCE}, "the id has a slash"),
        ("M1", {"name": "E" * 65, "since": SINCE}, "name has 65 characters"),
        ("M1", {"name": "East", "since": SINCE, "city": ""}, "city has 0 characters"),
        ("M1", {"name": "East", "since": SINCE, "note": "n" * 2001}, "note has 2001 characters"),
        ("M1", {"name": "East", "since": SINCE, "until": date(2024, 1, 1)}, "until is 2024-01-01"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    store: Engine, manager_id: str, given: dict[str, Any], message: str
) -> None:
    with store.begin() as connection:
        with pytest.raises(RequestRefused, match=message):
            save_manager(connection, manager_id, given, "admin", NOW)
        assert known_managers(connection) == []


def test_a_desk_serves_from_its_first_day_to_its_last(store: Engine) -> None:
    with store.begin() as connection:
        manager = kept(connection, until=date(2026, 3, 2))
    assert [manager.serves(day) for day in (date(2024, 12, 31), SINCE)] == [False, True]
    assert [manager.serves(date(2026, 3, day)) for day in (2, 3)] == [True, False]
