from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from features.errors import RequestRefused
from serving.access.people.accounts import new_user
from serving.access.people.sessions import (
    csrf_token,
    digest_of,
    end_session,
    look_up,
    new_session,
    touch,
    verified,
)
from serving.access.principal import Scope
from serving.database import open_engine
from serving.database.tables import sessions, users
from serving.service_settings import serving_settings

MONDAY = datetime(2026, 3, 2, 9)


@pytest.fixture
def token(store: Engine) -> str:
    with store.begin() as connection:
        new_user(connection, "li.na", "store", MONDAY, Scope(city="Wuxi"), "no hash")
        return new_session(connection, "li.na", MONDAY, 10).token


def refused(store: Engine, token: str, at: datetime) -> bool:
    try:
        look_up(store, token, at, 30)
    except RequestRefused as refusal:
        return refusal.code == "unauthorized"
    return False


def test_a_session_says_who_and_within_which_limits(store: Engine, token: str) -> None:
    seen = look_up(store, token, MONDAY, 30)
    assert (seen.principal.id, seen.principal.role) == ("li.na", "store")
    assert (seen.principal.scope, seen.principal.purpose) == (Scope(city="Wuxi"), None)
    assert seen.principal.session == digest_of(token) != token


def test_a_session_is_looked_up_in_one_statement_as_a_key_is(store: Engine, token: str) -> None:
    statements: list[str] = []
    event.listen(store, "before_cursor_execute", lambda *given: statements.append(given[2]))
    look_up(store, token, MONDAY, 30)
    assert len([one for one in statements if one.startswith("SELECT")]) == 1


def test_a_session_is_looked_up_while_another_program_writes(
    store: Engine, token: str, tmp_path: Path, database_url: str
) -> None:
    reader = open_engine(tmp_path, database_url, reading=True)
    with store.begin():
        assert look_up(reader, token, MONDAY, 30).principal.id == "li.na"
    reader.dispose()


def test_its_use_is_due_once_a_minute_and_keeps_it_alive(
    store: Engine, token: str, tmp_path: Path, database_url: str
) -> None:
    later = MONDAY + timedelta(minutes=29)
    assert not look_up(store, token, MONDAY + timedelta(seconds=59), 30).is_due
    assert look_up(store, token, later, 30).is_due
    reader = open_engine(tmp_path, database_url, reading=True)
    touch(reader, digest_of(token), later)
    reader.dispose()
    assert not look_up(store, token, later, 30).is_due
    assert look_up(store, token, later + timedelta(minutes=29), 30).principal.id == "li.na"


def test_it_ends_unused_and_at_its_latest_end(store: Engine, token: str) -> None:
    assert not refused(store, token, MONDAY + timedelta(minutes=29, seconds=59))
    assert refused(store, token, MONDAY + timedelta(minutes=30))
    touch(store, digest_of(token), MONDAY + timedelta(hours=10))
    assert refused(store, token, MONDAY + timedelta(hours=10))


def test_an_ended_and_an_unknown_one_open_nothing(store: Engine, token: str) -> None:
    with store.begin() as connection:
        end_session(connection, digest_of(token), MONDAY)
    for wrong in (token, digest_of(token), "", "' OR 1=1 --", "\udcff"):
        assert refused(store, wrong, MONDAY)


def test_the_token_of_a_page_is_of_one_session_and_does_not_show_it(token: str) -> None:
    found = csrf_token(token)
    assert (len(found), found == csrf_token(token)) == (64, True)
    assert found not in (digest_of(token), csrf_token(token + "x"))


def test_a_broken_database_refuses_all(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    with pytest.raises(RequestRefused) as refusal:
        look_up(engine, "token", MONDAY, 30)
    engine.dispose()
    assert refusal.value.code == "not_ready"


@pytest.mark.usefixtures("token")
def test_wrong_tries_are_counted_and_the_next_waits(store: Engine, tmp_path: Path) -> None:
    settings = serving_settings(tmp_path).access
    for _ in range(7):
        with pytest.raises(RequestRefused, match="or it was wrong too often"):
            verified(store, "li.na", "wrong horse battery", MONDAY, settings)
    with store.connect() as connection:
        row = connection.execute(select(users.c.failures, users.c.next_try_at)).one()
    assert row == (5, MONDAY + timedelta(seconds=2)), "those that came while waiting do not count"


def test_only_a_digest_is_kept(store: Engine, token: str) -> None:
    with store.connect() as connection:
        assert connection.execute(select(sessions.c.token_sha256)).scalar_one() == digest_of(token)
