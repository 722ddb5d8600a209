"""An objection is recorded once, and holds until it is taken back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from features.errors import RequestRefused
from serving.customers.rights.objections import (
    AT_ONCE,
    check_objections,
    has_objection,
    objecting,
    record_objection,
    withdraw_objection,
)
from serving.database import open_engine
from serving.database.tables import objections
from tests.conftest import set_home

MONDAY, TUESDAY = datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 9)


def test_it_is_recorded_once_and_keeps_its_first_moment(store: Engine) -> None:
    with store.begin() as connection:
        assert record_objection(connection, "C1", "key", MONDAY) == MONDAY
        assert record_objection(connection, "C1", "key", TUESDAY) == MONDAY
        assert connection.execute(select(func.count()).select_from(objections)).scalar() == 1
        assert has_objection(connection, ["C1"]) == {"C1"}
        assert has_objection(connection, ["C2"]) == frozenset()
        assert has_objection(connection, []) == frozenset()


def test_it_is_found_among_more_ids_than_one_query_takes(store: Engine) -> None:
    ids = [f"C{number}" for number in range(2 * AT_ONCE + 3)]
    with store.begin() as connection:
        for own in (ids[0], ids[AT_ONCE], ids[-1]):
            record_objection(connection, own, "key", MONDAY)
        assert has_objection(connection, ids) == {ids[0], ids[AT_ONCE], ids[-1]}


def test_taken_back_it_holds_no_more_and_may_come_again(store: Engine) -> None:
    with store.begin() as connection:
        record_objection(connection, "C1", "key", MONDAY)
        withdraw_objection(connection, "C1", TUESDAY)
        assert has_objection(connection, ["C1"]) == frozenset()
        assert record_objection(connection, "C1", "key", TUESDAY) == TUESDAY
        withdraw_objection(connection, "C1", TUESDAY)
        with pytest.raises(RequestRefused, match="no objection that holds"):
            withdraw_objection(connection, "C1", TUESDAY)
        kept = connection.execute(select(objections.c.withdrawn_at)).scalars().all()
    assert kept == [TUESDAY, TUESDAY]


def test_a_request_about_who_objects_is_refused_and_names_them(store: Engine) -> None:
    with store.begin() as connection:
        record_objection(connection, "C2", "key", MONDAY)
    check_objections(store, ["C1", "C3"])
    with pytest.raises(RequestRefused) as refusal:
        check_objections(store, ["C3", "C2"])
    assert refusal.value.code == "objection"
    assert refusal.value.details == {"customer_ids": ["C2"]}


def test_without_a_database_nothing_is_answered(tmp_path: Path) -> None:
    engine = open_engine(tmp_path, reading=True)
    with pytest.raises(RequestRefused) as refusal:
        check_objections(engine, ["C1"])
    assert refusal.value.code == "not_ready"
    engine.dispose()


def test_all_who_object_are_known_to_lists(
    store: Engine, tmp_path: Path, database_url: str
) -> None:
    if database_url:
        set_home(tmp_path, "serving", f'database_url = "{database_url}"\n')
    with store.begin() as connection:
        for own in ("C1", "C2"):
            record_objection(connection, own, "key", MONDAY)
        withdraw_objection(connection, "C1", TUESDAY)
    assert objecting(tmp_path) == {"C2"}


def test_a_home_without_a_database_gets_none_made(tmp_path: Path) -> None:
    assert objecting(tmp_path) == frozenset()
    assert list(tmp_path.iterdir()) == []
