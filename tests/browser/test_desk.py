"""The desk in a real browser: a cancellation without a mouse, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from serving.database import open_engine
from serving.database.tables import contacts, sessions
from serving.scores import last_scores
from tests.browser.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
FIRST_LOAD_BYTES = 150_000
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def customers(site: Server) -> list[str]:
    """Those of the base with the highest risk."""
    base = last_scores(site.home).sort_values("churn_risk", ascending=False)
    return [str(own) for own in base["customer_id"].head(8)]


def ended(site: Server, customer_id: str) -> list[tuple[str, str | None, str | None]]:
    """How contacts with the customer ended, the first first."""
    engine = open_engine(site.home)
    with engine.connect() as connection:
        own = select(contacts).where(contacts.c.customer_id == customer_id).order_by(contacts.c.id)
        rows = [(row.outcome, row.reason, row.rival) for row in connection.execute(own)]
    engine.dispose()
    return rows


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cancellation_takes_three_decisions_and_no_mouse(
    person: Open, site: Server, customers: list[str], language: str
) -> None:
    own, customer = person("hotline", language), customers[LANGUAGES.index(language)]
    page = own.page
    page.keyboard.type(customer)
    own.press("Enter")
    page.wait_for_url(f"**/desk/{customer}*")
    own.press("c")
    page.wait_for_url("**intent=cancel*")
    own.press("1", "2", "s")  # why, where to, and that they stay
    page.wait_for_selector(".ended")
    assert ended(site, customer) == [("saved", "price", "none")]
    own.press("u")
    page.wait_for_selector(".ends")  # the cancellation again
    assert [one[0] for one in ended(site, customer)] == ["saved", "undone"]
    page.go_back()
    page.wait_for_url("**intent=cancel*")
    page.reload()
    own.press("/")
    assert page.evaluate("document.activeElement.name") == "customer"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_desk_is_sound(person: Open, customers: list[str], language: str) -> None:
    visitor = person("", language)
    visitor.page.goto("/sign-in")
    visitor.check()
    own = person("manager", language)
    own.check()
    for customer in customers:
        found = own.page.goto(f"/desk/{customer}?intent=cancel")
        if found is not None and found.ok:
            break
    own.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_load_is_light(person: Open, customers: list[str], language: str) -> None:
    own = person("hotline", language)
    signed = own.bytes
    assert 20_000 < signed < FIRST_LOAD_BYTES
    own.page.goto(f"/desk/{customers[2]}?intent=cancel")
    own.page.wait_for_timeout(500)
    assert signed < own.bytes < FIRST_LOAD_BYTES


def test_a_session_that_ends_in_a_form_loses_nothing(
    person: Open, site: Server, customers: list[str]
) -> None:
    own, customer = person("hotline"), customers[3]
    page = own.page
    page.goto(f"/desk/{customer}?intent=cancel")
    own.press("3", "1")
    page.fill("[name=reference]", "form 8812")
    engine = open_engine(site.home)
    with engine.begin() as connection:
        connection.execute(delete(sessions))
    engine.dispose()
    page.click("button[value=cancelled]")
    page.wait_for_selector("dialog[open]")
    assert own.severe() == []
    page.keyboard.type("correct horse battery")
    own.press("Enter")
    page.wait_for_selector(".ended")
    assert ended(site, customer) == [("cancelled", "service", "unknown")]


def test_what_was_typed_survives_a_reload_and_is_gone_once_it_was_sent(
    person: Open, customers: list[str]
) -> None:
    own = person("hotline")
    page, place = own.page, f"/desk/{customers[4]}?intent=cancel"
    page.goto(place)
    own.press("2")
    page.fill("[name=reference]", "form 1")
    page.reload()
    assert page.input_value("[name=reference]") == "form 1"
    assert page.is_checked("[name=reason][value=network]")
    page.locator("h1").click()
    own.press("s")
    page.wait_for_selector(".ended")
    page.goto(place)
    assert page.input_value("[name=reference]") == ""


def test_two_tabs_and_a_double_click_act_once(
    person: Open, site: Server, customers: list[str]
) -> None:
    own, customer = person("hotline"), customers[5]
    place = f"/desk/{customer}?intent=cancel"
    other = own.context.new_page()
    for page in (own.page, other):
        page.goto(place)
    own.page.dblclick("button[value=saved]")
    own.page.wait_for_selector(".ended")
    other.click("button[value=saved]")
    other.wait_for_selector(".ended")
    outcomes = [one[0] for one in ended(site, customer)]
    assert outcomes.count("saved") == 2  # two decisions, each ended once
