from datetime import datetime

import pytest
from sqlalchemy import Engine, select

from features.errors import RequestRefused
from serving.access.people.accounts import (
    disable_user,
    enable_user,
    known_users,
    new_user,
    set_password,
)
from serving.access.people.sessions import new_session
from serving.access.principal import Scope
from serving.database.tables import sessions

MONDAY, TUESDAY = datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 9)


def test_an_account_is_kept_as_it_was_made(store: Engine) -> None:
    with store.begin() as connection:
        new_user(connection, "li.na", "store", MONDAY, Scope(city="Wuxi"), "hash")
        new_user(connection, "an", "auditor", MONDAY, oidc_subject="42")
    first, second = known_users(store)
    assert (first.id, first.role, first.oidc_subject, first.has_password) == (
        "an", "auditor", "42", False,
    )  # fmt: skip
    assert (second.id, second.scope, second.has_password) == ("li.na", Scope(city="Wuxi"), True)


def test_an_id_and_a_subject_are_taken_once(store: Engine) -> None:
    with store.begin() as connection:
        new_user(connection, "li.na", "hotline", MONDAY, oidc_subject="42")
    for user_id, subject in (("li.na", "43"), ("li.mei", "42")):
        with pytest.raises(RequestRefused) as refusal, store.begin() as connection:
            new_user(connection, user_id, "hotline", MONDAY, oidc_subject=subject)
        assert refusal.value.code == "user_exists"
    assert [one.id for one in known_users(store)] == ["li.na"]


@pytest.mark.parametrize("user_id", ["", "x" * 65, "a\nb"])
def test_an_id_that_cannot_be_one_is_refused(store: Engine, user_id: str) -> None:
    with pytest.raises(RequestRefused, match="printable"), store.begin() as connection:
        new_user(connection, user_id, "hotline", MONDAY)


@pytest.mark.parametrize("change", ["disabled", "password"])
def test_a_change_ends_their_sessions_and_no_others(store: Engine, change: str) -> None:
    with store.begin() as connection:
        for user_id in ("li.na", "an"):
            new_user(connection, user_id, "hotline", MONDAY, password_argon2="hash")
            new_session(connection, user_id, MONDAY, 10)
    with store.begin() as connection:
        if change == "disabled":
            disable_user(connection, "li.na", TUESDAY)
        else:
            set_password(connection, "li.na", "other", TUESDAY)
    with store.connect() as connection:
        rows = connection.execute(select(sessions.c.user_id, sessions.c.ended_at)).all()
    assert sorted(rows) == [("an", None), ("li.na", TUESDAY)]


def test_enabling_forgets_the_wrong_tries(store: Engine) -> None:
    with store.begin() as connection:
        new_user(connection, "li.na", "hotline", MONDAY)
        disable_user(connection, "li.na", TUESDAY)
    assert known_users(store)[0].disabled_at == TUESDAY
    with store.begin() as connection:
        enable_user(connection, "li.na")
    assert known_users(store)[0].disabled_at is None


def test_an_unknown_user_is_not_changed(store: Engine) -> None:
    with (
        pytest.raises(RequestRefused, match="no user has the id 'stranger'"),
        store.begin() as connection,
    ):
        enable_user(connection, "stranger")
