"""People of several roles at the real service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.principal import EVERYWHERE, Scope
from serving.database import open_engine
from serving.scores import last_scores
from tests.serving.conftest import CUSTOMERS, MONDAY, start
from tests.serving.pages.browser import PASSWORD, Browser
from tests.serving.pages.listed import keep_list, keep_manager

if TYPE_CHECKING:
    from tests.conftest import SmallHome
    from tests.serving.conftest import Server

SCOPES = {"store": Scope(store_id="S1"), "manager": Scope(city="Suzhou")}
ROLES = ("store", "hotline", "manager", "marketing", "approver", "scientist", "auditor")

Open = Callable[..., Browser]


@pytest.fixture(scope="session")
def staff(server: Server) -> Server:
    """The server, with one person of each role, who is called as the role."""
    employ(server, SCOPES)
    return server


@pytest.fixture(scope="session")
def whole(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server on a home after the whole job, with a lake and a night; its people too."""
    home = small_home.copied_to(tmp_path_factory.mktemp("whole") / "home")
    server = start(home, tmp_path_factory.mktemp("elsewhere"))
    base = last_scores(home)
    employ(server, {"manager": Scope(city=str(base["city"].mode()[0])), "store": Scope(city="?")})
    yield server
    server.process.terminate()
    server.process.wait(timeout=120)


def employ(server: Server, scopes: dict[str, Scope]) -> None:
    hash_, engine = hashed(PASSWORD), open_engine(server.home)
    with engine.begin() as connection:
        for role in ROLES:
            scope = scopes.get(role, EVERYWHERE)
            new_user(connection, role, role, MONDAY, scope, hash_)
    keep_list(engine, server.home, list(CUSTOMERS), MONDAY)
    keep_manager(engine, "M1", "Suzhou", MONDAY)
    engine.dispose()


@pytest.fixture
def opened(staff: Server) -> Iterator[Open]:
    """Opens a browser, signed in as a role where one is named."""
    yield from opening(staff)


@pytest.fixture
def opened_whole(whole: Server) -> Iterator[Open]:
    """As `opened`, at the server on the whole home."""
    yield from opening(whole)


def opening(server: Server) -> Iterator[Open]:
    browsers: list[Browser] = []

    def open_as(role: str = "", language: str = "en-GB,en;q=0.9") -> Browser:
        browser = Browser(server.url, language)
        browsers.append(browser)
        if role:
            assert browser.sign_in(role).status_code == 303
        return browser

    yield open_as
    for browser in browsers:
        browser.http.close()
