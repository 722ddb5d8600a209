"""`liuke analyse`, `liuke arrears` and `liuke warnings` as people run them, in both languages."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from features.home import Home
from serving.command.tree import app
from serving.scores import last_scores
from tests.conftest import set_home

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--home", str(home)])


def period(home: SmallHome) -> list[str]:
    return ["--from", f"{home.as_of - timedelta(days=60):%F}", "--to", f"{home.as_of:%F}"]


@pytest.mark.slow
def test_an_analysis_is_shown_in_both_languages_and_written_as_csv(
    small_home: SmallHome, tmp_path: Path
) -> None:
    out = tmp_path / "revenue.csv"
    options = ["analyse", "revenue", "--by", "city", *period(small_home)]
    shown = run(small_home.home, *options, "--out", str(out))
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("revenue by city, ")
    assert "billed revenue (CNY)" in shown.stdout
    chinese = run(small_home.home, *options, "--language", "zh").stdout
    assert chinese.startswith("收入分析（按城市）")
    assert "出账收入 (CNY)" in chinese
    result = json.loads(run(small_home.home, *options, "--json").stdout)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["city"] for row in rows] == [row["group"] for row in result["rows"]]
    assert [float(row["billed_revenue"]) for row in rows] == [
        row["billed_revenue"] for row in result["rows"]
    ]
    refused = run(small_home.home, *options, "--out", str(out))
    assert refused.exit_code == 1
    assert "--force" in refused.stderr


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_is_drawn(small_home: SmallHome, tmp_path: Path, language: str) -> None:
    out = tmp_path / "use.png"
    options = ["analyse", "rivals", *period(small_home), "--out", str(out), "--language", language]
    assert run(small_home.home, *options).exit_code == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    whole = [*options, "--force", "--every", "whole"]
    assert run(small_home.home, *whole).exit_code == 0


def test_without_a_name_the_analyses_are_listed(small_home: SmallHome) -> None:
    assert "development" in run(small_home.home, "analyse").stdout
    assert "客户发展分析" in run(small_home.home, "analyse", "--language", "zh").stdout
    refused = run(small_home.home, "analyse", "revenue")
    assert "--from and --to are missing" in refused.stderr


def test_arrears_are_listed_and_the_file_is_recorded(own_home: SmallHome, tmp_path: Path) -> None:
    out = tmp_path / "arrears.csv"
    result = json.loads(run(own_home.home, "arrears", "--json", "--out", str(out)).stdout)
    assert result["count"] > 0
    assert result["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    table = pd.read_csv(out)
    assert len(table) == result["count"]
    assert table["overdue"].sum() == pytest.approx(result["overdue"], abs=0.01)
    found = run(own_home.home, "audit", "search", "--route", "liuke arrears", "--json").stdout
    (row,) = json.loads(found)["rows"]
    assert row["detail"]["count"] == result["count"]
    first = result["customers"][0]["customer_id"]
    assert first in run(own_home.home, "arrears", "--size", "1").stdout
    assert "户欠费" not in run(own_home.home, "arrears", "--size", "1").stdout
    assert "欠费客户" in run(own_home.home, "arrears", "--language", "zh").stdout


def test_warnings_need_two_nights(small_home: SmallHome) -> None:
    refused = run(small_home.home, "warnings")
    assert refused.exit_code == 1
    assert "was scored, so nothing can be compared" in refused.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_warnings_are_shown_with_what_changed(
    own_home: SmallHome, tmp_path: Path, language: str
) -> None:
    set_home(own_home.home, "standing", "[warnings]\nrisk_rise = 0.001\n")
    before = own_home.as_of - timedelta(days=28)
    scores = last_scores(own_home.home)
    scores = scores.assign(as_of=pd.Timestamp(before), churn_risk=0.0001, reasons="[]")
    scores.to_parquet(Home(own_home.home).scores / f"{before:%F}-1.parquet", index=False)
    out = tmp_path / "warnings.csv"
    shown = run(own_home.home, "warnings", "--language", language, "--out", str(out))
    assert shown.exit_code == 0, shown.output
    assert ("was 0%" if language == "en" else "此前为0%") in shown.stdout
    assert len(pd.read_csv(out)) > 0
