"""The work list in a real browser: a task from issue to grade, in both languages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.principal import Scope
from serving.database import open_engine
from serving.managers.archive import save_manager
from serving.scores import last_scores
from tests.browser.conftest import Open
from tests.browser.person import PASSWORD
from tests.serving.conftest import MONDAY

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
DESK = "M900"
NOTE = {"en": "Note", "zh": "跟进记录"}


@pytest.fixture(scope="module")
def customer(site: Server) -> str:
    """Any customer; there is a desk, and a person who sits at it, called `desk`."""
    engine = open_engine(site.home)
    with engine.begin() as connection:
        given = {"name": "Large customers", "since": date(2025, 1, 1)}
        save_manager(connection, DESK, given, "li.na", MONDAY)
        new_user(connection, "desk", "manager", MONDAY, Scope(manager_id=DESK), hashed(PASSWORD))
    engine.dispose()
    return str(last_scores(site.home)["group_id"].dropna().iloc[0])


def test_a_part_that_loads_itself_tries_again_where_the_service_is_busy(person: Open) -> None:
    """Its refusal would otherwise stand there until the page is loaded again."""
    page = person("marketing").page
    statuses = iter((503, 503))

    def busy_twice(route: Route) -> None:
        status = next(statuses, None)
        route.continue_() if status is None else route.fulfill(status=status, body="busy")

    page.route("**/worklist/beside*", busy_twice)
    page.goto("/worklist")
    page.wait_for_selector("#offline:not([hidden])")
    page.wait_for_selector(".beside-work h2")
    assert page.locator("#offline").is_hidden()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_task_goes_from_issue_to_grade(person: Open, customer: str, language: str) -> None:
    issuer = person("marketing", language)
    page, text = issuer.page, f"Ask how the office is served ({language})"
    page.goto("/worklist")
    page.click(".ask summary")
    page.select_option("[name=manager_id]", DESK)
    page.select_option("[name=about]", "group")
    page.fill("[name=about_id]", customer)
    page.fill("[name=text]", text)
    page.dblclick(".ask button")
    task = page.locator(".task", has_text=text)
    task.first.wait_for()
    assert task.count() == 1
    for count in (1, 2):  # the same words are meant again, and are not there from before
        task.locator("summary", has_text=NOTE[language]).click()
        field = task.locator("form.short [name=text]").first
        assert field.input_value() == ""
        field.fill("No one at home")
        with page.expect_navigation():
            task.locator("form.short button").first.dblclick()
        assert task.locator(".notes li").count() == count
    issuer.check()
    page.goto("/worklist/managers")
    issuer.check()
    page.goto(f"/worklist/managers/{DESK}")
    issuer.check()


def test_a_manager_works_through_the_list(person: Open, customer: str) -> None:
    assert customer
    own = person("desk")
    own.page.goto("/worklist")
    own.page.wait_for_selector(".beside-work h2")
    own.check()
