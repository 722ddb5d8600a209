"""`liuke manager` and `liuke task`: what they keep, refuse and show, in both languages."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from serving.command.options import now
from serving.command.tree import app
from tests.bases import write_base
from tests.conftest import set_home
from tests.facts import import_facts, joined, used

pytestmark = pytest.mark.slow

KEPT = ("manager", "save", "M1", "--name", "East", "--city", "Suzhou", "--since", "2025-01-01")
NEW = ("task", "new", "--manager", "M1", "--kind", "visit", "--text", "See them")


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Path:
    """A home with one night, in which a manager is kept."""
    group = {"manager_id": "M1", "group_id": "G1", "revenue": 20.0}
    write_base(tmp_path, [group, group, {"manager_id": "M2"}])
    set_home(tmp_path, "serving", f'database_url = "{database_url}"\n')
    made(tmp_path, *KEPT)
    return tmp_path


def liuke(home: Path, *options: object) -> Result:
    return CliRunner().invoke(app, [*map(str, options), "--home", str(home)])


def made(home: Path, *options: object) -> dict[str, Any]:
    result = liuke(home, *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def shown(home: Path, *options: object) -> str:
    result = liuke(home, *options)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(home: Path, *options: object) -> str:
    result = liuke(home, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def test_a_manager_is_shown_with_every_change_and_the_plan(home: Path) -> None:
    assert made(home, "manager", "save", "M1", "--city", "Wuxi", "--until", "2027-12-31")["city"]
    period = ("--from", "2026-02-01", "--to", "2026-03-03")
    aims = ("--target", "customers_in_care=4", "--target", "tasks_in_time=0.9")
    assert len(made(home, "manager", "save", "M1", *aims, *period)["plan"]) == 2
    found = made(home, "manager", "show", "M1")
    assert [own["city"] for own in found["changes"]] == ["Suzhou", "Wuxi"]
    assert [own["target"] for own in found["plan"]] == [4.0, 0.9]
    text = shown(home, "manager", "show", "M1", "--language", "zh")
    assert "2025-01-01至2027-12-31" in text
    assert "在管客户数：4" in text
    assert "M1  East  Wuxi" in shown(home, "manager", "list")
    figures = made(home, "manager", "performance", "M1", *period)["figures"]
    assert (figures[0]["value"], figures[0]["target"], figures[1]["value"]) == (2, 4.0, 40.0)
    text = shown(home, "manager", "performance", "M1", *period)
    assert "customers in care: 2, target 4" in text
    assert "tasks done in time: –, target 90.0" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("M2",), "name and since: expected for a manager who is new"),
        (("M1", "--target", "charm=1", "--from", "2026-01-01", "--to", "2026-02-01"), "charm"),
        (("M1", "--target", "tasks_due", "--from", "2026-01-01", "--to", "2026-02-01"), "NUMBER"),
        (("M1", "--target", "tasks_due=1"), "a target needs --from and --to"),
        (("M1", "--from", "2026-01-01", "--to", "2026-02-01"), "these need a --target"),
    ],
)
def test_a_wrong_save_is_refused_and_changes_nothing(
    home: Path, options: tuple[str, ...], message: str
) -> None:
    before = made(home, "manager", "list"), made(home, "manager", "show", "M1")
    assert message in refused(home, "manager", "save", *options)
    assert before == (made(home, "manager", "list"), made(home, "manager", "show", "M1"))


def test_a_task_goes_from_its_issue_to_its_grade(home: Path) -> None:
    task = made(home, *NEW, "--customer", "C000", "--due", f"{now(home):%F}")
    assert (task["state"], task["reminder"]) == ("open", "due_today")
    begun = made(home, "task", "note", task["task_id"], "--text", "Friday", "--as", "M1")
    assert begun["state"] == "in_progress"
    assert "(today)  in progress  Visit the customer" in shown(home, "task", "list")
    assert len(made(home, "task", "list", "--reminder", "due_today")["tasks"]) == 1
    assert made(home, "task", "list", "--reminder", "overdue")["tasks"] == []
    own = (task["task_id"], "--grade", "5", "--reason", "Quick")
    assert "the task is in_progress; expected done" in refused(home, "task", "evaluate", *own)
    done = ("task", "done", task["task_id"], "--outcome", "saved", "--as", "M1")
    assert made(home, *done)["in_time"] is True
    assert "the task is done; expected open or in_progress" in refused(home, *done)
    text = shown(home, "task", "evaluate", *own, "--language", "zh")
    assert "已完成  上门拜访，客户C000，客户经理M1：See them" in text
    assert "评分5，Quick" in text
    assert made(home, "task", "list", "--state", "open")["tasks"] == []


def test_who_does_a_task_under_no_desk_does_not_grade_it(home: Path) -> None:
    task_id = made(home, *NEW, "--group", "G1")["task_id"]
    made(home, "task", "done", task_id, "--outcome", "settled")
    own = (task_id, "--grade", "5", "--reason", "Good")
    assert "evaluates no task of their own" in refused(home, "task", "evaluate", *own)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--customer", "C9"), "C9 is not in the network at the last night"),
        (("--group", "G9"), "no customer is in this group"),
        ((), "name one of the two"),
        (("--customer", "C000", "--due", "2020-01-01"), "due is 2020-01-01; expected"),
        (("--customer", "C000", "--kind", "party"), "kind is 'party'; expected one of call"),
        (("--customer", "C000", "--manager", "M9"), "no manager has this id"),
    ],
)
def test_a_task_that_cannot_be_is_refused_and_not_kept(
    home: Path, options: tuple[str, ...], message: str
) -> None:
    assert message in refused(home, *NEW, *options)
    assert made(home, "task", "list") == {"tasks": [], "next": None}


def test_of_many_tasks_the_first_due_are_shown_and_the_rest_is_said(home: Path) -> None:
    for days in (3, 1, 2):
        made(home, *NEW, "--customer", "C001", "--due", f"{now(home) + timedelta(days=days):%F}")
    assert "The first 2 tasks; there are more" in shown(home, "task", "list", "--size", "2")
    whole = made(home, "task", "list", "--customer", "C001", "--manager", "M1")["tasks"]
    assert [own["due"] for own in whole] == sorted(own["due"] for own in whole)
    assert "No task is there." in shown(home, "task", "list", "--manager", "M2")
    assert "expected one of open" in refused(home, "task", "list", "--state", "lost")


@pytest.mark.parametrize("options", [("note", "--text", "x"), ("cancel", "--why", "x")])
def test_a_task_or_a_desk_that_is_not_there_is_refused(
    home: Path, options: tuple[str, ...]
) -> None:
    command, *rest = options
    assert "no task has this id" in refused(home, "task", command, "f" * 24, *rest)
    task_id = made(home, *NEW, "--customer", "C000")["task_id"]
    chinese = refused(home, "task", command, "f" * 24, *rest, "--language", "zh")
    assert "没有该编号的任务" in chinese
    if command == "note":
        assert "no manager has this id" in refused(
            home, "task", command, task_id, *rest, "--as", "M9"
        )
    assert made(home, "task", "list")["tasks"][0]["state"] == "open"


def test_the_view_of_a_customer_has_the_tasks_about_them(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import_facts(home, [*joined("C000"), used("C000", 1)], tmp_path_factory.mktemp("facts") / "new")
    assert made(home, "customer", "C000")["tasks"] == []
    first = made(home, *NEW, "--customer", "C000", "--due", f"{now(home):%F}")["task_id"]
    made(home, "task", "done", first, "--outcome", "saved", "--as", "M1")
    made(home, *NEW, "--customer", "C001")
    open_ = made(home, *NEW, "--customer", "C000")["task_id"]
    found = made(home, "customer", "C000")["tasks"]
    assert [(own["task_id"], own["manager_id"], own["outcome"]) for own in found] == [
        (open_, "M1", None), (first, "M1", "saved"),
    ]  # fmt: skip
    text = shown(home, "customer", "C000", "--language", "zh")
    assert text.index("待办") < text.index("已完成") < text.index("客户留下")
