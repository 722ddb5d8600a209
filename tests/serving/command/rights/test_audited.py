"""Every command stands in one of two tables, and leaves its row where it is to leave one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import typer
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

from features.home import Home
from serving.audit.search import UNNAMED
from serving.command.rights.audited import (
    AUDITED,
    METHOD,
    NO_PERSON,
    entry_of,
    record_all,
    user,
)
from serving.command.tree import app
from serving.customers.base import export
from serving.database import open_engine, upgrade
from serving.database.tables import audit, audit_subjects
from tests.conftest import set_home

if TYPE_CHECKING:
    from tests.conftest import SmallHome

PASSWORD = "correct horse battery\n"
# On a decision, in tests/serving/audit/replay/test_replay.py and test_person.py beside this file.
# Of lists in tests/serving/command/retention/test_lists.py, with the approval by a second person.
LISTS = {f"list {own}" for own in ("all", "show", "why", "curve", "export", "approve", "revoke")}
# Of campaigns in test_campaigns.py beside it.
CAMPAIGNS = {f"campaign {own}" for own in ("outcomes", "facts", "reconcile", "readout", "learn")}
ELSEWHERE = {"audit replay", "person explain", *LISTS, *CAMPAIGNS}


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command below, by its words; a group that is a command too, as `alarms` is."""
    below = getattr(group, "commands", {})
    if words and (not below or group.invoke_without_command):
        yield " ".join(words)
    for name, own in below.items():
        yield from commands(own, (*words, name))


def test_every_command_stands_in_one_of_the_tables() -> None:
    there = set(commands(typer.main.get_command(app)))
    assert not set(AUDITED) & set(NO_PERSON)
    absent = there - set(AUDITED) - set(NO_PERSON)
    assert not absent, f"do these show or change persons or keys? {sorted(absent)}"
    assert set(AUDITED) | set(NO_PERSON) == there


def test_beyond_a_number_the_row_has_the_number_of_customers_alone(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Home(tmp_path).lake.mkdir()
    monkeypatch.setattr(export, "MAX_SUBJECTS", 2)
    record_all(tmp_path, store, "list make", ["C1", "C2"], size=2)
    record_all(tmp_path, store, "list make", ["C1", "C2", "C3"], size=3)
    with store.connect() as connection:
        rows = connection.execute(select(audit.c.detail).order_by(audit.c.number)).scalars()
        details = [json.loads(row) for row in rows]
        named = connection.execute(select(func.count()).select_from(audit_subjects)).scalar_one()
    assert [own.get(UNNAMED) for own in details] == [None, 3]
    assert named == 2


def test_a_command_that_is_not_in_the_table_has_no_row() -> None:
    assert entry_of("person export", "C1").subjects == ("C1",)
    with pytest.raises(KeyError):
        entry_of("settings")


@dataclass
class Desk:
    """Runs commands on a home and looks at the rows that they leave."""

    home: Path
    engine: Engine

    def run(self, command: str, *options: object, sent: str = "") -> tuple[dict[str, Any], Any]:
        """The result of a command that ends well, and its row: the only new one."""
        before = self._count()
        words = [*command.split(), *map(str, options), "--home", str(self.home), "--json"]
        ended = CliRunner().invoke(app, words, input=sent)
        assert ended.exit_code == 0, (command, ended.output)
        with self.engine.connect() as connection:
            (row,) = connection.execute(select(audit).where(audit.c.number > before))
        assert (row.method, row.route, row.status) == (METHOD, f"liuke {command}", 200)
        assert (row.caller, row.purpose) == (user(), AUDITED[command])
        found: dict[str, Any] = json.loads(ended.stdout)
        return found, row

    def _count(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(audit)).scalar_one())


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    home = tmp_path / "home"
    Home(home).lake.mkdir(parents=True)
    set_home(home, "serving", f'database_url = "{database_url}"\n')
    engine = open_engine(home, database_url)
    upgrade(engine)
    yield Desk(home, engine)
    engine.dispose()


def of_keys(desk: Desk, _folder: Path) -> Iterator[str]:
    key, row = desk.run("key new", "--role", "hotline")
    assert json.loads(row.detail) == {"key": key["id"], "role": "hotline"}
    desk.run("key list")
    desk.run("key revoke", key["id"])
    desk.run("user new", "li.na", "--role", "auditor", sent=PASSWORD)
    for change in ("password", "disable", "enable"):
        _, row = desk.run(f"user {change}", "li.na", sent=PASSWORD)
        assert json.loads(row.detail) == {"user": "li.na"}
        yield f"user {change}"
    desk.run("user list")
    yield from ("key new", "key list", "key revoke", "user new", "user list")


def of_persons(desk: Desk, folder: Path) -> Iterator[str]:
    desk.run("person object", "C1")
    _, row = desk.run("person export", "C1", "--out", folder / "copy.json")
    assert row.subjects == 1
    desk.run("person erase", "C1", "--yes")
    yield from ("person object", "person export", "person erase")


def of_phones(desk: Desk, folder: Path) -> Iterator[str]:
    file = folder / "phones.csv"
    file.write_text("customer_id,phone\nC2,15400005678\n", "utf-8")
    desk.run("phones import", file)
    _, found = desk.run("phones find", "15400005678")
    _, unknown = desk.run("phones find", "15400005679")
    assert (found.subjects, unknown.subjects) == (1, 0)
    assert "5400005678" not in found.detail
    desk.run("secrets rotate")
    desk.run("secrets remove", 1)
    yield from ("phones import", "phones find", "secrets rotate", "secrets remove")


