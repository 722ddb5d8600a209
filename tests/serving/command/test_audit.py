"""`liuke audit` as auditors run it, in both languages."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update
from typer.testing import CliRunner, Result

from features.words import say
from serving.audit.chain import Head
from serving.audit.entry import Entry
from serving.audit.journal import append, locked_head
from serving.audit.verification import Verified
from serving.command.tree import app
from serving.database.tables import audit, decisions
from tests.conftest import set_home
from tests.serving.conftest import MONDAY
from tests.serving.decision.test_deciding import answer


@pytest.fixture
def home(store: Engine, database_url: str, tmp_path: Path) -> Path:
    """A home whose audit has three rows."""
    (tmp_path / "tables").mkdir()
    set_home(tmp_path, "serving", f'database_url = "{database_url}"\n')
    write(store, 3)
    return tmp_path


def write(engine: Engine, count: int) -> None:
    with engine.begin() as connection:
        entries = [
            Entry(f"{own}", "POST", "/score", 200, "", "anna", "store", "retention", (f"C{own}",))
            for own in range(count)
        ]
        append(connection, locked_head(connection), entries, MONDAY)


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments, "--home", str(home)])


def as_json(home: Path, *arguments: str) -> Any:
    return json.loads(run(home, *arguments, "--json").stdout)


def test_a_whole_audit_is_verified(home: Path) -> None:
    ended = run(home, "verify")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.strip() == "The audit is whole: 3 rows, up to number 3."
    assert as_json(home, "verify")["rows"] == 3
    assert "审计链完整：共3行" in run(home, "verify", "--language", "zh").stdout


def test_a_broken_row_is_named(home: Path, store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(update(audit).where(audit.c.number == 2).values(caller="ben"))
    ended = run(home, "verify")
    assert ended.exit_code == 1
    assert ended.stdout.startswith("Row 2 is not as it was written")
    assert run(home, "verify", "--language", "zh").stdout.startswith("第2行与写入时不符")
    assert as_json(home, "verify")["broken"] == 2


def test_a_kept_head_shows_what_was_cut_off(home: Path, store: Engine, tmp_path: Path) -> None:
    write(store, 2)
    kept = tmp_path / "kept"
    kept.write_text(run(home, "head").stdout)
    assert run(home, "verify", "--head", str(kept)).exit_code == 0
    kept.write_text(kept.read_text().replace('"number": 5', '"number": 7'))
    ended = run(home, "verify", "--head", str(kept))
    assert (ended.exit_code, ended.stdout[:21]) == (1, "Row 6 was cut off: the"[:21])
    kept.write_text("nothing")
    assert "cannot be read as heads of the audit" in run(home, "verify", "--head", str(kept)).stderr


def test_rows_are_searched(home: Path) -> None:
    found = as_json(home, "search", "--customer", "C1")["rows"]
    assert [(row["number"], row["at"]) for row in found] == [(2, MONDAY.isoformat())]
    assert len(as_json(home, "search", "--caller", "anna", "--size", "2")["rows"]) == 2
    text = run(home, "search", "--route", "/score", "--size", "2").stdout
    assert [line.split()[0] for line in text.splitlines()[:2]] == ["3", "2"]
    assert "--size" in text.splitlines()[2]
    assert as_json(home, "search", "--to", "2026-03-02")["rows"] == []
    assert run(home, "search", "--code", "x").stdout.strip().startswith("No row")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_fault_has_words(language: str) -> None:
    for fault in ("missing", "altered", "inserted", "head", "no_head", "truncated", "rewritten"):
        found = asdict(Verified(4, Head(9, "h"), 5, fault, "1", "2"))
        assert say("audit", fault, language, **found, last=9)


def decided(engine: Engine, *answers: dict[str, Any]) -> None:
    """Store these answers, one a day."""
    about = {
        "customer_id": "C1", "purpose": "p", "intent": "cancel", "channel": "store",
        "caller": "a", "role": "store", "answered_by": "live", "request": "{}",
    }  # fmt: skip
    rows = [
        about | {"id": own["decision_id"], "at": MONDAY + timedelta(days=day),
                 "answer": json.dumps(own)}
        for day, own in enumerate(answers)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(decisions), rows)


def test_equal_offers_for_equal_facts_are_compared(home: Path, store: Engine) -> None:
    assert run(home, "equality").stdout.startswith("0 decisions compared")
    first, other = (answer() | {"decision_id": name} for name in ("d1", "d2"))
    decided(store, first, other | {"limit": 1.0}, other | {"decision_id": "d3"})
    ended = run(home, "equality")
    assert ended.exit_code == 1
    assert "3 decisions compared: 1 differ" in ended.stdout
    assert "d1 and d2 are on equal facts and offer something else: no declared rule" in ended.stdout
    assert (
        "d1与d2事实相同而方案不同：没有声明的规则"
        in run(home, "equality", "--language", "zh").stdout
    )
    found = as_json(home, "equality")
    assert (found["decisions"], found["undeclared"]) == (3, 1)
    assert [(own["one"], own["other"]) for own in found["violations"]] == [("d1", "d2")]
    later = run(home, "equality", "--from", "2026-03-04")
    assert (later.exit_code, later.stdout[:11]) == (0, "1 decisions")


def test_what_a_declared_rule_explains_is_shown_and_no_failure(home: Path, store: Engine) -> None:
    first = answer() | {"decision_id": "d1"}
    decided(store, first, first | {"decision_id": "d2", "ladder": [], "predicted_rules": ["limit"]})
    ended = run(home, "equality")
    assert ended.exit_code == 0, ended.output
    assert "something else: limit." in ended.stdout
