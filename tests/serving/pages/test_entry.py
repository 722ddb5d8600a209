"""People come in, go on to where they were, and leave; nothing leads them elsewhere."""

from __future__ import annotations

import httpx
import pytest

from tests.serving.pages.browser import Parsed
from tests.serving.pages.conftest import Open


def test_who_is_not_signed_in_comes_back_to_where_they_were(opened: Open) -> None:
    browser = opened()
    first = browser.get("/desk/C0000007?intent=cancel")
    assert first.status_code == 303
    assert first.headers["location"] == "/sign-in?next=%2Fdesk%2FC0000007%3Fintent%3Dcancel"
    form = browser.get(first.headers["location"])
    onward = Parsed(form.text).fields["next"]
    assert onward == "/desk/C0000007?intent=cancel"
    signed = browser.sign_in("hotline", onward=onward)
    assert (signed.status_code, signed.headers["location"]) == (303, onward)
    assert "C0000007" in browser.get(onward).text


def test_the_start_is_the_first_page_of_the_role(opened: Open) -> None:
    assert opened().get("/").headers["location"] == "/sign-in"
    assert opened("store").get("/").headers["location"] == "/desk"
    assert opened("store").get("/sign-in").headers["location"] == "/"


def test_a_wrong_password_keeps_the_name_and_says_so(opened: Open) -> None:
    answer = opened().sign_in("hotline", "wrong horse battery")
    assert answer.status_code == 401
    assert 'value="hotline"' in answer.text
    assert "The name or the password is wrong" in answer.text
    assert "wrong horse battery" not in answer.text


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "x"]
)
def test_no_address_leads_elsewhere(opened: Open, onward: str) -> None:
    browser = opened()
    form = browser.get("/sign-in", params={"next": onward})
    assert Parsed(form.text).fields["next"] == "/"
    assert browser.sign_in("hotline", onward=onward).status_code == 422
    fields = {"language": "zh", "back": onward}
    assert browser.form("/preferences", fields).status_code == 422


def test_who_signs_out_is_out(opened: Open) -> None:
    browser = opened("hotline")
    answer = browser.act("/sign-out", {})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in")
    assert browser.get("/desk").status_code == 303


def test_a_dialog_signs_in_without_leaving_the_page(opened: Open) -> None:
    browser = opened("hotline")
    browser.http.cookies.clear()
    refused = browser.form("/desk", {"customer": "C1", "purpose": "x"}, **{"hx-request": "true"})
    assert (refused.status_code, refused.text) == (401, "")
    fields = {"user": "hotline", "password": "correct horse battery"}
    signed = browser.form("/sign-in", fields, **{"hx-request": "true"})
    assert signed.status_code == 204
    page = browser.get("/desk").text
    assert signed.headers["x-csrf-token"] in page


def test_another_site_cannot_sign_a_browser_in_or_change_it(opened: Open) -> None:
    browser = opened()
    for path, fields in (
        ("/sign-in", {"user": "hotline", "password": "correct horse battery"}),
        ("/preferences", {"language": "zh"}),
    ):
        answer = browser.form(path, fields, origin="https://evil.example")
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_the_page_for_programs_is_linked(opened: Open) -> None:
    browser = opened()
    assert "/api" in Parsed(browser.get("/sign-in").text).addresses
    page = browser.get("/api")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for address in Parsed(page.text).addresses:
        answer = httpx.get(f"{browser.origin}{address}", follow_redirects=True)
        assert answer.status_code in (200, 405), address  # 405: a form goes there