def of_searches(desk: Desk, _folder: Path) -> Iterator[str]:
    desk.run("views save", "mine", "--where", "city=Suzhou")
    desk.run("views list")
    desk.run("views delete", "mine")
    desk.run("alarms")
    desk.run("alarms check", "--month", "2026-02")
    for own, subjects in (("C2", 1), ("C1", 0)):  # C1 was erased
        _, row = desk.run("audit search", "--customer", own)
        assert (row.subjects, json.loads(row.detail)) == (
            subjects,
            {"searched_by": ["customer_id"]},
        )
    yield from ("views save", "views list", "views delete")
    yield from ("alarms", "alarms check", "audit search")


def of_backups(desk: Desk, folder: Path) -> Iterator[str]:
    desk.run("backup", folder / "b.tar.gz")
    other = folder / "other"
    words = ["restore", str(folder / "b.tar.gz"), "--database-url", "", "--home", str(other)]
    assert CliRunner().invoke(app, words).exit_code == 0
    engine = open_engine(other)
    with engine.connect() as connection:
        routes = connection.execute(select(audit.c.route).order_by(audit.c.number)).scalars().all()
    engine.dispose()
    assert routes[-2:] == ["liuke backup", "liuke restore"]
    yield from ("backup", "restore")


def of_the_base(desk: Desk, folder: Path) -> Iterator[str]:
    scores = next(Home(desk.home).scores.glob("*.parquet"))
    frame = pd.read_parquet(scores)
    frame.loc[0, "potential"] = "qualified"
    frame.to_parquet(scores)
    own = str(frame["customer_id"].iloc[0])
    for command in ("customer", "tier", "standing"):
        _, row = desk.run(command, own)
        assert row.subjects == 1
        yield command
    found, row = desk.run("customers", "--limit", 3, "--where", f"customer_id={own}")
    assert row.subjects == len(found["customers"]) == 1
    assert own not in row.detail
    written, row = desk.run("customers", "--out", folder / "all.csv")
    detail = json.loads(row.detail)
    assert row.subjects == detail["count"] == written["count"] > 100
    assert detail["sha256"] == written["sha256"]
    before = frame["as_of"].iloc[0] - pd.Timedelta(days=7)
    earlier = frame.assign(as_of=before, churn_risk=0.0)
    earlier.to_parquet(scores.with_name(f"{before:%F}-a.parquet"))
    for command in ("arrears", "warnings"):
        shown, row = desk.run(command, "--size", 2)
        assert row.subjects == len(shown["customers"]) <= 2
        written, row = desk.run(command, "--out", folder / f"{command}.csv")
        assert row.subjects == written["count"]
        assert json.loads(row.detail)["sha256"] == written["sha256"]
        yield command
    receipt, row = desk.run("list make", "--size", 5, "--out", folder / "list.csv")
    assert row.subjects == receipt["count"] == 5
    desk.run("trace", folder / "list.csv")
    shown, row = desk.run("potential list")
    assert row.subjects == len(shown["customers"]) > 0
    until = f"{datetime.now():%Y}-12-31"
    desk.run("potential confirm", own, "--manager", "M1", "--until", until)
    yield from ("customers", "list make", "trace", "potential list", "potential confirm")
    yield from of_managers(desk, own)


def of_managers(desk: Desk, own: str) -> Iterator[str]:
    given = ("M1", "--name", "Desk", "--since", "2025-01-01")
    _, row = desk.run("manager save", *given)
    assert json.loads(row.detail) == {"manager": "M1"}
    desk.run("manager list")
    desk.run("manager show", "M1")
    desk.run("manager performance", "M1", "--from", "2026-01-01", "--to", "2026-02-01")
    ids = []
    for text in ("Ring them", "Write"):
        words = ("--manager", "M1", "--kind", "call", "--text", text, "--customer", own)
        task, row = desk.run("task new", *words)
        assert row.subjects == 1
        ids.append(task["task_id"])
    _, row = desk.run("task list")
    assert row.subjects == 1, "two tasks about one customer"
    steps = {
        "task note": (ids[0], "--text", own, "--as", "M1"),
        "task done": (ids[0], "--outcome", "saved", "--as", "M1"),
        "task evaluate": (ids[0], "--grade", "4", "--reason", "Quick"),
        "task cancel": (ids[1], "--why", "No need"),
    }
    for command, options in steps.items():
        _, row = desk.run(command, *options)
        assert (row.subjects, json.loads(row.detail)) == (1, {"task": options[0]})
        yield command
    yield from ("manager save", "manager list", "manager show", "manager performance")
    yield from ("task new", "task list")


OF_SMALL_HOMES = (of_keys, of_persons, of_phones, of_searches, of_backups)


@pytest.mark.slow
def test_each_command_of_the_table_leaves_one_row(
    desk: Desk, small_home: SmallHome, tmp_path: Path, database_url: str
) -> None:
    done: set[str] = set()
    for run in OF_SMALL_HOMES:
        done.update(run(desk, tmp_path))
    scored = small_home.copied_to(tmp_path / "scored")
    set_home(scored, "serving", f'database_url = "{database_url}"\n')
    engine = desk.engine if database_url else open_engine(scored)
    upgrade(engine)
    done.update(of_the_base(Desk(scored, engine), tmp_path))
    engine.dispose()
    assert done == set(AUDITED) - ELSEWHERE
