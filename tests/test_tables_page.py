"""The commands of docs/tables.md run as they stand there, on a table made here."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from serving.command.tree import app
from serving.scoring.table_rows import score_rows
from tests.conftest import quick_tables
from training.tables.shelf import read_table_model

pytestmark = pytest.mark.slow
PAGE = (Path(__file__).parents[1] / "docs" / "tables.md").read_text("utf-8")


def shops(count: int = 400) -> pd.DataFrame:
    """The table that the page describes."""
    random = np.random.default_rng(5)
    months = random.integers(1, 80, count)
    plan = random.choice(["basic", "plus", "pro"], count)
    closed = random.random(count) < 1 / (1 + np.exp(0.05 * months - 0.8 * (plan == "basic")))
    fee = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in months * 40.0]
    opened = pd.Timestamp("2025-06-01") - pd.to_timedelta(months * 30 + count % 7, unit="D")
    return pd.DataFrame(
        {
            "shop": [f"S{number}" for number in range(count)],
            "months": months,
            "plan": plan,
            "fee": fee,
            "opened": opened.strftime("%Y-%m-%d"),
            "note": np.where(closed, "gave notice", ""),
            "closed": np.where(closed, "yes", "no"),
        }
    )


def test_the_commands_of_the_page_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIUKE_HOME", "home")
    quick_tables(Path("home"))
    shops().to_csv("shops.csv", index=False)
    commands = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(commands) == 2
    for command in commands:
        program, *options = shlex.split(command)
        assert program == "liuke"
        done = CliRunner().invoke(app, options)
        assert done.exit_code == 0, done.output
    assert len(pd.read_csv("risks.csv")) == len(shops())
    assert list(pd.read_csv("scored.csv").columns) == [*shops().columns, "risk"]

    (request,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)
    body = json.loads(request)
    (score,) = score_rows(read_table_model(Path("home"), body["model"])[1], body["rows"], "en")
    assert {reason["feature"] for reason in score["reasons"]} <= {"months", "plan", "fee", "opened"}


def test_the_note_is_named_where_it_is_not_excluded(tmp_path: Path) -> None:
    quick_tables(tmp_path)
    shops().to_csv(tmp_path / "shops.csv", index=False)
    done = CliRunner().invoke(
        app,
        ["table", "train", str(tmp_path / "shops.csv"), "--target", "closed", "--positive", "yes",
         "--home", str(tmp_path), "--json"],
    )  # fmt: skip
    named = json.loads(done.stdout)["suspected_leaks"]
    assert {(one["column"], one["why"]) for one in named} == {
        ("shop", "unique_key"), ("note", "one_class"),
    }  # fmt: skip
