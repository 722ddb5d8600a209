"""Sign-in by a real OpenID provider in a process of its own, at the gateway, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from sqlalchemy import Engine

from serving.access.access_settings import OidcSettings
from serving.access.people.accounts import disable_user, known_users, new_user
from serving.access.people.oidc import Provider
from serving.access.principal import Scope
from serving.http.endpoints.oidc import OidcDesk
from tests.serving.conftest import MONDAY, free_port
from tests.serving.http.endpoints.desk import Desk
from tests.serving.openid import provider

LI_NA = '{"sub": "42", "preferred_username": "li.na", "groups": ["crm-store"], "town": "Wuxi"}'
MEI = '{"sub": "43", "preferred_username": "mei", "groups": ["others", "crm-hotline"]}'
NO_ROLE = '{"sub": "44", "preferred_username": "guest", "groups": ["others"]}'
NO_CITY = '{"sub": "45", "preferred_username": "an", "groups": "crm-store"}'


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider(LI_NA, MEI, NO_ROLE, NO_CITY) as address:
        yield address


@pytest.fixture
def settings(issuer: str, tmp_path: Path) -> OidcSettings:
    (tmp_path / "client").write_text("the client's secret\n")
    return OidcSettings(
        issuer, "liuke", str(tmp_path / "client"), "http://localhost/oidc/callback",
        "groups", "town", "", "", {"crm-store": "store", "crm-hotline": "hotline"},
    )  # fmt: skip


@pytest.fixture
def desk(
    store: Engine, database_url: str, tmp_path: Path, settings: OidcSettings
) -> Iterator[Desk]:
    desk = Desk(tmp_path, store, database_url, lambda own: replace(own, oidc=settings))
    yield desk
    desk.context.close()


def at_provider(url: str, subject: str) -> str:
    """Where the provider sends a browser whose user signs in as this person."""
    answer = httpx.post(url, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix("http://localhost")


def signed_in(desk: Desk, subject: str) -> httpx.Response:
    start = desk.send("GET", "/oidc/start")
    assert start.status_code == 302
    return desk.send("GET", at_provider(start.headers["location"], subject))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_person_signs_in_by_the_provider(desk: Desk) -> None:
    answer = signed_in(desk, "42")
    assert answer.status_code == 200
    assert 'content="0;url=/"' in answer.text
    found = desk.send("GET", "/session").json()
    assert (found["user"], found["role"], found["city"]) == ("li.na", "store", "Wuxi")
    assert [one.id for one in known_users(desk.store)] == ["li.na"]
    signed_in(desk, "42")
    assert [one.oidc_subject for one in known_users(desk.store)] == ["42"], "the same account"
    signed_in(desk, "43")
    assert desk.send("GET", "/session").json()["role"] == "hotline"


@pytest.mark.parametrize(
    ("place", "onward"),
    [
        ("/desk/C1?intent=cancel&purpose=complaint_open",
         "/desk/C1?intent=cancel&amp;purpose=complaint_open"),
        ("//elsewhere.example/", "/"), ("/%22%3E", "/%22%3E"), ('/"><script>', None),
    ],
)  # fmt: skip
def test_they_go_on_to_the_page_of_ours_that_they_came_from(
    desk: Desk, place: str, onward: str | None
) -> None:
    start = desk.send("GET", f"/oidc/start?next={quote(place, safe='')}")
    answer = desk.send("GET", at_provider(start.headers["location"], "42"))
    assert answer.status_code == 200
    if onward is None:
        assert "<script" not in answer.text
    else:
        assert f'content="0;url={onward}"' in answer.text
        assert f'<a href="{onward}">' in answer.text


def test_the_request_has_state_nonce_and_pkce(desk: Desk) -> None:
    start = desk.send("GET", "/oidc/start")
    query = parse_qs(urlsplit(start.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    derived = {query[name][0] for name in ("state", "nonce", "code_challenge")}
    assert {len(own) for own in derived} == {43}
    assert len(derived) == 3
    cookie = start.headers["set-cookie"]
    assert "HttpOnly; SameSite=Lax" in cookie
    assert not any(own in cookie for own in derived)


@pytest.mark.parametrize(
    "altered",
    [
        lambda path: path.replace("state=", "state=x"),
        lambda path: path.replace("code=", "code=x"),
        lambda _: "/oidc/callback?error=access_denied",
        lambda _: "/oidc/callback",
    ],
)
def test_an_answer_that_was_altered_opens_nothing(
    desk: Desk, altered: Callable[[str], str]
) -> None:
    start = desk.send("GET", "/oidc/start")
    back = altered(at_provider(start.headers["location"], "42"))
    assert code(desk.send("GET", back)) == (401, "unauthorized")
    assert known_users(desk.store) == []


def test_an_answer_counts_in_the_browser_that_began_and_once(desk: Desk) -> None:
    start = desk.send("GET", "/oidc/start")
    back = at_provider(start.headers["location"], "42")
    own, desk.cookies = desk.cookies, httpx.Cookies()
    assert code(desk.send("GET", back)) == (401, "unauthorized")
    desk.cookies = own
    assert desk.send("GET", back).status_code == 200
    assert code(desk.send("GET", back)) == (401, "unauthorized")


def test_a_token_for_another_nonce_or_client_does_not_verify(
    desk: Desk, settings: OidcSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify: Any = Provider._verified

    def with_another_nonce(self: Provider, *given: Any) -> Any:
        return verify(self, *given[:-1], "another nonce")

    monkeypatch.setattr(Provider, "_verified", with_another_nonce)
    assert code(signed_in(desk, "42")) == (401, "unauthorized")

    def as_another_client(self: Provider, *given: Any) -> Any:
        self._settings = replace(settings, client_id="another")
        return verify(self, *given)

    monkeypatch.setattr(Provider, "_verified", as_another_client)
    assert code(signed_in(desk, "42")) == (401, "unauthorized")


def test_without_a_role_a_limit_or_a_name_of_their_own_they_are_refused(desk: Desk) -> None:
    with desk.store.begin() as connection:
        new_user(connection, "mei", "admin", MONDAY)
    for subject in ("44", "45", "43"):
        assert code(signed_in(desk, subject)) == (403, "forbidden")
    assert [one.id for one in known_users(desk.store)] == ["mei"]


def test_a_disabled_account_stays_shut(desk: Desk) -> None:
    signed_in(desk, "42")
    with desk.store.begin() as connection:
        disable_user(connection, "li.na", MONDAY)
    assert code(signed_in(desk, "42")) == (401, "unauthorized")


def test_the_claims_of_today_count(desk: Desk) -> None:
    with desk.store.begin() as connection:
        new_user(connection, "li", "auditor", MONDAY, Scope(), None, "42")
    signed_in(desk, "42")
    found = desk.send("GET", "/session").json()
    assert (found["user"], found["role"], found["city"]) == ("li", "store", "Wuxi")


def test_a_provider_that_does_not_answer_is_named(desk: Desk, settings: OidcSettings) -> None:
    silent = replace(settings, issuer=f"http://127.0.0.1:{free_port()}")
    other = Desk(desk.context.home, desk.store, desk.context.settings.database_url,
                 lambda own: replace(own, oidc=silent))  # fmt: skip
    assert code(other.send("GET", "/oidc/start")) == (502, "provider")
    other.context.close()


def test_it_is_off_as_shipped(store: Engine, database_url: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, store, database_url)
    assert not OidcDesk(desk.context)._settings.is_on
    for path in ("/oidc/start", "/oidc/callback?code=x&state=y"):
        assert code(desk.send("GET", path)) == (404, "not_found")
    desk.context.close()
