"""A decision made again: equal whatever came later, and what was changed since is named."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb
import pandas as pd
import pytest
from sqlalchemy import Engine, insert, update
from typer.testing import CliRunner

from features.engine.store import build_histories
from features.home import Home
from features.lake import read_manifest
from serving.access.principal import Principal, Scope
from serving.audit.transactions import Transactions
from serving.command.tree import app
from serving.database import open_engine, upgrade
from serving.database.tables import decisions, objections, promises
from serving.decision.bill_fit import fit_of
from serving.decision.bill_fit.store import CounterFacts
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.decide import DecideRequest
from serving.http.endpoints.decision.decide import Desk
from serving.service_settings import serving_settings
from tests.conftest import set_home
from tests.serving.audit.replay.test_replay import imported

if TYPE_CHECKING:
    from tests.conftest import SmallHome

pytestmark = pytest.mark.slow

HOURS = timedelta(hours=1)


@dataclass(frozen=True)
class Decided:
    """A home with one decision of each role, and the plan that was best for the customer."""

    home: Path
    at: datetime
    customer_id: str
    best_plan: str
    clerk: str
    manager: str


@pytest.fixture(scope="module")
def made(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Decided:
    home = small_home.copied_to(tmp_path_factory.mktemp("decided") / "home")
    at = small_home.as_of + 10 * HOURS
    counter, context = CounterFacts(home), Context(home, serving_settings(home), "CNY")
    prepared = open_engine(home)
    upgrade(prepared)
    prepared.dispose()
    context.__dict__["now"] = lambda: at
    desk = Desk(context)
    customer_id, best = a_saver(desk, counter, home)
    own = {"customer_id": customer_id, "kind": "complaint", "caller": "K1"}
    with context.engine.begin() as connection:
        connection.execute(
            insert(promises),
            [own | {"id": "open", "made_at": at - 30 * HOURS, "due_at": at - HOURS}],
        )
    recorder = Transactions(context.engine)

    def decided(role: str, language: Literal["en", "zh"]) -> str:
        call = Call("r1", "/decide", "POST", Principal("k1", role, Scope()), recorder=recorder)
        form = DecideRequest(
            customer_id=customer_id, intent="cancel", channel="store", reason="price",
            language=language,
        )  # fmt: skip

        async def answered() -> Any:
            return await desk.decide(call, form)

        found: str = asyncio.run(answered()).decision_id
        return found

    found = Decided(home, at, customer_id, best, decided("store", "zh"), decided("manager", "en"))
    recorder.close()
    context.close()
    return found


def facts_all(home: Path, feed: str) -> pd.DataFrame:
    parts = [str(Home(home).feeds / part.file) for part in read_manifest(home)[feed].parts]
    found: pd.DataFrame = duckdb.sql(
        f"select * from read_parquet({parts}) order by event_time"
    ).df()
    return found


def a_saver(desk: Desk, counter: CounterFacts, home: Path) -> tuple[str, str]:
    """A customer for whom another plan is better, and that plan."""
    for name in facts_all(home, "bills")["customer_id"].unique():
        record = counter.find(name)
        fit = None if record is None else fit_of(record, counter.plans, desk.settings)
        if fit is not None and fit.best is not None:
            return str(name), fit.best.plan
    pytest.fail("no customer of the small home has a better plan")


@pytest.fixture
def own(made: Decided, tmp_path: Path) -> Decided:
    home = Path(shutil.copytree(made.home, tmp_path / "home"))
    return Decided(**{**made.__dict__, "home": home})


@pytest.fixture
def store_of(own: Decided) -> Iterator[Engine]:
    engine = open_engine(own.home)
    yield engine
    engine.dispose()


def replayed(own: Decided, decision_id: str) -> dict[str, Any]:
    ran = CliRunner().invoke(
        app, ["audit", "replay", decision_id, "--home", str(own.home), "--json"]
    )
    assert ran.exit_code in (0, 1), ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    assert (ran.exit_code == 0) == found["equal"], ran.output
    return found


def first(found: dict[str, Any]) -> tuple[str, str]:
    return found["difference"]["kind"], found["difference"]["name"]


@pytest.mark.slow
def test_what_came_later_changes_nothing(own: Decided, store_of: Engine, tmp_path: Path) -> None:
    """The promise is kept, another is made, an objection is recorded, a price is corrected."""
    later = own.at + 3 * HOURS
    with store_of.begin() as connection:
        connection.execute(update(promises).values(kept_at=later))
        connection.execute(
            insert(promises).values(
                id="later", customer_id=own.customer_id, kind="complaint", caller="K1",
                made_at=later, due_at=later,
            )
        )  # fmt: skip
        connection.execute(
            insert(objections).values(customer_id=own.customer_id, recorded_at=later, caller="K1")
        )
    corrected(own, later, tmp_path)
    build_histories(own.home)
    for decision_id in (own.clerk, own.manager):
        assert replayed(own, decision_id)["equal"]


def corrected(own: Decided, known_at: datetime, folder: Path) -> None:
    """Import the best plan again at twice its price, as if known from then on."""
    plans = facts_all(own.home, "plans")
    plan = plans[plans["plan"] == own.best_plan].tail(1)
    plan = plan.assign(fee_fen=plan["fee_fen"] * 2, known_at=known_at)
    imported(own.home, "plans", plan, own.at + 170 * HOURS, folder / "plans")


@pytest.mark.slow
def test_a_price_that_should_have_come_before_changes_nothing(own: Decided, tmp_path: Path) -> None:
    """The operator knew it before that night; Liuke did not."""
    corrected(own, own.at - 20 * HOURS, tmp_path)
    build_histories(own.home)
    assert replayed(own, own.clerk)["equal"]


@pytest.mark.slow
def test_another_setting_is_named_as_one(own: Decided) -> None:
    set_home(
        own.home, "decision", "[limits.clerk]\nstandard = 1\nsilver = 2\ngold = 3\ndiamond = 4\n"
    )
    found = replayed(own, own.clerk)
    assert first(found) == ("settings", "limit")
    assert found["difference"]["now"] in (1, 2, 3, 4)
    said = CliRunner().invoke(app, ["audit", "replay", own.clerk, "--home", str(own.home)])
    assert "settings were other ones than today's" in said.stdout


def test_a_setting_that_does_not_matter_is_none(own: Decided) -> None:
    set_home(own.home, "decision", "undo_seconds = 90\n")
    assert replayed(own, own.manager)["equal"]


def test_a_promise_that_was_changed_is_named(own: Decided, store_of: Engine) -> None:
    with store_of.begin() as connection:
        connection.execute(update(promises).values(kept_at=own.at - 2 * HOURS))
    found = replayed(own, own.clerk)
    assert first(found) == ("decision", "facts.open_promises")
    assert (found["difference"]["then"], found["difference"]["now"]) == (1, 0)


@pytest.mark.parametrize(
    ("path", "name"),
    [(("ladder", 0, "action"), "ladder[0].action"), (("bill_fit", "charge"), "bill_fit.charge")],
)
def test_what_was_altered_in_the_stored_answer_is_named(
    own: Decided, store_of: Engine, path: tuple[Any, ...], name: str
) -> None:
    with store_of.begin() as connection:
        row = connection.execute(decisions.select().where(decisions.c.id == own.clerk)).one()
        answer = json.loads(row.answer)
        place = answer
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = 0.5
        connection.execute(
            update(decisions).where(decisions.c.id == own.clerk).values(answer=json.dumps(answer))
        )
    assert first(replayed(own, own.clerk)) == ("decision", name)
