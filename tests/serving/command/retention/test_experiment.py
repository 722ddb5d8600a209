"""The command on files as strangers bring them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from serving.command.tree import app
from tests.training.experiments.drawn import drawn_table

pytestmark = pytest.mark.slow


def run(file: Path, *options: str, **changed: str) -> Result:
    roles = {"treatment": "arm", "control": "control", "outcome": "bought"} | changed
    named = [part for name, value in roles.items() for part in (f"--{name}", value)]
    home = ["--home", str(file.parent / "home")]
    return CliRunner().invoke(app, ["experiment", str(file), *named, *home, *options])


def as_json(file: Path, *options: str, **changed: str) -> dict[str, Any]:
    done = run(file, *options, "--json", **changed)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("test") / "offer.csv"
    drawn_table(1, rows=1_200, effect=0.15).to_csv(path, index=False)
    return path


def test_a_csv_is_read_out_as_one_object(table: Path) -> None:
    found = as_json(table, "--value", "30", "--cost", "1")
    assert "offer1 helps" in found["verdict"]
    assert "all 1,200 rows" in found["read_as"]
    assert [one["column"] for one in found["suspected_leaks"]] == ["spend"]
    assert not (table.parent / "home").exists()


def test_other_files_give_the_same(table: Path) -> None:
    typed = pd.read_csv(table)
    typed.to_parquet(table.with_suffix(".parquet"))
    typed.to_excel(table.with_suffix(".xlsx"), index=False)
    first = as_json(table)
    for suffix in (".parquet", ".xlsx"):
        found = as_json(table.with_suffix(suffix))
        assert found["effects"] == first["effects"]
        assert found["suspected_leaks"] == first["suspected_leaks"]


def test_dropped_columns_are_neither_read_nor_suspected(table: Path) -> None:
    found = as_json(table, "--drop", "spend", "--drop", "plan,value")
    assert found["suspected_leaks"] == []
    assert {one["column"] for one in found["segments"]["effects"]} == {"tenure"}


def test_people_read_it_in_their_language(table: Path) -> None:
    done = run(table, "--language", "zh", "--level", "0.9", "--segment", "plan")
    assert done.exit_code == 0
    assert "offer1有益" in done.stdout
    assert "90%" in done.stdout


def test_the_plan_of_the_draw_is_checked(table: Path) -> None:
    found = as_json(table, "--planned", "control=1", "--planned", "offer1=3")
    assert found["effects"] == []
    assert "planned" in found["verdict"]


def test_a_cost_that_cannot_be_weighed_does_not_stop_the_read_out(table: Path) -> None:
    found, without = as_json(table, "--cost", "0.5"), as_json(table)
    for part in ("effects", "policies", "recommended"):
        assert found[part] == without[part]
    assert "The cost is not weighed" in found["verdict"]
    (even,) = found["break_even"]
    effect = found["effects"][0]
    assert even["value"] == pytest.approx(0.5 / effect["estimate"])
    assert (even["low"], even["high"]) == pytest.approx((0.5 / effect["high"], 0.5 / effect["low"]))
    assert without["break_even"] == []
    assert "未计入成本" in run(table, "--cost", "0.5", "--language", "zh").stdout


def test_arms_of_unequal_shares_are_read_out_with_a_caution(tmp_path: Path) -> None:
    file = tmp_path / "uneven.csv"
    drawn_table(3, rows=6_000, effect=0.1, shares=(0.47, 0.53)).to_csv(file, index=False)
    found = as_json(file, "--drop", "spend")
    check = next(one for one in found["checks"] if one["name"] == "sample_ratio")
    assert (check["passed"], check["refuses"]) == (False, False)
    assert found["effects"]
    assert "Beware: The arms are nearly even and not by chance" in found["verdict"]
    plan = ("--planned", "control=47", "--planned", "offer1=53")
    assert "Beware" not in as_json(file, "--drop", "spend", *plan)["verdict"]
    refused = as_json(file, "--planned", "control=1", "--planned", "offer1=1")
    assert refused["effects"] == []


@pytest.mark.parametrize(
    ("options", "changed", "says", "chinese"),
    [
        ([], {"treatment": "gone"}, "no column gone; there are: tenure", "没有列gone"),
        ([], {"control": "nothing"}, "no row has arm = 'nothing'", "没有任何行"),
        ([], {"outcome": "arm"}, "arm is both --treatment and --outcome", "arm既是"),
        ([], {"outcome": "plan"}, "column plan is not numbers", "列plan不是数字"),
        (["--positive", "maybe"], {}, "no row has bought = 'maybe'", "没有一行的bought"),
        (["--cost", "-1", "--value", "3"], {}, "--cost is -1; expected an amount", "--cost为-1"),
        (["--value", "cheap"], {}, "--value is cheap; expected an amount", "--value为cheap"),
        (["--level", "95"], {}, "--level is 95; expected a share", "--level为95"),
        (["--planned", "offer1"], {}, "--planned offer1: expected ARM=WEIGHT", "--planned offer1"),
        (["--planned", "offer1=2"], {}, "--planned names offer1; expected", "--planned列出了"),
        (["--segment", "arm"], {}, "--segment names arm", "--segment列出了"),
        (["--drop", "bought"], {}, "bought is --outcome; it cannot be", "bought是--outcome"),
    ],
)
def test_bad_options_have_one_clear_refusal_in_both_languages(
    table: Path, options: list[str], changed: dict[str, str], says: str, chinese: str
) -> None:
    done = run(table, *options, **changed)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(f"liuke: {says}")
    assert not done.stdout
    in_chinese = run(table, *options, "--language", "zh", **changed)
    assert chinese in in_chinese.stderr
    shown = run(table, *options, "--json", **changed)
    assert json.loads(shown.stdout)["error"]["message"].startswith(says)


@pytest.mark.parametrize(
    ("column", "value", "says", "chinese"),
    [
        ("arm", "control", "every row has arm = 'control': there are no two arms", "没有两个组"),
        ("bought", "yes", "every row has the same outcome", "每一行的结果都相同"),
        ("bought", "", "no row has a value of bought", "没有任何行有bought的值"),
    ],
)
def test_tables_without_a_test_in_them_are_refused(
    tmp_path: Path, column: str, value: str, says: str, chinese: str
) -> None:
    file = tmp_path / "one.csv"
    drawn_table(2, rows=200).assign(**{column: value}).to_csv(file, index=False)
    done = run(file)
    assert done.exit_code == 1
    assert says in done.stderr
    assert chinese in run(file, "--language", "zh").stderr


def test_a_report_is_written_beside_the_answer_and_never_over_another(
    table: Path, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    done = run(table, "--out", str(page), "--language", "zh")
    assert done.exit_code == 0, done.output
    assert f"报告：{page}" in done.stdout.replace("\n", "")
    assert "offer1有益" in page.read_text("utf-8")
    again = run(table, "--out", str(page))
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert run(table, "--out", str(page), "--force").exit_code == 0
    assert run(table, "--out", str(tmp_path / "report.pdf")).exit_code == 1
