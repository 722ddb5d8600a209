"""`liuke key` and `liuke user`: what they make, refuse and show, in both languages."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from features.errors import RequestRefused
from features.home import Home
from serving.access.access_settings import AccessSettings
from serving.access.keys import verify
from serving.access.people.sessions import verified
from serving.access.principal import Scope
from serving.command.tree import app
from serving.database import open_engine
from serving.service_settings import serving_settings

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
LATER = datetime(2090, 1, 1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which a table was trained: enough for keys and people."""
    Home(tmp_path).tables.mkdir(parents=True)
    return tmp_path


def liuke(home: Path, *options: object, sent: str = "") -> Result:
    found = [*map(str, options), "--home", str(home)]
    return CliRunner().invoke(app, found, input=sent)


def made(home: Path, *options: object, sent: str = "") -> dict[str, Any]:
    result = liuke(home, *options, "--json", sent=sent)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refusal(home: Path, *options: object, sent: str = "") -> str:
    result = liuke(home, *options, sent=sent)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def test_a_key_has_the_terms_that_were_given(home: Path) -> None:
    key = made(
        home, "key", "new", "--role", "store", "--city", "Suzhou", "--store", "S1",
        "--expires", "2090-01-01", "--purpose", "complaint_open", "--per-minute", "90",
    )  # fmt: skip
    engine = open_engine(home)
    found = verify(engine, key["key"], datetime(2089, 12, 31))
    assert (found.scope, found.purpose, found.per_minute) == (
        Scope("Suzhou", "S1"), "complaint_open", 90,
    )  # fmt: skip
    with pytest.raises(RequestRefused):
        verify(engine, key["key"], LATER)
    engine.dispose()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--role", "hotline", "--purpose", "audit"), "the role hotline has no purpose 'audit'"),
        (("--role", "hotline", "--expires", "2020-01-01"), "is 2020-01-01; expected a later day"),
        (("--role", "boss"), "role 'boss' does not exist"),
    ],
)
def test_a_key_on_other_terms_is_refused_and_not_made(
    home: Path, options: tuple[str, ...], message: str
) -> None:
    assert message in refusal(home, "key", "new", *options)
    assert made(home, "key", "list") == {"keys": []}


def test_a_key_that_reaches_all_customers_says_so(home: Path) -> None:
    assert "reaches all customers; --city" in liuke(home, "key", "new", "--role", "store").stderr
    limited = liuke(home, "key", "new", "--role", "store", "--city", "Suzhou").stderr
    assert "reaches all" not in limited


def test_a_person_of_a_limited_role_needs_a_limit(home: Path) -> None:
    for role, options in (("store", "--city or --store"), ("manager", "--manager or --city")):
        assert options in refusal(home, "user", "new", "wang", "--role", role)


def test_the_list_of_keys_shows_limits_and_states_and_no_secret(home: Path) -> None:
    first = made(home, "key", "new", "--role", "hotline", "--expires", "2090-01-01")
    second = made(home, "key", "new", "--role", "store", "--city", "Suzhou")
    liuke(home, "key", "revoke", second["id"])
    shown = liuke(home, "key", "list").stdout
    lines = {line.split()[0]: line for line in shown.splitlines()}
    assert lines[first["id"]].endswith("all customers; until 2090-01-01")
    assert "city Suzhou; revoked " in lines[second["id"]]
    assert first["key"] not in shown
    assert "城市Suzhou; 已于" in liuke(home, "key", "list", "--language", "zh").stdout
    found = made(home, "key", "list")["keys"]
    assert [one["city"] for one in found] == [None, "Suzhou"]
    assert found[0]["expires_at"] == "2090-01-01T00:00:00"


def sign_in(home: Path, user: str, password: str) -> None:
    settings: AccessSettings = serving_settings(home).access
    engine = open_engine(home)
    try:
        verified(engine, user, password, LATER, settings)
    finally:
        engine.dispose()


def test_a_person_gets_an_account_and_loses_it(home: Path) -> None:
    liuke(home, "user", "new", "li.na", "--role", "store", "--city", "Wuxi", sent=PASSWORD + "\n")
    sign_in(home, "li.na", PASSWORD)
    assert made(home, "user", "disable", "li.na") == {"id": "li.na", "user_disabled": True}
    with pytest.raises(RequestRefused):
        sign_in(home, "li.na", PASSWORD)
    assert "disabled" in liuke(home, "user", "list").stdout
    made(home, "user", "enable", "li.na")
    made(home, "user", "password", "li.na", sent="another long password\n")
    sign_in(home, "li.na", "another long password")
    with pytest.raises(RequestRefused):
        sign_in(home, "li.na", PASSWORD)
    shown = liuke(home, "user", "list").stdout
    assert shown.split() == ["li.na", "store", "city", "Wuxi;", "may", "sign", "in"]
    (account,) = made(home, "user", "list")["users"]
    assert account["has_password"] is True
    assert "argon2" not in json.dumps(account)


@pytest.mark.parametrize(
    ("options", "sent", "message"),
    [
        (("new", "a", "--role", "hotline"), "short\n", "has 5 characters; expected 12 to 128"),
        (("new", "a", "--role", "hotline"), "", "no password came"),
        (("new", "a", "--role", "store"), PASSWORD, "name them with --city or --store"),
        (("new", "a\tb", "--role", "hotline"), PASSWORD, "1 to 64 printable characters"),
        (("disable", "a"), "", "no user has the id 'a'"),
        (("enable", "a"), "", "no user has the id 'a'"),
        (("password", "a"), PASSWORD, "no user has the id 'a'"),
    ],
)
def test_what_cannot_be_done_is_refused(
    home: Path, options: tuple[str, ...], sent: str, message: str
) -> None:
    assert message in refusal(home, "user", *options, sent=sent)
    assert made(home, "user", "list") == {"users": []}


def test_a_user_is_made_once(home: Path) -> None:
    first = ("user", "new", "li.na", "--role", "hotline", "--oidc-subject", "42")
    assert liuke(home, *first).exit_code == 0
    assert "a user 'li.na' is there already" in refusal(home, *first)
    assert liuke(home, "user", "list", "--language", "zh").stdout.split()[-1] == "可登录"
