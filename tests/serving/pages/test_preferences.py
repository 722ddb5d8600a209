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
