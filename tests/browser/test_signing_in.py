"""People of an OpenID provider in a real browser: a session that ends in a form loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from serving.database import open_engine
from serving.database.tables import contacts, sessions
from serving.scores import last_scores
from tests.browser.person import Person
from tests.conftest import set_home
from tests.serving import conftest
from tests.serving.conftest import Server, free_port, start
from tests.serving.openid import provider

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.conftest import SmallHome

pytestmark = pytest.mark.slow
MEI = '{"sub": "43", "preferred_username": "mei", "groups": ["crm-hotline"]}'
AN = '{"sub": "44", "preferred_username": "an", "groups": ["crm-hotline"]}'
SETTINGS = """
[oidc]
issuer = "{issuer}"
client_id = "liuke"
credential_file = "{home}/client"
redirect_uri = "http://127.0.0.1:{port}/oidc/callback"
role_claim = "groups"

[oidc.roles]
crm-hotline = "hotline"
"""


@pytest.fixture(scope="module")
def company(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The service of a company whose people sign in at a provider of its own."""
    home, port = small_home.copied_to(tmp_path_factory.mktemp("company") / "home"), free_port()
    (home / "client").write_text("the client's secret")
    with provider(MEI, AN) as issuer, pytest.MonkeyPatch.context() as patched:
        set_home(home, "serving", SETTINGS.format(issuer=issuer, home=home, port=port))
        patched.setattr(conftest, "free_port", lambda: port)
        server = start(home, tmp_path_factory.mktemp("elsewhere"))
        yield server
        server.process.terminate()
        server.process.wait(timeout=120)


@pytest.fixture
def mei(browser: Browser, company: Server) -> Iterator[Person]:
    """Mei, signed in, at a customer who leaves, with the reason and a reference filled in."""
    own = Person(browser, company.url, "en", 1280)
    page = own.page
    # The provider's page names a style sheet far away.
    own.context.route(lambda url: "//127.0.0.1" not in url, lambda far: far.fulfill(body=""))
    page.goto("/sign-in")
    page.click("a[href^='/oidc/start']")
    authorize(page, "43")
    page.wait_for_selector("[data-user=mei]")
    yield own
    own.close()
    assert own.messages == []


def authorize(page: Page, subject: str) -> None:
    page.click(f"button[value='{subject}']")


def at_form(own: Person, company: Server, place: int) -> str:
    """The customer at whose form the session has ended; the form was sent, and refused."""
    base = last_scores(company.home).sort_values("churn_risk", ascending=False)
    customer = str(base["customer_id"].iloc[place])
    own.page.goto(f"/desk/{customer}?intent=cancel")
    own.press("3", "1")
    own.page.fill("[name=reference]", "form 8812")
    engine = open_engine(company.home)
    with engine.begin() as connection:
        connection.execute(delete(sessions))
    engine.dispose()
    own.page.click("button[value=cancelled]")
    own.page.wait_for_selector("dialog[open]")
    assert own.severe() == []
    return customer


def ended(company: Server, customer_id: str) -> list[tuple[str, str | None]]:
    engine = open_engine(company.home)
    with engine.connect() as connection:
        query = select(contacts).where(contacts.c.customer_id == customer_id)
        found = [(row.outcome, row.reason) for row in connection.execute(query)]
    engine.dispose()
    return found


def test_who_signs_in_at_the_provider_again_goes_on_where_they_were(
    mei: Person, company: Server
) -> None:
    """In a tab of its own, which closes; the form is sent as it was filled in."""
    customer = at_form(mei, company, 0)
    with mei.context.expect_page() as opened:
        mei.page.click("dialog a")
    tab = opened.value
    assert tab.evaluate("window.opener") is None, "the provider reaches no page of ours"
    with tab.expect_event("close"):
        authorize(tab, "43")
    mei.page.wait_for_selector(".ended")
    assert ended(company, customer) == [("cancelled", "service")]


def test_another_person_sends_nothing_in_their_place(mei: Person, company: Server) -> None:
    customer = at_form(mei, company, 1)
    with mei.context.expect_page() as opened:
        mei.page.click("dialog a")
    with mei.page.expect_navigation():
        authorize(opened.value, "44")
    mei.page.wait_for_selector("[data-user=an]")
    assert ended(company, customer) == []
    assert mei.page.input_value("[name=reference]") == "form 8812"
