"""The rights of a person by the command."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.home import Home
from serving.command.tree import app
from serving.database import open_engine
from serving.scores import last_scores
from serving.scores.known import known_facts
from serving.scores.latest import Latest
from tests.conftest import SmallHome
from tests.serving.decision.counter import Counter


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Home(tmp_path / "home").lake.mkdir(parents=True)
    return tmp_path / "home"


def liuke(home: Path, *words: str, fails: bool = False) -> str:
    result = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert (result.exit_code != 0) == fails, result.output
    return result.output


def test_an_objection_is_recorded_withdrawn_and_audited(home: Path) -> None:
    assert json.loads(liuke(home, "person", "object", "C1", "--json"))["objects"]
    assert "已撤回反对" in liuke(home, "person", "object", "C1", "--withdraw", "--language", "zh")
    assert "no objection" in liuke(home, "person", "object", "C1", "--withdraw", fails=True)
    audited = json.loads(liuke(home, "audit", "search", "--customer", "C1", "--json"))["rows"]
    assert [row["route"] for row in audited] == ["liuke person object"] * 2


def test_a_home_is_backed_up_and_restored(home: Path, tmp_path: Path) -> None:
    liuke(home, "person", "object", "C1")
    file, phrase = tmp_path / "b.tar.gz", tmp_path / "phrase"
    phrase.write_text("a long passphrase\n", "utf-8")
    made = liuke(home, "backup", str(file), "--passphrase-file", str(phrase), "--language", "zh")
    assert "尚无电话号码或化名的密钥" in made
    other = tmp_path / "other"
    liuke(other, "restore", str(file))
    assert "not empty" in liuke(other, "restore", str(file), fails=True)


def test_a_decision_is_explained_and_audited(small_home: SmallHome, tmp_path: Path) -> None:
    home = small_home.copied_to(tmp_path / "own")
    assert "no decision" in liuke(home, "person", "explain", "none", fails=True)
    name = last_scores(home)["customer_id"].iloc[3]
    engine = open_engine(home)
    at = small_home.as_of + timedelta(hours=10)
    counter = Counter(home, engine, at, known_facts(home, Latest(home).night, None))
    decision = counter.decided(name)
    counter.close()
    engine.dispose()
    found = json.loads(liuke(home, "person", "explain", decision.id, "--json"))
    assert (found["verified"], found["row_rebuilt"]) == (True, True)
    assert found["churn_risk"] == decision.answer["churn_risk"]
    text = liuke(home, "person", "explain", decision.id, "--language", "zh")
    assert "使用的数据" in text
    audited = json.loads(liuke(home, "audit", "search", "--customer", name, "--json"))["rows"]
    assert [row["route"] for row in audited][:2] == ["liuke person explain"] * 2
