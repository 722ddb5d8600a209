"""Signing in at the real gateway: sessions, their ends, and requests that another site made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, select, update

from serving.access.keys import new_key
from serving.access.people.accounts import disable_user, new_user, set_password
from serving.access.people.passwords import hashed
from serving.access.principal import Scope
from serving.database.tables import sessions, users
from tests.serving.http.endpoints.desk import HERE, MONDAY, PASSWORD, WRONG, Desk


@pytest.fixture
def desk(store: Engine, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with store.begin() as connection:
        new_user(connection, "li.na", "marketing", MONDAY, Scope(city="Suzhou"), HASH())
    desk = Desk(tmp_path, store, database_url)
    yield desk
    desk.context.close()


_hash: list[str] = []


def HASH() -> str:  # noqa: N802 - made once: it is slow on purpose
    _hash[:] = _hash or [hashed(PASSWORD)]
    return _hash[0]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_person_signs_in_works_and_signs_out(desk: Desk) -> None:
    answer = desk.sign_in()
    assert answer.status_code == 200
    assert (answer.json()["user"], answer.json()["role"]) == ("li.na", "marketing")
    assert answer.json()["city"] == "Suzhou"
    assert desk.send("GET", "/views").json() == {"signed_out": True}
    header = {"x-csrf-token": answer.json()["csrf_token"], **HERE}
    assert desk.send("DELETE", "/session", headers=header).status_code == 200
    assert code(desk.send("GET", "/views")) == (401, "unauthorized")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk) -> None:
    cookie = desk.sign_in().headers["set-cookie"]
    assert cookie.startswith("liuke_session=")
    assert "; HttpOnly; SameSite=Strict" in cookie
    assert "Secure" not in cookie
    away = desk.send(
        "POST", "/session", host="crm.example.org",
        json={"user": "li.na", "password": PASSWORD}, headers={"origin": "https://crm.example.org"},
    ).headers["set-cookie"]  # fmt: skip
    assert away.startswith("__Host-liuke_session=")
    assert away.endswith("; Path=/; Max-Age=36000; HttpOnly; SameSite=Strict; Secure")


def test_the_database_holds_neither_password_nor_token(desk: Desk) -> None:
    desk.sign_in()
    token = desk.cookies["liuke_session"]
    with desk.store.connect() as connection:
        rows = repr([*connection.execute(select(users)), *connection.execute(select(sessions))])
    assert "argon2id" in rows
    assert token not in rows
    assert PASSWORD not in rows


@pytest.mark.parametrize("change", ["ended", "idle", "old", "disabled", "password"])
def test_a_session_ends(desk: Desk, change: str) -> None:
    desk.sign_in()
    if change == "ended":
        with desk.store.begin() as connection:
            connection.execute(update(sessions).values(ended_at=MONDAY))
    elif change == "idle":
        desk.now += timedelta(minutes=30)
    elif change == "old":
        for _ in range(25):
            desk.now += timedelta(minutes=25)
            desk.send("GET", "/views")
    elif change == "disabled":
        with desk.store.begin() as connection:
            disable_user(connection, "li.na", MONDAY)
    else:
        with desk.store.begin() as connection:
            set_password(connection, "li.na", HASH(), MONDAY)
    assert code(desk.send("GET", "/views")) == (401, "unauthorized")


def test_a_session_that_is_used_goes_on(desk: Desk) -> None:
    desk.sign_in()
    for _ in range(5):
        desk.now += timedelta(minutes=25)
        assert desk.send("GET", "/views").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        HERE,
        {"x-csrf-token": "0" * 64, **HERE},
        {"x-csrf-token": "TOKEN"},
        {"x-csrf-token": "TOKEN", "origin": "http://evil.example"},
        {"x-csrf-token": "TOKEN", "origin": "null"},
        {"x-csrf-token": "TOKEN", "sec-fetch-site": "cross-site"},
        {"x-csrf-token": "TOKEN", "sec-fetch-site": "same-site", **HERE},
    ],
)
def test_what_another_site_made_a_browser_send_changes_nothing(
    desk: Desk, headers: dict[str, str]
) -> None:
    desk.sign_in()
    token = desk.token()
    sent = {name: token if value == "TOKEN" else value for name, value in headers.items()}
    assert code(desk.send("DELETE", "/views", headers=sent)) == (403, "csrf")
    good = {"x-csrf-token": token, "sec-fetch-site": "same-origin", **HERE}
    assert desk.send("DELETE", "/views", headers=good).status_code == 200


def test_the_token_of_another_session_does_not_count(desk: Desk) -> None:
    desk.sign_in()
    first = desk.token()
    desk.sign_in()
    header = {"x-csrf-token": first, **HERE}
    assert code(desk.send("DELETE", "/views", headers=header)) == (403, "csrf")


def test_another_site_cannot_sign_its_visitors_in(desk: Desk) -> None:
    form = {"user": "li.na", "password": PASSWORD}
    answer = desk.send("POST", "/session", json=form, headers={"origin": "http://evil.example"})
    assert code(answer) == (403, "csrf")


def test_a_key_needs_no_token_and_counts_before_a_session(desk: Desk) -> None:
    key = new_key(desk.store, "marketing", MONDAY)
    desk.sign_in()
    header = {"authorization": f"Bearer {key.secret}"}
    assert desk.send("DELETE", "/views", headers=header).json() == {"signed_out": False}
    wrong = {"authorization": "Bearer wrong"}
    assert code(desk.send("GET", "/views", headers=wrong)) == (401, "unauthorized")


def test_a_key_does_not_open_a_session(desk: Desk) -> None:
    key = new_key(desk.store, "marketing", MONDAY)
    answer = desk.send("GET", "/session", headers={"authorization": f"Bearer {key.secret}"})
    assert code(answer) == (401, "unauthorized")


def test_a_person_of_one_purpose_need_not_name_it_and_others_must(desk: Desk) -> None:
    desk.sign_in()
    assert code(desk.send("GET", "/decide")) == (403, "forbidden")
    with desk.store.begin() as connection:
        connection.execute(update(users).values(role="store"))
    assert code(desk.send("GET", "/decide")) == (422, "purpose")
    header = {"liuke-purpose": "customer_present"}
    assert desk.send("GET", "/decide", headers=header).status_code == 200


def locked(desk: Desk, user: str) -> list[str]:
    """Six wrong passwords, one too many; what each was answered."""
    answers = [desk.sign_in(WRONG, user) for _ in range(6)]
    assert {code(answer) for answer in answers} == {(401, "unauthorized")}
    return [answer.json()["error"]["message"] for answer in answers]


def test_after_some_wrong_passwords_the_right_one_must_wait_too(desk: Desk) -> None:
    locked(desk, "li.na")
    assert code(desk.sign_in()) == (401, "unauthorized")
    desk.now += timedelta(seconds=4)
    assert desk.sign_in().status_code == 200
    with desk.store.connect() as connection:
        assert connection.execute(select(users.c.failures)).scalar_one() == 0


@pytest.mark.slow
def test_a_try_while_waiting_does_not_prolong_it(desk: Desk) -> None:
    locked(desk, "li.na")
    for _ in range(5):
        desk.sign_in(WRONG)
    desk.now += timedelta(seconds=4)
    assert desk.sign_in().status_code == 200


def test_no_answer_says_whether_a_user_exists(desk: Desk) -> None:
    assert set(locked(desk, "li.na")) == set(locked(desk, "no.one"))


def test_a_disabled_person_and_one_without_a_password_do_not_sign_in(desk: Desk) -> None:
    with desk.store.begin() as connection:
        new_user(connection, "by.oidc", "hotline", MONDAY, oidc_subject="42")
        disable_user(connection, "li.na", MONDAY)
    for user in ("li.na", "by.oidc"):
        assert code(desk.sign_in(user=user)) == (401, "unauthorized")


def test_an_address_that_tries_many_users_must_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.access.people.sessions.matches", lambda _stored, _sent: False)
    answers = [desk.sign_in(WRONG, f"user{number}") for number in range(51)]
    assert [answer.status_code for answer in answers] == [401] * 50 + [429]
    assert answers[-1].headers["retry-after"] == "2"
    desk.now += timedelta(seconds=3)
    assert desk.sign_in(WRONG).status_code == 401


@pytest.mark.parametrize("form", [{}, {"user": "li.na"}, {"user": "", "password": "x"}])
def test_a_form_that_is_not_one_is_refused(desk: Desk, form: dict[str, str]) -> None:
    answer = desk.send("POST", "/session", json=form, headers=HERE)
    assert code(answer) == (422, "invalid_request")
    assert "password" not in answer.text.replace("password: ", "") or "x" not in form.values()


def test_a_row_of_a_role_that_is_gone_opens_nothing(desk: Desk) -> None:
    desk.sign_in()
    with desk.store.begin() as connection:
        connection.execute(update(users).values(role="cashier"))
    assert code(desk.send("GET", "/views")) == (403, "forbidden")


def test_tries_that_come_at_once_are_counted_one_by_one(desk: Desk) -> None:
    async def all_at_once() -> list[int]:
        transport = httpx.ASGITransport(desk.gateway, client=("10.0.0.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            form = {"user": "li.na", "password": WRONG}
            tries = [client.post("/session", json=form, headers=HERE) for _ in range(8)]
            return [answer.status_code for answer in await asyncio.gather(*tries)]

    assert asyncio.run(all_at_once()) == [401] * 8
    with desk.store.connect() as connection:
        assert connection.execute(select(users.c.failures)).scalar_one() == 5
    assert code(desk.sign_in()) == (401, "unauthorized")
