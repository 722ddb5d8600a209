"""Many customers at once in a real browser: chosen, previewed, done once, taken back; owners."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from serving.database import open_engine
from serving.database.tables import tasks
from serving.managers.archive import save_manager
from serving.scores import last_scores
from tests.browser.conftest import Open
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
PART_MS = 60_000  # the board's part reads a whole night


def issued(site: Server, text: str) -> int:
    engine = open_engine(site.home)
    with engine.connect() as connection:
        own = select(func.count()).select_from(tasks).where(tasks.c.text == text)
        found = int(connection.execute(own).scalar_one())
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def manager(site: Server) -> str:
    """A manager who is kept, with customers."""
    found = str(last_scores(site.home)["manager_id"].mode()[0])
    engine = open_engine(site.home)
    with engine.begin() as connection:
        given = {"name": "Desk", "city": "Suzhou", "since": MONDAY.date() - timedelta(days=9)}
        save_manager(connection, found, given, "admin", MONDAY)
    engine.dispose()
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tasks_for_many_are_shown_issued_once_and_taken_back(
    person: Open, site: Server, manager: str, language: str
) -> None:
    own, text = person("marketing", language), f"Look at the bill {language}"
    page = own.page
    page.goto(f"/base?manager_id={manager}")
    count = int(page.get_attribute("[data-count]", "data-count") or 0)
    assert count > 0
    page.locator(".views a[href^='/base/act']").focus()
    own.press("Enter")
    page.wait_for_url("**/base/act?*")
    page.fill("[name=text]", text)
    page.locator("main form button.strong").focus()
    own.press("Enter")
    page.wait_for_selector("#preview .send")
    assert str(count) in page.inner_text("#preview .send")
    assert issued(site, text) == 0
    assert own.severe() == []
    page.dblclick("#preview .send")
    page.wait_for_url("**/base/batches")
    assert issued(site, text) == count
    own.check()
    row = page.locator("article", has_text=text)
    row.locator("button").dblclick()
    row.locator(".note").wait_for()
    assert str(count) in row.locator(".note").inner_text()
    assert issued(site, text) == 0

    page.goto(f"/base?manager_id={manager}")
    page.locator("[data-choose]").first.check()
    page.click("[data-chosen-act]")
    page.wait_for_url("**customer_id=*")
    own.check()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_purpose_is_chosen_by_keyboard_and_stays(person: Open, language: str) -> None:
    own = person("manager", language)
    page = own.page
    page.goto("/base")
    page.locator(".purpose-of select").focus()
    page.select_option(".purpose-of select", "complaint_open")
    own.press("Tab", "Enter")
    page.wait_for_load_state()
    assert page.input_value(".purpose-of select") == "complaint_open"
    page.locator("td a[href^='/customer/']").first.click()
    page.wait_for_url("**purpose=complaint_open*")
    assert page.input_value(".purpose-of select") == "complaint_open"
    page.goto("/desk")
    assert page.input_value(".find [name=purpose]") == "complaint_open"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sign_gets_an_owner_until_a_day(person: Open, language: str) -> None:
    own = person("approver", language)
    page = own.page
    page.goto("/board")
    page.wait_for_selector(".board", timeout=PART_MS)
    first = page.locator("details.sign[open]")
    first.locator(".owns summary").focus()
    own.press("Enter")
    first.locator("[name=owner]").fill(f"Network {language}")
    first.locator("[name=due]").fill("2099-12-31")
    first.locator(".owns button").dblclick()
    page.wait_for_url("**/board?sign=*")
    page.wait_for_selector(".board", timeout=PART_MS)
    assert page.locator("details.sign .chip", has_text=f"Network {language} · 2099-12-31").count()
    own.check()
