"""Tasks for many as pages: previewed, done once, taken back; refused where things changed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from serving.database import open_engine
from serving.database.tables import tasks
from serving.managers.archive import save_manager
from serving.scores import last_scores
from tests.serving.conftest import MONDAY, Server
from tests.serving.pages.browser import Browser, Parsed
from tests.serving.pages.conftest import Open

TEXT = "Look at <b>the bill</b> together"


@pytest.fixture(scope="module")
def mine(whole: Server) -> dict[str, list[str]]:
    """The customers of two managers who are kept; others' managers are not."""
    by_manager = last_scores(whole.home).groupby("manager_id")["customer_id"]
    own = {str(name): sorted(ids) for name, ids in list(by_manager)[:2]}
    engine = open_engine(whole.home)
    with engine.begin() as connection:
        for manager_id in own:
            given = {"name": "Desk", "city": "Suzhou", "since": MONDAY.date()}
            save_manager(connection, manager_id, given, "admin", MONDAY)
    engine.dispose()
    return own


def at_base(opened_whole: Open, role: str = "marketing", language: str = "en") -> Browser:
    browser = opened_whole(role, language)
    browser.home = "/base/batches"
    return browser


def previewed(browser: Browser, search: str, **more: str) -> tuple[str, dict[str, str]]:
    fields = {"search": search, "action": "issue", "kind": "visit", "text": TEXT, **more}
    answer = browser.act("/base/act/preview", fields)
    assert answer.status_code == 200, answer.text
    return answer.text, Parsed(answer.text).fields


def issued(whole: Server) -> set[str]:
    engine = open_engine(whole.home)
    with engine.connect() as connection:
        found = connection.execute(select(tasks.c.customer_id).where(tasks.c.text == TEXT))
        own = {str(one) for one in found.scalars()}
    engine.dispose()
    return own


def test_all_of_a_filter_is_previewed_done_once_and_undone(
    opened_whole: Open, whole: Server, mine: dict[str, list[str]]
) -> None:
    marketing, manager = at_base(opened_whole), next(iter(mine))
    base = marketing.get(f"/base?manager_id={manager}&sort=-churn_risk").text
    assert f'href="/base/act?manager_id={manager}&amp;purpose=retention"' in base
    form = marketing.get(f"/base/act?manager_id={manager}&purpose=retention").text
    assert f'name="search" value="manager_id={manager}"' in form
    page, fields = previewed(marketing, f"manager_id={manager}")
    assert f"Issue {len(mine[manager]):,} tasks" in page
    assert issued(whole) == set()
    for _ in range(2):
        done = marketing.act("/base/act", fields)
        assert done.headers["hx-redirect"] == "/base/batches"
    assert issued(whole) == set(mine[manager])
    again, nothing = previewed(marketing, f"manager_id={manager}")
    assert "has a task of this kind already" in again
    assert "mark" not in nothing, "nothing to do, no button"
    shown = marketing.get("/base/batches").text
    assert "&lt;b&gt;the bill" in shown
    (own,) = re.findall(r"/base/batches/(\w+)/undo", shown)
    assert opened_whole("approver").get("/base/batches").text.count("/undo") == 0
    undone = marketing.act(f"/base/batches/{own}/undo", {})
    assert f"{len(mine[manager])} taken back" in undone.text
    assert issued(whole) == set()
    assert marketing.act(f"/base/batches/{own}/undo", {}).status_code == 409


def test_ticked_customers_are_named_and_the_others_have_their_rule(
    opened_whole: Open, mine: dict[str, list[str]]
) -> None:
    (_, first), (_, second) = mine.items()
    named = f"customer_id={first[0]}%2C{second[0]}%2CC-none"
    marketing = at_base(opened_whole, language="zh-CN")
    assert "已选3位客户" in marketing.get(f"/base/act?{named}").text
    page, fields = previewed(marketing, named)
    assert "发出2个任务" in page
    assert "不在客户群中或不在您权限内" in page
    late = marketing.act("/base/act", fields | {"mark": "0" * 24})
    assert (late.status_code, "请重新查看预览" in late.text) == (409, True)


def test_what_is_missing_is_said_beside_the_form(opened_whole: Open) -> None:
    marketing = at_base(opened_whole)
    fields = {"search": "", "action": "issue", "text": "x", "kind": "dance"}
    answer = marketing.act("/base/act/preview", fields)
    assert (answer.status_code, "expected one of call" in answer.text) == (422, True)
    assert opened_whole("auditor").get("/base/act").status_code == 403
