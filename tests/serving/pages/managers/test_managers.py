"""The work list as pages: issued once, taken, finished, graded; the archive."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.principal import Scope
from serving.database import open_engine
from serving.database.tables import tasks
from serving.managers.archive import find_manager
from serving.managers.manager_settings import manager_settings
from serving.managers.tasks import Actor, Order, new_task, write_task
from tests.serving.conftest import MONDAY
from tests.serving.pages.browser import PASSWORD, Browser, Parsed
from tests.serving.pages.conftest import Open
from tests.serving.pages.listed import TASK_ID

if TYPE_CHECKING:
    from tests.serving.conftest import Server


def at_work(opened: Open, role: str, language: str = "en") -> Browser:
    browser = opened(role, language)
    browser.home = "/worklist"
    return browser


def state_of(server: Server, task_id: str = TASK_ID) -> str:
    engine = open_engine(server.home)
    with engine.connect() as connection:
        found = connection.execute(select(tasks.c.state).where(tasks.c.id == task_id)).scalar_one()
    engine.dispose()
    return str(found)


def test_what_is_late_stands_first_and_texts_are_escaped(opened: Open) -> None:
    page = at_work(opened, "manager", "zh-CN").get("/worklist").text
    assert page.index("逾期") < page.index("集团G1")
    assert "See &lt;i&gt;how&lt;/i&gt; it goes" in page
    assert "上门拜访" in page
    assert "没有任务" in at_work(opened, "manager", "zh-CN").get("/worklist?state=cancelled").text


def test_a_task_goes_from_reminder_to_grade(opened: Open, server: Server) -> None:
    marketing, manager = at_work(opened, "marketing"), at_work(opened, "manager")
    place = f"/worklist/tasks/{TASK_ID}"
    assert marketing.act(place, {"step": "remind"}).headers["hx-refresh"] == "true"
    assert "Reminder: please see to this." in manager.get("/worklist").text
    assert manager.act(place, {"step": "note", "text": "Visit on Friday"}).status_code == 204
    assert "Visit on Friday" in marketing.get("/worklist?manager=M1").text
    assert marketing.act(place, {"step": "finish", "outcome": "saved"}).status_code == 403
    assert manager.act(place, {"step": "finish", "outcome": "saved"}).status_code == 204
    assert state_of(server) == "done"
    again = manager.act(place, {"step": "finish", "outcome": "lost"})
    assert again.status_code == 409
    assert "the customer stays" in marketing.get("/worklist?state=done").text
    graded = {"step": "evaluate", "grade": "4", "text": "Quick"}
    assert marketing.act(place, graded).status_code == 204
    assert "grade 4" in manager.get("/worklist?state=done").text


def test_a_task_is_issued_once(opened: Open, server: Server) -> None:
    browser = at_work(opened, "marketing")
    key = Parsed(browser.get("/worklist").text).fields["key"]
    fields = {
        "key": key, "manager_id": "M1", "kind": "call", "about": "customer",
        "about_id": "C0000007", "text": "Once only",
    }  # fmt: skip
    for _ in range(2):
        assert browser.act("/worklist", fields).status_code == 204
    assert browser.get("/worklist").text.count("Once only") == 1
    unknown = browser.act("/worklist", fields | {"key": "k2", "about_id": "C9999999"})
    assert unknown.status_code == 404
    found = re.findall(r'id="task-(\w{24})"', browser.get("/worklist").text)
    (own,) = [one for one in found if one != TASK_ID]
    assert (
        browser.act(f"/worklist/tasks/{own}", {"step": "cancel", "text": "not needed"}).status_code
        == 204
    )
    assert state_of(server, own) == "cancelled"


def key_of(page: str, task_id: str, step: str) -> str:
    """Of the form of this step on this task."""
    form = page[page.index(f'id="task-{task_id}"') :]
    found = re.search(rf'value="{step}"><input type="hidden" name="key" value="(.+?)"', form)
    assert found is not None
    return found[1]


def test_a_note_a_reminder_and_taking_a_task_act_once_for_each_form(
    opened: Open, server: Server
) -> None:
    """Sent again from one page it is the same; the same words from the next page are new ones."""
    engine = open_engine(server.home)
    with engine.begin() as connection:
        new_user(connection, "desk", "manager", MONDAY, Scope(manager_id="M1"), hashed(PASSWORD))
        manager, order = find_manager(connection, "M1"), Order("call", "Ring them", None, "G1")
        settings, now = manager_settings(server.home), datetime.now()
        own = write_task(connection, new_task(manager, order, Actor("li.na"), settings, now)).id
    engine.dispose()
    for who, fields, text in (
        ("marketing", {"step": "remind"}, "Reminder: please see to this."),
        ("desk", {"step": "take"}, "Taken."),
        ("desk", {"step": "note", "text": "No one at home"}, "No one at home"),
        ("desk", {"step": "note", "text": "No one at home"}, "No one at home"),
    ):
        browser = at_work(opened, who)
        page = browser.get("/worklist").text
        before, key = page.count(text), key_of(page, own, fields["step"])
        for _ in range(2):
            assert browser.act(f"/worklist/tasks/{own}", {**fields, "key": key}).status_code == 204
        assert browser.get("/worklist").text.count(text) == before + 1
    other = {"step": "note", "text": "At home", "key": key}
    assert browser.act(f"/worklist/tasks/{own}", other).status_code == 409


def test_managers_are_kept_with_plan_and_changes(opened: Open) -> None:
    browser = at_work(opened, "marketing")
    made = browser.act(
        "/worklist/managers",
        {"manager_id": "M2", "name": "East <b>", "since": "2026-01-01", "city": "Wuxi"},
    )
    assert made.headers["hx-redirect"] == "/worklist/managers/M2"
    target = {
        "manager_id": "M2", "indicator": "customers_in_care", "target": "120",
        "target_since": "2026-03-01", "target_until": "2026-04-01",
    }  # fmt: skip
    assert browser.act("/worklist/managers", target).status_code == 204
    page = browser.get("/worklist/managers/M2").text
    assert "East &lt;b&gt;" in page
    assert "2026-03-01 – 2026-04-01" in page
    own = at_work(opened, "manager")  # of Suzhou
    assert "M2" not in own.get("/worklist/managers").text
    assert own.get("/worklist/managers/M2").status_code == 404
    assert own.act("/worklist/managers", {"manager_id": "M1", "name": "x"}).status_code == 403


def test_what_cannot_be_read_is_said(opened: Open) -> None:
    part = at_work(opened, "manager").get("/worklist/beside")
    assert part.status_code == 200
    assert part.text.count("<h2>") == 2
