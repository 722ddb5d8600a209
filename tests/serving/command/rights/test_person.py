"""The rights of a person by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.home import Home
from serving.command.tree import app


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
