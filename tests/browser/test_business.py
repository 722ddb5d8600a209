"""The business in a real browser: left customers, groups, analyses, the board."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open

pytestmark = pytest.mark.slow
PART_MS = 60_000
PLACES = ("/left", "/group-list", "/figures", "/board")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_page_of_the_business_is_sound(person: Open, language: str) -> None:
    own = person("marketing", language)
    page = own.page
    for place in PLACES:
        page.goto(place)
        page.wait_for_selector(".found", timeout=PART_MS)
        own.check()


def test_a_filter_stands_in_the_address_and_back_leads_back(person: Open) -> None:
    own = person("marketing")
    page = own.page
    page.goto("/left")
    page.wait_for_selector(".found", timeout=PART_MS)
    everyone = page.inner_text(".figures dd")
    page.select_option("[name=payment_mode]", "prepaid")
    page.keyboard.press("Tab")
    page.click(".filters button")
    page.wait_for_url("**payment_mode=prepaid**")
    page.wait_for_selector(".found", timeout=PART_MS)
    assert int(page.inner_text(".figures dd")) < int(everyone)
    with page.expect_download() as download:
        page.click(".filters a[download]")
    assert download.value.suggested_filename.endswith(".csv")
    page.go_back()
    page.wait_for_selector(".found", timeout=PART_MS)
    assert page.inner_text(".figures dd") == everyone
