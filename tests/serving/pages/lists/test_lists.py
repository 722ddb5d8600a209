"""Lists as pages: looked at, built, explained, exported by two persons, revoked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import Column, select

from serving.database import open_engine
from serving.database.tables import campaigns, exports
from tests.serving.pages.browser import Browser, Parsed
from tests.serving.pages.conftest import Open
from tests.serving.pages.listed import LIST_ID, LISTED, NAME, WITHHELD

if TYPE_CHECKING:
    from tests.serving.conftest import Server

PLACE = f"/campaigns/{LIST_ID}"


def at_lists(opened: Open, role: str, language: str = "en") -> Browser:
    browser = opened(role, language)
    browser.home = "/campaigns"
    return browser


def count(server: Server, column: Column[str], value: str) -> int:
    engine = open_engine(server.home)
    with engine.connect() as connection:
        found = len(connection.execute(select(column).where(column == value)).all())
    engine.dispose()
    return found


def test_a_list_says_how_it_came_about_and_what_a_budget_brings(opened: Open) -> None:
    page = at_lists(opened, "marketing").get(PLACE).text
    assert NAME not in page
    assert "Spring &lt;b&gt;gold&lt;/b&gt;" in page
    for text in ("not in the filter", "no consent", "below the line", "600 CNY", "300 to 1,500"):
        assert text in page
    assert 'data-curve="[[0.0, 0.0, 2.0], [600.0, 900.0, 0.5], [1000.0, 1100.0, 0.0]]"' in page
    assert "Stop at 1,000 CNY" in page or "stop at 1,000 CNY" in page
    assert "预期收益" in at_lists(opened, "approver", "zh-CN").get(PLACE).text


def test_the_rows_of_each_group_are_shown_and_recorded(opened: Open) -> None:
    browser = at_lists(opened, "marketing")
    page = browser.get(f"{PLACE}/customers").text
    assert f"1 to 25 of {LISTED}" in page
    assert "10 % off for six months" in page
    assert "offset=25" in page
    withheld = browser.get(f"{PLACE}/customers?arm=control").text
    assert f"1 to {WITHHELD} of {WITHHELD}" in withheld
    assert "Do not contact these customers" in withheld


def test_why_and_why_not_is_said_in_a_sentence(opened: Open) -> None:
    browser = at_lists(opened, "marketing")
    own = browser.act(f"{PLACE}/why", {"customer": "C0000001"})
    assert own.status_code == 200
    assert "on the list at rank" in own.text
    assert "10 % off for six months" in own.text
    unknown = browser.act(f"{PLACE}/why", {"customer": "<b>"})
    assert unknown.status_code == 404
    assert "<b>" not in unknown.text


def test_a_request_is_made_once_and_its_progress_is_watched(opened: Open, server: Server) -> None:
    browser = at_lists(opened, "marketing")
    form = Parsed(browser.get(f"/campaigns/new?like={LIST_ID}&budget=900").text)
    fields = {"key": form.fields["key"], "name": "Twice", "budget": "900", "control": "10"}
    first, second = (browser.act("/campaigns/new", fields) for _ in range(2))
    place = first.headers["hx-redirect"]
    assert place == second.headers["hx-redirect"]
    assert re.fullmatch(r"/campaigns/[0-9a-f]{32}", place)
    assert count(server, campaigns.c.id, place.rpartition("/")[2]) == 1
    page = browser.get(place).text
    assert f'hx-get="{place}/progress"' in page or "No list could be made" in page
    assert browser.act(f"{place}/revocation", {}).headers["hx-refresh"] == "true"
    assert "Revoked on" in browser.get(place).text
    assert browser.get(f"{place}/progress").headers["hx-refresh"] == "true"


def test_a_request_without_an_end_says_so(opened: Open) -> None:
    browser = at_lists(opened, "marketing")
    key = Parsed(browser.get("/campaigns/new").text).fields["key"]
    answer = browser.act("/campaigns/new", {"key": key, "name": "No end"})
    assert answer.status_code == 422
    assert "name a budget, a size or a capacity" in answer.text


def test_a_form_begins_as_another_list_was(opened: Open) -> None:
    page = at_lists(opened, "marketing").get(f"/campaigns/new?like={LIST_ID}&budget=900").text
    assert 'name="value_tier" value="gold" checked' in page
    assert 'value="900.00"' in page


def test_an_approver_requests_nothing_and_marketing_approves_nothing(opened: Open) -> None:
    approver, marketing = at_lists(opened, "approver"), at_lists(opened, "marketing")
    assert approver.get("/campaigns/new").status_code == 403
    assert "New list" not in approver.get("/campaigns").text
    assert "New list" in marketing.get("/campaigns").text
    answer = marketing.act(f"{PLACE}/exports/{'e' * 32}/approval", {})
    assert answer.status_code == 403


def test_no_result_yet_is_a_state_and_no_failure(opened: Open) -> None:
    browser = at_lists(opened, "marketing")
    assert f'hx-get="{PLACE}/result/figures"' in browser.get(f"{PLACE}/result").text
    part = browser.get(f"{PLACE}/result/figures")
    assert part.status_code == 200
    assert "There is no result yet" in part.text


def test_an_unknown_list_and_an_unknown_file_are_not_there(opened: Open, server: Server) -> None:
    browser = at_lists(opened, "marketing")
    assert browser.get(f"/campaigns/{'0' * 32}").status_code == 404
    assert browser.get(f"{PLACE}/exports/{'0' * 32}/file").status_code == 404
    assert count(server, exports.c.campaign_id, "0" * 32) == 0
