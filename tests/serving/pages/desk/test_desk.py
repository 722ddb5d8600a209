"""The desk at the real service: from the search to how it ended, once, and taken back."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from features.home import Home
from features.words import words
from serving.database import open_engine
from serving.database.tables import audit, contacts, decisions
from serving.pages.formats import minute
from serving.scores import last_scores
from tests.serving.pages.browser import Browser, Parsed
from tests.serving.pages.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

PURPOSE = "customer_present"
CUSTOMER = "C0000011"


def rows(server: Server, table: Any, *where: Any) -> list[Any]:
    engine = open_engine(server.home)
    with engine.connect() as connection:
        found = list(connection.execute(select(table).where(*where)))
    engine.dispose()
    return found


def deciding(browser: Browser, customer: str = CUSTOMER, intent: str = "cancel") -> dict[str, str]:
    """The hidden fields of the form of how it ended."""
    page = browser.get(f"/desk/{customer}?intent={intent}&purpose={PURPOSE}")
    assert page.status_code == 200, page.text
    fields = Parsed(page.text[page.text.index('id="ending"') :]).fields
    return {name: fields[name] for name in ("key", "decision_id", "purpose", "intent")}


def test_the_search_leads_to_the_customer(opened: Open) -> None:
    browser = opened("hotline")
    answer = browser.act("/desk", {"customer": f" {CUSTOMER} ", "purpose": PURPOSE})
    assert answer.status_code == 204
    place = answer.headers["hx-redirect"]
    assert place == f"/desk/{CUSTOMER}?intent=browse&purpose={PURPOSE}"
    assert CUSTOMER in browser.get(place).text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_desk_shows_what_decide_answers(opened: Open, server: Server, language: str) -> None:
    with server.client() as client:
        request = {
            "customer_id": CUSTOMER, "intent": "cancel", "channel": "hotline",
            "purpose": PURPOSE, "language": language,
        }  # fmt: skip
        found = client.post("/decide", json=request).json()
    page = opened("hotline", language).get(f"/desk/{CUSTOMER}?intent=cancel&purpose={PURPOSE}")
    for rung in found["ladder"]:
        assert rung["text"] in page.text
    for said in (*found["words"]["use"], *found["cancellation"]["reasons"].values()):
        assert said.replace("'", "&#39;") in page.text
    assert len(re.findall(r'<rect class="bar"', page.text)) == len(found["reasons"])


def test_a_purpose_that_the_role_has_not_is_refused(opened: Open) -> None:
    answer = opened("hotline").get(f"/desk/{CUSTOMER}?purpose=retention")
    assert answer.status_code == 422
    assert "Choose why the customer is looked at" in answer.text


def test_a_double_click_acts_once_and_is_taken_back(opened: Open, server: Server) -> None:
    browser = opened("hotline")
    fields = deciding(browser) | {"outcome": "saved", "reason": "price", "rival": "none"}
    answers = [browser.act(f"/desk/{CUSTOMER}/outcomes", fields) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].headers["hx-retarget"] == "#ending"
    assert "Recorded: Stays" in answers[1].text
    own = contacts.c.decision_id == fields["decision_id"]
    (row,) = rows(server, contacts, own)
    assert (row.outcome, row.reason, row.rival, row.caller) == ("saved", "price", "none", "hotline")
    undo = Parsed(answers[0].text).fields
    answer = browser.act(f"/desk/{CUSTOMER}/undo", undo)
    assert answer.status_code == 204, answer.text
    assert "intent=cancel" in answer.headers["hx-redirect"]  # where it was recorded
    assert [one.outcome for one in rows(server, contacts, own)] == ["saved", "undone"]


def test_a_change_of_a_service_needs_the_confirmation(opened: Open, server: Server) -> None:
    browser = opened("hotline")
    fields = deciding(browser, "C0000013") | {"outcome": "cancelled", "confirmation": "signature"}
    refused = browser.act("/desk/C0000013/outcomes", fields)
    assert refused.status_code == 422
    assert "enter how the customer confirmed it" in refused.text
    own = contacts.c.decision_id == fields["decision_id"]
    assert rows(server, contacts, own) == []
    done = browser.act("/desk/C0000013/outcomes", fields | {"reference": "<b>form 1</b>"})
    assert done.status_code == 200
    assert [one.confirmation for one in rows(server, contacts, own)] == ["signature:<b>form 1</b>"]
    assert "<b>form" not in done.text


def test_a_promise_ticks_until_it_is_kept(opened: Open) -> None:
    browser, place = opened("hotline"), "/desk/C0000015/promises"
    browser.get(f"/desk/C0000015?purpose={PURPOSE}")
    made = browser.act(place, {"kind": "callback", "purpose": PURPOSE})
    assert made.status_code == 204, made.text
    page = browser.get(made.headers["hx-redirect"])
    seconds = re.findall(r'data-seconds="(\d+)"', page.text)
    assert 86_300 < int(seconds[0]) <= 86_400
    kept = re.findall(r'name="kept" value="(\w+)"', page.text)[0]
    assert browser.act(place, {"kept": kept, "purpose": PURPOSE}).status_code == 204
    assert "None is open." in browser.get(made.headers["hx-redirect"]).text


def test_a_promise_leaves_the_desk_at_what_the_customer_came_for(opened: Open) -> None:
    browser, place = opened("hotline"), "/desk/C0000016"
    page = browser.get(f"{place}?intent=complaint&purpose={PURPOSE}").text
    fields = Parsed(page[page.index('class="make"') :]).fields | {"kind": "callback"}
    made = browser.act(f"{place}/promises", fields)
    assert made.headers["hx-redirect"] == f"{place}?intent=complaint&purpose={PURPOSE}"


def test_the_audit_has_the_operations_that_a_page_called(opened: Open, server: Server) -> None:
    page = opened("hotline").get(f"/desk/{CUSTOMER}?purpose=complaint_open")
    own = audit.c.request_id == page.headers["x-request-id"]
    (row,) = rows(server, audit, own)
    assert (row.method, row.route, row.status) == ("POST", "/decide", 200)
    assert (row.caller, row.role, row.purpose) == ("hotline", "hotline", "complaint_open")
    refused = opened("auditor").get("/desk")
    (row,) = rows(server, audit, audit.c.request_id == refused.headers["x-request-id"])
    assert (row.route, row.status, row.code) == ("/desk", 403, "forbidden")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_nothing_answers_the_desk_says_why_and_has_no_form(
    opened: Open, server: Server, language: str
) -> None:
    """This home has neither a lake nor what the counter needs beside it."""
    browser, place = opened("hotline", language), f"/desk/{CUSTOMER}?purpose={PURPOSE}"
    request = {
        "customer_id": CUSTOMER, "intent": "browse", "channel": "hotline", "purpose": PURPOSE,
    }  # fmt: skip
    server.unpromote()
    try:
        with server.client() as client:
            found = client.post("/decide", json=request)
        page = browser.get(place)
    finally:
        server.promote()
    code = found.json()["error"]["code"]
    assert page.status_code == found.status_code == 503
    assert words(language, "pages")[f"refused_{code}"] in page.text.replace("&#39;", "'")
    assert 'id="ending"' not in page.text
    assert 'id="ending"' in browser.get(place).text


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_answers_instead_is_said(opened_whole: Open, whole: Server, language: str) -> None:
    customer = str(last_scores(whole.home, ["customer_id"])["customer_id"].iloc[0])
    request = {
        "customer_id": customer, "intent": "browse", "channel": "hotline", "purpose": PURPOSE,
        "language": language,
    }  # fmt: skip
    browser, place = opened_whole("hotline", language), f"/desk/{customer}?purpose={PURPOSE}"
    note = '<p class="note amber">'
    assert browser.get(place).text.count(note) == 1  # to who has no JavaScript
    champion = Home(whole.home).champion
    content = champion.read_bytes()
    champion.unlink()
    try:
        with whole.client() as client:
            found = client.post("/decide", json=request).json()
        page = browser.get(place)
    finally:
        champion.write_bytes(content)
    assert page.status_code == 200
    assert found["answered_by"] != "live"
    key, moment = f"by_{found['answered_by']}", minute(found["as_of"])
    said = words(language, "pages_desk")[key].format(moment=moment)
    assert page.text.count(note) == 2
    assert said in page.text[page.text.rindex(note) :].replace("&#39;", "'")
    for rung in found["ladder"]:
        assert rung["text"] in page.text


def shown_decision(page: str) -> str:
    return Parsed(page[page.index('id="ending"') :]).fields["decision_id"]


def test_loaded_again_the_same_decision_is_shown_and_none_is_stored(
    opened: Open, server: Server
) -> None:
    customer, own = "C0000017", decisions.c.customer_id == "C0000017"
    browser = opened("hotline")
    first = browser.get(f"/desk/{customer}?intent=cancel&purpose={PURPOSE}").text
    (address,) = re.findall(r'data-address="([^"]+)"', first)
    place = address.replace("&amp;", "&")
    again = browser.get(place)
    assert shown_decision(again.text) == shown_decision(first)
    assert len(rows(server, decisions, own)) == 1
    (row,) = rows(server, audit, audit.c.request_id == again.headers["x-request-id"])
    assert (row.route, row.status, row.purpose) == ("/decide", 200, PURPOSE)
    other = browser.get(place.replace("intent=cancel", "intent=browse")).text
    assert shown_decision(other) != shown_decision(first)
    assert len(rows(server, decisions, own)) == 2
    colleague = opened("manager").get(place)
    assert shown_decision(first) not in colleague.text


def test_requests_with_one_key_at_once_store_one_decision(staff: Server) -> None:
    body = {"customer_id": CUSTOMER, "intent": "browse", "channel": "store", "key": "K-at-once"}
    body["purpose"] = PURPOSE

    def send(_: int) -> tuple[int, str]:
        with staff.client() as client:
            answer = client.post("/decide", json=body)
        return answer.status_code, str(answer.json().get("decision_id"))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, range(8)))
    assert {status for status, _ in found} <= {200, 409}
    named = {own for status, own in found if status == 200}
    assert len(named) == 1
    assert len(rows(staff, decisions, decisions.c.id.in_(named))) == 1
    assert send(0) == (200, *named)
