"""Language and colours: by the browser first, then as chosen."""

from __future__ import annotations

import pytest

from serving.pages.preferences import language_of
from tests.serving.pages.conftest import Open


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("en;q=0.3, zh;q=0.9", "zh"),
        ("fr,de;q=0.9", "en"),
        ("zh;q=1.2.3, en", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_the_language(accepted: str, language: str) -> None:
    assert language_of({b"accept-language": accepted.encode()}, "en") == language


def test_what_was_chosen_counts_and_leads_back(opened: Open) -> None:
    browser = opened(language="zh-CN")
    assert '<html lang="zh-CN" data-theme="auto">' in browser.get("/sign-in").text
    answer = browser.form("/preferences", {"language": "en", "back": "/sign-in?next=/desk"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/desk")
    browser.form("/preferences", {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in browser.get("/sign-in").text


def test_the_purpose_is_kept_for_the_session_and_no_longer(opened: Open) -> None:
    browser = opened("hotline")
    chosen = '<option value="complaint_open" selected>'
    assert chosen not in browser.get("/desk").text
    answer = browser.form("/preferences", {"purpose": "complaint_open", "back": "/desk"})
    cookie = answer.headers["set-cookie"]
    assert "liuke_purpose=complaint_open" in cookie
    assert "Max-Age" not in cookie, "gone with the browser"
    assert chosen in browser.get("/desk").text
    assert (
        '<input type="hidden" name="purpose" value="complaint_open">'
        in browser.get("/desk/C0000007").text
    )
    named = browser.get("/desk/C0000007?purpose=service_ordered").text
    assert '<input type="hidden" name="purpose" value="service_ordered">' in named
    browser.form("/preferences", {"purpose": "retention"})
    assert '<option value="customer_present" selected>' in browser.get("/desk").text, "not theirs"
    browser.act("/desk", {"customer": "C0000007", "purpose": "authority_request"})
    assert '<option value="authority_request" selected>' in browser.get("/desk").text
    assert browser.act("/sign-out", {}).headers["hx-redirect"] == "/sign-in"
    assert browser.sign_in("hotline").status_code == 303
    assert '<option value="customer_present" selected>' in browser.get("/desk").text
