"""The pages of the business at the real service: they come at once, and their part behind them."""

from __future__ import annotations

import csv
import io
import re

import pytest

from serving.pages.business.naming import dimension, named
from tests.serving.pages.conftest import Open

PART = {"hx-request": "true"}
PURPOSE = "complaint_open"
CUSTOMER = "C0000021"


@pytest.mark.parametrize("place", ["/left", "/group-list", "/figures", "/board"])
def test_a_page_comes_at_once_and_loads_its_part(opened: Open, place: str) -> None:
    page = opened("marketing").get(place)
    assert page.status_code == 200
    assert f'hx-get="{place}" hx-trigger="load, again"' in page.text


def test_what_was_chosen_stands_in_the_address_and_is_escaped(opened: Open) -> None:
    page = opened("marketing").get('/left?city="><script>1</script>&by=city')
    assert page.status_code == 200
    assert "<script>1" not in page.text
    assert "by=city" in page.text


@pytest.mark.parametrize("place", ["/left", "/group-list", "/figures"])
def test_a_part_without_its_data_says_why(opened: Open, place: str) -> None:
    """This home has no feeds."""
    part = opened("marketing", "zh").get(place, headers=PART)
    assert part.status_code in (422, 503)
    assert 'class="note red"' in part.text
    assert "<h1" not in part.text


@pytest.mark.parametrize(
    "place", ["/left?by=", "/left?colour=red", "/group-list?sort=x", "/figures?every=day"]
)
def test_another_query_is_refused(opened: Open, place: str) -> None:
    assert opened("marketing").get(place, headers=PART).status_code in (422, 503)


def test_a_promise_ticks_on_the_board_until_it_is_kept(opened: Open) -> None:
    browser = opened("hotline")
    made = browser.act(f"/desk/{CUSTOMER}/promises", {"purpose": PURPOSE, "kind": "complaint"})
    assert made.status_code == 204
    part = browser.get("/board", headers=PART)
    assert part.status_code == 200
    own = next(one for one in part.text.split("<li ")[1:] if CUSTOMER in one)
    (seconds,) = re.findall(r'data-seconds="(\d+)"', own)
    assert 47 * 3600 < int(seconds) <= 48 * 3600
    assert f'href="/desk/{CUSTOMER}?purpose={PURPOSE}"' in own
    (kept,) = re.findall(r'name="kept" value="(\w+)"', own)
    file = browser.get("/board?numbers=1&promises=1").content.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(file))
    assert CUSTOMER in [row["customer_id"] for row in rows]
    answer = browser.act("/board", {"kept": kept})
    assert answer.headers["hx-redirect"] == "/board"
    assert CUSTOMER not in browser.get("/board", headers=PART).text


def test_a_store_sees_the_promises_to_its_own_customers_alone(opened: Open) -> None:
    browser = opened("hotline")
    for customer in ("C0000030", "C0000031"):  # of the stores S1 and S2
        browser.act(f"/desk/{customer}/promises", {"purpose": PURPOSE, "kind": "callback"})
    shown = opened("store").get("/board", headers=PART).text
    assert ("C0000030" in shown) != ("C0000031" in shown)


def test_names_of_ours_are_said_and_an_operators_own_stay() -> None:
    assert named("kind", "silent", "zh") == "预付费静默"
    assert named("city", "silent", "zh") == "silent"
    assert named("city", None, "zh") == "未登记"
    assert dimension("city", "zh") == "城市"


def test_a_sign_gets_an_owner_and_what_cannot_be_is_said_beside_the_form(opened: Open) -> None:
    marketing = opened("marketing", "zh-CN")
    marketing.home = "/board"
    place, own = "/board/signs/network", {"owner": "Network", "due": "2099-01-01"}
    late = marketing.act(place, own | {"due": "2020-01-01"})
    assert (late.status_code, "应为今天或之后" in late.text) == (422, True)
    assert "或都不填" in marketing.act(place, {"owner": "Network"}).text
    far = marketing.act(place, own | {"where": "store:S1"})
    assert far.status_code == 422
    kept = marketing.act(place, own | {"where": "city:Suzhou", "note": "Two masts"})
    assert kept.headers["hx-redirect"] == "/board?sign=network"
    assert opened("manager").act(place, own).status_code == 403
