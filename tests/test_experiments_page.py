"""The command of docs/experiments.md runs as it stands there, on a table made here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.command.tree import app
from tests.training.experiments.drawn import drawn_table
from training.readouts.checked import checks_of

PAGE = (Path(__file__).parents[1] / "docs" / "experiments.md").read_text("utf-8")


def test_the_command_of_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIUKE_HOME", "home")
    table = drawn_table(1, rows=1_000, effect=0.15).drop(columns="spend")
    table["arm"] = table["arm"].replace({"control": "none"})
    names = {"arm": "offer", "bought": "renewed", "value": "bill"}
    table.rename(columns=names).to_csv("offer.csv", index=False)
    (command,) = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.M | re.S)
    program, *options = shlex.split(command)
    assert program == "liuke"
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    assert "offer1 helps: renewed" in done.stdout


def test_the_page_names_every_check() -> None:
    source = Path(checks_of.__code__.co_filename).parents[1] / "experiments"
    code = (source / "checks.py").read_text("utf-8") + (source / "balance.py").read_text("utf-8")
    names = set(re.findall(r'Check\(\s*"(\w+)"', code))
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
    assert names == listed
