"""Phones and keys by the command, in both languages."""

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


def test_numbers_go_in_and_are_found_masked(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "phones.csv"
    file.write_text("customer_id,phone\nC1,15400005678\n", "utf-8")
    assert "1 new numbers" in liuke(home, "phones", "import", str(file))
    found = json.loads(liuke(home, "phones", "find", "154 0000 5678", "--json"))
    assert found == {"phone": "154****5678", "customer_id": "C1"}
    assert "没有客户" in liuke(home, "phones", "find", "15400005679", "--language", "zh")
    assert "not a phone number" in liuke(home, "phones", "find", "12", fails=True)


def test_keys_are_rotated_and_removed(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "phones.csv"
    file.write_text("customer_id,phone\nC1,15400005678\n", "utf-8")
    liuke(home, "phones", "import", str(file))
    assert "is in use" in liuke(home, "secrets", "remove", "1", fails=True)
    assert "Key 2 is in use; 1 numbers" in liuke(home, "secrets", "rotate")
    assert "Key 1 is removed" in liuke(home, "secrets", "remove", "1")
