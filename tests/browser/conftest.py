"""A real browser at the real service on a small real home.

Chromium is the system's: `apt-get install chromium`, or LIUKE_CHROMIUM names another one. Without
one these tests skip.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.permissions import ROLES
from serving.access.principal import Scope
from serving.database import open_engine
from serving.scores import last_scores
from tests.browser.person import PASSWORD, Person
from tests.serving.conftest import MONDAY, Server, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import SmallHome

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "no Chromium: apt-get install chromium, or name one with LIUKE_CHROMIUM"

Open = Callable[..., Person]


def chromium() -> str | None:
    """Where the browser is, null without one."""
    return os.environ.get("LIUKE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")  # its event loop runs as long as it is open, beside no other
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a screen."""
    found = chromium()
    if found is None:
        pytest.skip(HOW)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, as in a container, its sandbox cannot be had.
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def site(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service on a copy of the small home, with a person of each role, called as the role."""
    home = small_home.copied_to(tmp_path_factory.mktemp("site") / "home")
    server = start(home, tmp_path_factory.mktemp("elsewhere"))
    base, hash_, engine = last_scores(home), hashed(PASSWORD), open_engine(home)
    limits = {
        "store": Scope(store_id=str(base["store_id"].mode()[0])),
        "manager": Scope(city=str(base["city"].mode()[0])),
    }
    with engine.begin() as connection:
        for role in ROLES:
            new_user(connection, role, role, MONDAY, limits.get(role, Scope()), hash_)
    engine.dispose()
    yield server
    server.process.terminate()
    server.process.wait(timeout=120)


@pytest.fixture
def person(browser: Browser, site: Server) -> Iterator[Open]:
    """Opens a browser for someone; at its end nothing may have gone wrong in it."""
    people: list[Person] = []

    def opened(role: str = "", language: str = "en", width: int = 1280) -> Person:
        own = Person(browser, site.url, language, width)
        people.append(own)
        if role:
            own.sign_in(role)
        return own

    yield opened
    for own in people:
        own.close()
    assert [message for own in people for message in own.messages] == []
