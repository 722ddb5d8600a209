"""Lists in a real browser: requested, looked at along the budget curve, exported by two persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from serving.database import open_engine
from serving.database.tables import campaigns, exports
from tests.browser.conftest import Open
from tests.conftest import set_home

if TYPE_CHECKING:
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
MADE_MS = 120_000  # a list of the small home, on a loaded machine


def rows(site: Server, table: object) -> int:
    engine = open_engine(site.home)
    with engine.connect() as connection:
        found = int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def place(site: Server) -> dict[str, str]:
    """Where the list is that the first test requested."""
    set_home(site.home, "retention", "[export]\napproval_above = 0\n")
    return {}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list_is_requested_once_and_leaves_by_two_persons(
    person: Open, site: Server, place: dict[str, str], language: str
) -> None:
    own = person("marketing", language)
    page = own.page
    page.goto("/campaigns")
    own.press("n")
    page.wait_for_url("**/campaigns/new")
    page.wait_for_selector("#count .tiers")
    page.locator("[name=budget]").fill("500")
    page.locator("[name=name]").fill(f"Spring {language}")
    before = rows(site, campaigns)
    page.dblclick(".send")
    page.wait_for_url(lambda url: "/new" not in url)
    assert rows(site, campaigns) == before + 1
    page.wait_for_selector(".way", timeout=MADE_MS)
    place[language] = page.url
    read = page.locator("[data-read=gain]")
    wanted = read.text_content()
    page.locator("[data-budget]").focus()
    own.press("Home")
    assert read.text_content() == "0" != wanted
    page.fill("[name=recipient]", "Call centre")
    page.dblclick(".ask button")
    page.wait_for_selector(".file")
    second = person("approver", language)
    second.page.goto(page.url)
    second.page.click(".file button")
    second.page.wait_for_selector(".file .chip.green")
    page.reload()
    with page.expect_download() as found:
        page.click("[data-download]")
    assert found.value.suggested_filename.endswith(".csv")
    page.wait_for_selector(".receipt")
    assert page.locator(".file").count() == 1
    assert rows(site, exports) == list(place).index(language) + 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_lists_is_sound(person: Open, place: dict[str, str], language: str) -> None:
    own = person("marketing", language)
    shown = place[language]
    for path in ("/campaigns", "/campaigns/new", shown, f"{shown}/customers", f"{shown}/result"):
        own.page.goto(path)
        own.check()
    assert own.bytes < 3_000_000


def test_a_form_that_was_begun_survives_a_reload(person: Open) -> None:
    own = person("marketing")
    own.page.goto("/campaigns/new")
    own.page.fill("[name=budget]", "1234")
    own.page.check("[name=value_tier][value=gold]", force=True)
    own.page.reload()
    assert own.page.input_value("[name=budget]") == "1234"
    assert own.page.is_checked("[name=value_tier][value=gold]")
