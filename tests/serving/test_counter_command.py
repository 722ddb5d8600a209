"""`liuke plans import` and `liuke alarms check`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from typer.testing import CliRunner

from serving.command.tree import app
from serving.database import open_engine, upgrade
from serving.database.tables import alarms, contacts
from serving.decision.bill_fit.prepared import prepare_counter
from serving.decision.bill_fit.store import CounterFacts
from tests.facts import import_facts, joined, used
from tests.serving.decision.bill_fit.test_plan_files import GROUPS
from tests.serving.decision.test_clusters import contact

if TYPE_CHECKING:
    from typer.testing import Result


def liuke(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--home", str(home)])


def small(home: Path) -> Path:
    import_facts(home, [*joined("C1", -800), used("C1", -790)], home / "extract")
    return home


def test_plans_of_a_file_are_on_sale_and_the_same_again_is_ignored(tmp_path: Path) -> None:
    home = small(tmp_path)
    file = tmp_path / "plans.json"
    file.write_text(json.dumps({"data": GROUPS}))
    given = ("plans", "import", str(file), "--payment-mode", "prepaid", "--brand", "Other",
             "--overage", "5", "--voice", "0.15", "--since", "2024-01-01")  # fmt: skip
    first = liuke(home, *given, "--json")
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout)
    assert (found["read"], found["new"], found["refused"]) == (5, 5, 5)
    assert found["rows_refused"][0].startswith("row 2 (200MB)")
    again = liuke(home, *given, "--language", "zh")
    assert "读取5个套餐，其中新增0个；拒绝5行" in again.output
    prepare_counter(home, datetime(2025, 3, 1))
    daily = next(plan for plan in CounterFacts(home).plans if "DAILY" in plan.plan)
    assert (daily.fee_fen, daily.overage_fen_gb, daily.voice_fen_min) == (300_000, 500, 15)


def test_a_cluster_becomes_an_alarm_once(tmp_path: Path) -> None:
    home = small(tmp_path)
    engine = open_engine(home)
    upgrade(engine)
    rows = [contact(number, f"K{number % 50}", "saved") for number in range(1000)]
    rows += [contact(1000 + number, "K7", "cancelled") for number in range(12)]
    with engine.begin() as connection:
        connection.execute(insert(contacts), rows)
    first = liuke(home, "alarms", "check", "--month", "2026-02", "--json")
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout)
    assert (found["new"], [one["who"] for one in found["found"]]) == (1, ["K7"])
    again = liuke(home, "alarms", "check", "--month", "2026-02")
    assert "1 clusters, 0 of them new" in again.output
    assert "clerk K7: 12 cancellations" in again.output
    quiet = liuke(home, "alarms", "check", "--month", "2026-01", "--language", "zh")
    assert "聚集0处" in quiet.output
    with engine.connect() as connection:
        assert connection.execute(select(alarms.c.caller)).scalars().all() == ["K7"]
    engine.dispose()
