"""People of several roles at the real service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.principal import EVERYWHERE, Scope
from serving.database import open_engine
from tests.serving.conftest import MONDAY
from tests.serving.pages.browser import PASSWORD, Browser

if TYPE_CHECKING:
    from tests.serving.conftest import Server

SCOPES = {"store": Scope(store_id="S1"), "manager": Scope(city="Suzhou")}
ROLES = ("store", "hotline", "manager", "marketing", "scientist", "auditor")

Open = Callable[..., Browser]


@pytest.fixture(scope="session")
def staff(server: Server) -> Server:
    """The server, with one person of each role, who is called as the role."""
    hash_, engine = hashed(PASSWORD), open_engine(server.home)
    with engine.begin() as connection:
        for role in ROLES:
            scope = SCOPES.get(role, EVERYWHERE)
            new_user(connection, role, role, MONDAY, scope, hash_)
    engine.dispose()
    return server


@pytest.fixture
def opened(staff: Server) -> Iterator[Open]:
    """Opens a browser, signed in as a role where one is named."""
    browsers: list[Browser] = []

    def open_as(role: str = "", language: str = "en-GB,en;q=0.9") -> Browser:
        browser = Browser(staff.url, language)
        browsers.append(browser)
        if role:
            assert browser.sign_in(role).status_code == 303
        return browser

    yield open_as
    for browser in browsers:
        browser.http.close()
