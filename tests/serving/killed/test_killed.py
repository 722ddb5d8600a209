"""Workers are killed in the middle of everything: what was acknowledged is there, exactly once.

`liuke serve --workers N`, a mix of all kinds of requests over many connections, and kill -9. What
was not acknowledged is there with its row of the audit or not at all.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

from features.home import Home
from serving.access.keys import Terms, new_key
from serving.access.people.accounts import new_user
from serving.access.people.passwords import hashed
from serving.access.principal import Scope
from serving.command.tree import app
from serving.database import open_engine, upgrade
from serving.database.tables import alarms, audit, audit_subjects
from tests.conftest import set_home
from tests.serving.conftest import MONDAY, Server, start
from tests.serving.killed.clerk import PASSWORD, Caller, Callers, Clerk, Tally
from tests.serving.killed.killing import kill_one
from tests.serving.killed.sent import Sent, beside_audit
from tests.serving.killed.stored import Stored, stored
from tests.serving.killed.wire import Wire
from tests.serving.process.test_handover import port_of
from tests.serving.process.test_supervisor import eventually, has_place, workers_of

if TYPE_CHECKING:
    from tests.conftest import SmallHome

SEED = 13
OWN_CUSTOMERS = 8


@dataclass
class Run:
    """One run: the server, its clerks, and what became of the workers that were killed."""

    server: Server
    engine: Engine
    clerks: list[Clerk]
    workers: int
    killed: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)  # ports of connections to those

    @property
    def sent(self) -> list[Sent]:
        return [own for clerk in self.clerks for own in clerk.log]

    async def all_work(self, kill_at: list[int]) -> None:
        """Let the clerks work, and kill a worker each time that so many requests were sent."""
        async with asyncio.TaskGroup() as group:
            for clerk in self.clerks:
                group.create_task(clerk.work())
            for count in kill_at:
                while self.clerks[0].tally.sent < count or not self.has_all_workers():
                    await asyncio.sleep(0.005)
                process, ports = kill_one(workers_of(self.server), port_of(self.server))
                self.killed.append(process)
                self.broken += ports

    def has_all_workers(self) -> bool:
        there = workers_of(self.server)
        return len(there) == self.workers and not set(there) & set(self.killed)


@pytest.fixture
def home(small_home: SmallHome, tmp_path: Path, database_url: str) -> Path:
    home = small_home.copied_to(tmp_path / "home")
    if database_url:
        set_home(home, "serving", f'database_url = "{database_url}"\n')
    return home


@pytest.fixture
def engine(home: Path, database_url: str) -> Iterator[Engine]:
    engine = open_engine(home, database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def places(home: Path) -> dict[str, str]:
    """The city of each customer of the last night."""
    with closing(sqlite3.connect(Home(home).counter)) as connection:
        return dict(connection.execute("select customer_id, city from customers order by 1"))


def callers(engine: Engine, number: int, city: str, password: str) -> Callers:
    person = f"li.na.{number}"
    with engine.begin() as connection:
        new_user(connection, person, "auditor", MONDAY, password_argon2=password)
    manager, auditor, elsewhere = (
        Caller(key.id, {"authorization": f"Bearer {key.secret}"})
        for key in (
            new_key(engine, "manager", MONDAY),
            new_key(engine, "auditor", MONDAY),
            new_key(engine, "store", MONDAY, Terms(scope=Scope(city=city))),
        )
    )
    return Callers(manager, auditor, elsewhere, person)


def made(home: Path, engine: Engine, workers: int, count: int, requests: int) -> Run:
    """A server with so many workers, and so many clerks, each with customers of their own."""
    cities, password, tally = places(home), hashed(PASSWORD), Tally(requests)
    server = start(home, home.parent, workers)
    eventually(lambda: len(workers_of(server)) == workers and has_place(server))
    clerks = []
    for number in range(count):
        own = list(cities)[number * OWN_CUSTOMERS : (number + 1) * OWN_CUSTOMERS]
        assert len(own) == OWN_CUSTOMERS
        elsewhere = next(city for city in cities.values() if city != cities[own[2]])
        who = callers(engine, number, elsewhere, password)
        chance = random.Random(f"{SEED} {number}")
        clerks.append(Clerk(Wire(port_of(server)), who, own, own[2], chance, tally))
    return Run(server, engine, clerks, workers)


def check(run: Run) -> None:
    """All that must hold once the clerks have gone home."""
    eventually(run.has_all_workers)
    check_connections(run)
    check_stored(run)
    check_audit(run)
    eventually(partial(counts_agree, run))
    log = run.server.log()
    assert "Traceback" not in log
    assert " ERROR " not in log
    assert log.count("ended with status -9; another takes its place") == len(run.killed)


def check_connections(run: Run) -> None:
    """Only connections to a worker that was killed broke, and each of those did."""
    broken = [port for clerk in run.clerks for port in clerk.wire.broken]
    assert sorted(broken) == sorted(run.broken)
    assert len(broken) == sum(own.answer is None for own in run.sent) > 0
    assert all(own.answer.status in STATUSES for own in run.sent if own.answer is not None)


STATUSES = {200, 400, 401, 403, 404, 409, 422, 503}


def check_stored(run: Run) -> None:
    """The tables hold what was done, by the audit, and nothing else."""
    rows: dict[str | None, list[Any]] = {}
    with run.engine.connect() as connection:
        for row in connection.execute(select(audit).order_by(audit.c.number)):
            rows.setdefault(row.caller, []).append(row)
    expected = Stored()
    unknown = [own for own in run.sent if own.caller is None]
    named = sorted({own.caller for own in run.sent if own.caller is not None})
    for caller in named:
        sent = [own for own in run.sent if own.caller == caller]
        for own, row in beside_audit(sent, rows.pop(caller, [])):
            if row is not None and row.status == 200:
                expected.do(caller, own.effect, json.loads(row.detail))
    check_unknown(unknown, rows.pop(None))
    assert not rows
    found = stored(run.engine)
    for name in vars(expected):
        assert getattr(found, name) == getattr(expected, name), name


def check_unknown(sent: list[Sent], rows: list[Any]) -> None:
    """Of callers without a key, who send from several connections, rows are found by their id."""
    by_id = {own.answer.request_id: own for own in sent if own.answer is not None}
    unanswered = sum(own.answer is None for own in sent)
    left = [row for row in rows if row.request_id not in by_id]
    assert all(by_id[row.request_id].is_row(row) for row in rows if row.request_id in by_id)
    assert len(rows) - len(left) == len(by_id)
    assert len(left) <= unanswered


def check_audit(run: Run) -> None:
    """The chain is whole, each subject is there, and no alarm was raised twice in its window."""
    verified = CliRunner().invoke(app, ["audit", "verify", "--home", str(run.server.home)])
    assert verified.exit_code == 0, verified.output
    assert "The audit is whole" in verified.output
    with run.engine.connect() as connection:
        named = connection.execute(select(func.sum(audit.c.subjects))).scalar()
        subjects = connection.execute(select(func.count()).select_from(audit_subjects)).scalar()
        raised = connection.execute(select(alarms.c.caller, alarms.c.detail)).all()
    assert named == subjects
    windows = Counter((own.caller, json.loads(own.detail)["window"]) for own in raised)
    assert set(windows.values()) <= {1}


def counts_agree(run: Run) -> bool:
    """Whether `/metrics` counts each answer: the killed workers' too, but for their last ones."""
    text = httpx.get(f"{run.server.url}/metrics").text
    labels = 'endpoint="(.*?)",http_response_code="(.*?)",refusal="(.*?)"'
    pattern = rf"liuke_request_total\{{{labels}\}} (\S+)"
    counted = Counter(
        {(route, int(status), code): int(float(count))
         for route, status, code, count in re.findall(pattern, text)}
    )  # fmt: skip
    answered = Counter(
        (own.route, own.answer.status, own.answer.code)
        for own in run.sent
        if own.answer is not None
    )
    routes = {route for route, _, _ in answered}
    ours = Counter({key: count for key, count in counted.items() if key[0] in routes})
    apart = (ours - answered).total() + (answered - ours).total()
    return apart <= len(run.broken)


def killed(home: Path, engine: Engine, workers: int, clerks: int, requests: int, kills: int) -> Run:
    run = made(home, engine, workers, clerks, requests)
    try:
        kill_at = [requests * (own + 1) // (kills + 1) for own in range(kills)]
        asyncio.run(run.all_work(kill_at))
        assert len(run.killed) == kills
        check(run)
    finally:
        run.server.process.terminate()
        run.server.process.wait(timeout=120)
    return run


@pytest.mark.slow(minutes=4)
def test_after_two_of_four_workers_were_killed_everything_agrees(
    home: Path, engine: Engine
) -> None:
    run = killed(home, engine, workers=4, clerks=24, requests=20_000, kills=2)
    done = Counter((own.method, own.route) for own in run.sent)
    assert len(done) == 18, "every kind of request was among them"
