"""Every page: strict policy, nothing inline, in both languages, and for its roles alone."""

from __future__ import annotations

import pytest

from serving.access.permissions import ROLES, purposes_of
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.contract.table import Route, Who
from serving.pages.menu import MENU
from tests.serving.pages.browser import Parsed
from tests.serving.pages.conftest import Open
from tests.serving.pages.listed import LIST_ID, TASK_ID

TABLE = routes(score_answer("CNY"))
PAGES = [row for row in TABLE.rows if row.is_page and row.who is Who.SESSION]
# A page that names something has an example of it here.
NAMED = {
    "customer_id": "C0000007",
    "list_id": LIST_ID,
    "manager_id": "M1",
    "task_id": TASK_ID,
    "export_id": "e" * 32,
    "entry": "limits.clerk",
    "batch_id": "b" * 24,
    "sign": "network",
    "change_id": "f" * 24,
}
# What they show needs a lake, which this server's home has not: their rooms' tests open them.
OF_A_LAKE = ("customer", "searchCustomers")
# Parts of a page, and files, which do not stand alone.
PARTS = ("/progress", "/figures", "/beside", "/file")
SEEN = {
    row.path.format_map(NAMED): next(
        one for one in ROLES if purposes_of(row.rights_of, one) is not None
    )
    for row in PAGES
    if row.method == "GET" and not row.path.endswith(PARTS)
}


@pytest.mark.parametrize("path", ["/sign-in", "/nothing-here", "/api", *sorted(SEEN)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_runs_and_loads_nothing_but_its_own_files(
    opened: Open, path: str, language: str
) -> None:
    answer = opened(SEEN.get(path, ""), language).get(path)
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert set(policy.values()) == {"'self'", "'none'"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    page = Parsed(answer.text)
    assert page.inline == []
    assert page.tags.count("h1") == 1
    assert all(one.startswith(("/", "#")) and "//" not in one for one in page.addresses)
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text


@pytest.mark.parametrize("row", PAGES, ids=lambda row: f"{row.method} {row.path}")
@pytest.mark.parametrize("role", ["hotline", "marketing", "auditor"])
def test_a_page_is_open_to_those_who_may_call_its_operation(
    opened: Open, row: Route, role: str
) -> None:
    path, browser = row.path.format_map(NAMED), opened(role)
    method, right = row.method, row.rights_of
    is_open = purposes_of(right, role) is not None
    if is_open and method != "GET":
        return  # it would be done
    answer = browser.get(path) if method == "GET" else browser.act(path, {})
    if not is_open:
        assert answer.status_code == 403
        assert "Your role may not do this" in answer.text
    elif method == "GET" and not path.endswith("/file"):
        assert answer.status_code == (503 if right in OF_A_LAKE else 200)


@pytest.mark.parametrize(
    "row", [row for row in PAGES if row.method == "POST"], ids=lambda row: row.path
)
def test_a_page_changes_nothing_without_its_token(opened: Open, row: Route) -> None:
    browser = opened("hotline")
    path = row.path.format_map(NAMED)
    for headers in ({}, {"x-csrf-token": "0" * 64}, {"origin": "https://evil.example"}):
        answer = browser.form(path, {}, **headers)
        assert (answer.status_code, answer.headers["content-type"][:9]) == (403, "text/html")


def test_the_menu_has_pages_that_are_there_by_the_same_right() -> None:
    for entry in MENU:
        row = TABLE.find(entry.path, "GET")
        assert row is not None
        assert row.rights_of == entry.rights_of


def test_the_menu_shows_what_the_role_may_open(opened: Open) -> None:
    assert set(ROLES) >= {"hotline", "auditor"}
    assert '<nav class="menu"' in opened("hotline").get("/desk").text
    start = opened("auditor").get("/")
    assert start.headers["location"] == "/audit-log"
    shown = opened("auditor").get("/audit-log").text
    assert ('href="/audit-log"' in shown, 'href="/desk"' in shown) == (True, False)
