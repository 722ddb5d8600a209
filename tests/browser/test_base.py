"""The base and the customer in a real browser: a manager's way from a search to a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from serving.scores import last_scores
from tests.browser.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
FIRST_LOAD_BYTES = 150_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_manager_finds_chooses_and_opens_their_customers(
    person: Open, site: Server, language: str
) -> None:
    own = person("manager", language)
    page = own.page
    base = last_scores(site.home)
    risks = base[base["city"] == base["city"].mode()[0]]["churn_risk"]
    page.click('nav a[href="/base"]')
    page.wait_for_url("**/base")
    assert page.get_attribute("[data-count]", "data-count") == str(len(risks))
    page.click("details.filter summary >> nth=0")
    page.fill("[data-field=churn_risk] [data-end=min]", "0.1")
    own.press("Escape", "a")  # leaves the field, then searches
    page.wait_for_url("**churn_risk_min=0.001*")
    page.select_option("[data-by] >> nth=0", "value_tier")
    page.wait_for_url("**by=value_tier*")
    assert page.get_attribute("[data-count]", "data-count") == str(int((risks >= 0.001).sum()))
    own.check()

    boxes = page.locator("[data-choose]")
    names = [boxes.nth(place).get_attribute("value") for place in (0, 1)]
    for place in (0, 1):
        boxes.nth(place).check()
    own.press("n")
    page.wait_for_url("**after=*")
    names.append(boxes.nth(0).get_attribute("value"))
    boxes.nth(0).check()
    page.go_back()
    page.wait_for_url("**by=value_tier*")
    page.reload()
    assert page.inner_text("[data-chosen-count]") == "3"
    page.click("[data-chosen-show]")
    page.wait_for_url("**customer_id=*")
    shown = page.locator("[data-choose]")
    assert sorted(shown.nth(n).get_attribute("value") or "" for n in range(3)) == sorted(
        name or "" for name in names
    )
    page.click("[data-chosen-clear]")
    assert page.locator("[data-chosen]").is_hidden()

    page.click(f'a[href^="/customer/{names[0]}"]')
    page.wait_for_url("**/customer/*")
    own.check()
    own.press("d")
    page.wait_for_url("**/desk/*")
    own.press("w")
    page.wait_for_url("**/customer/*")
    assert page.locator('option[value="night"]').count() == 2  # a decision is kept beside it now


def test_a_view_is_kept_and_the_filters_are_at_hand(person: Open) -> None:
    own = person("marketing", "en")
    page = own.page
    page.goto("/base?value_tier=gold")
    assert own.bytes < FIRST_LOAD_BYTES
    page.click(".pop summary")
    page.fill("form.keep [name=name]", "gold ones")
    with page.expect_navigation():
        own.press("Enter")
    page.goto("/base")
    page.click(".pop summary")
    page.click("text=gold ones")
    page.wait_for_url("**value_tier=gold*")
    assert page.locator("[data-field=value_tier] [value=gold]").is_checked()
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.locator("#filter-fields").is_hidden()
    page.click("[data-unfold]")
    assert page.locator("#filter-fields").is_visible()


def test_the_customer_page_prints_without_what_is_pressed(person: Open, site: Server) -> None:
    own = person("hotline", "zh")
    page = own.page
    customer = str(last_scores(site.home)["customer_id"].iloc[0])
    page.goto(f"/customer/{customer}")
    page.emulate_media(media="print")
    assert page.locator(".top").is_hidden()
    assert page.locator("[data-print]").is_hidden()
    assert page.locator(".lane").first.is_visible()
    assert page.locator(".behind table").first.is_visible()
    page.emulate_media(media="screen")
