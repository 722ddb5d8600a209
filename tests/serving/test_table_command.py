"""`liuke table` as people run it: what it prints, what it writes, how it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from serving.command.tree import app
from tests.conftest import quick_tables
from tests.tables import TARGET, YES, customers
from training.models.kinds.table import TableModel
from training.tables.card import suspect_name, table_card
from training.tables.leaks.suspects import ROW_ORDER

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.conftest import SmallTable

FIGURES = {
    "auc", "average_precision", "top_decile_lift", "calibration_slope", "log_loss",
    "suspected_leaks", "seconds",
}  # fmt: skip


FILE = object()  # stands for the table's own file


def liuke(*options: object) -> Result:
    return CliRunner().invoke(app, ["table", *map(str, options)])


def refused(result: Result) -> str:
    """The one line of a refusal."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if not line.startswith("["))
    return line


@pytest.fixture
def home(tmp_path: Path) -> Path:
    quick_tables(tmp_path / "home")
    return tmp_path / "home"


def test_a_table_is_trained_and_another_scored(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "客户 流失.csv"
    customers(160).to_csv(file, index=False, encoding="gb18030")
    risks = tmp_path / "risks.csv"
    done = liuke(
        "train", file, "--target", TARGET, "--positive", YES, "--drop", "实名,币种", "--folds", 3,
        "--out-of-fold", risks, "--json", "--home", home,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    metrics = json.loads(done.stdout)
    assert set(metrics) >= FIGURES
    assert (metrics["name"], metrics["version"], metrics["folds"]) == ("客户-流失", "1", 3)
    assert {one["column"]: one["dropped"] for one in metrics["columns"]}[
        "实名"
    ] == "excluded by --drop"
    assert list(pd.read_csv(risks).columns) == ["row", "fold", "risk"]

    out = tmp_path / "scored.parquet"
    done = liuke("score", file, "--model", "客户-流失", "--out", out, "--home", home)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("160 rows scored by version 1; mean risk ")
    scored = pd.read_parquet(out)
    assert list(scored.columns) == [*customers(1).columns, "risk"]
    assert scored["risk"].between(0, 1).all()


def test_training_reports_columns_suspects_and_where_the_model_lies(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    rows = customers(160)
    rows.assign(again=np.where(rows[TARGET] == YES, "gone", "")).to_csv(file, index=False)
    done = liuke("train", file, "--target", TARGET, "--positive", YES, "--home", home)
    assert done.exit_code == 0, done.output
    for part in (
        "| 套餐 | category |",
        "again: filled in 54 rows, all of them positive; alone it gives an AUC of 1.000",
        str(home / "tables" / "a"),
    ):
        assert part in done.stdout
    assert "Suspected: 客户编号, again" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--target", "x", "--positive", YES), "no column x"),
        (("--target", TARGET, "--positive", "x"), "its values are"),
        (("--target", TARGET, "--positive", YES, "--name", "../a"), "cannot be called '../a'"),
        (("--target", TARGET, "--positive", YES, "--prior", 2), "--prior is 2"),
        (("--target", TARGET, "--positive", YES, "--out-of-fold", "a.xlsx"), "ends in .csv"),
        (("--target", TARGET, "--positive", YES, "--out-of-fold", FILE), "is the table itself"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_line(
    small_table: SmallTable, options: tuple[object, ...], message: str
) -> None:
    named = [small_table.file if option is FILE else option for option in options]
    given = small_table.file.read_bytes()
    result = liuke("train", small_table.file, *named, "--home", small_table.home)
    assert message in refused(result)
    assert small_table.file.read_bytes() == given


def test_a_table_that_could_not_be_scored_afterwards_is_not_learned_from(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    customers(160).assign(risk="low").to_csv(file, index=False)
    command = ("train", file, "--target", TARGET, "--positive", YES, "--home", home)
    assert "has a column risk" in refused(liuke(*command))
    assert liuke(*command, "--drop", "risk").exit_code == 0


def test_what_cannot_be_scored_is_refused_and_nothing_written(
    small_table: SmallTable, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    ask = ("--out", out, "--home", small_table.home)
    assert "no model of a table 'x'" in refused(
        liuke("score", small_table.file, "--model", "x", *ask)
    )
    other = tmp_path / "other.csv"
    customers(3).drop(columns="套餐").to_csv(other, index=False)
    assert "missing: 套餐" in refused(liuke("score", other, "--model", "customers", *ask))
    customers(3).assign(risk=1).to_csv(other, index=False)
    assert "has a column risk already" in refused(
        liuke("score", other, "--model", "customers", *ask)
    )
    itself = ("--out", other, "--home", small_table.home)
    assert "the table itself" in refused(liuke("score", other, "--model", "customers", *itself))
    assert not out.exists()
    out.write_text("of last week")
    again = ("score", small_table.file, "--model", "customers", *ask)
    assert "out.csv is there already and would be replaced" in refused(liuke(*again))
    assert out.read_text() == "of last week"
    assert liuke(*again, "--force").exit_code == 0
    assert out.read_text() != "of last week"


def test_a_csv_keeps_its_texts_to_the_letter(small_table: SmallTable, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = liuke(
        "score", small_table.file, "--model", "customers", "--out", out, "--home", small_table.home
    )
    assert done.exit_code == 0, done.output
    given = pd.read_csv(small_table.file, dtype=str, keep_default_na=False)
    scored = pd.read_csv(out, dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(scored[given.columns], given)
    risk = small_table.trained.bundle.score(small_table.rows())
    np.testing.assert_array_equal(scored["risk"].astype(float), risk)


def test_what_is_in_doubt_is_answered_and_what_cannot_be_read_dropped(
    home: Path, tmp_path: Path
) -> None:
    file, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    firsts = [f"{1 + place % 12:02d}/01/2022" for place in range(160)]
    lists: Any = [[1, 2]] * 160
    rows = customers(160).assign(since=firsts, tags=lists, raw=[b"\xff\xfe"] * 160)
    rows.to_parquet(file)
    command: tuple[str | Path, ...]
    command = ("train", file, "--target", TARGET, "--positive", YES, "--home", home)
    assert "--read since=day-first) or 2022-02-01 (--read since=month" in refused(liuke(*command))
    command += ("--read", "since=month-first")
    assert "column tags holds lists or records" in refused(liuke(*command))
    assert "column raw holds bytes that are not UTF-8" in refused(liuke(*command, "--drop", "tags"))
    done = liuke(*command, "--drop", "tags,raw")
    assert done.exit_code == 0, done.output
    assert "| since | date | days since 2022-01-01, written MM/DD/YYYY | read |" in done.stdout
    assert liuke("score", file, "--model", "a", "--out", out, "--home", home).exit_code == 0
    scored = pd.read_parquet(out).drop(columns="risk")
    pd.testing.assert_frame_equal(scored, pd.read_parquet(file))


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("月费=first", "expected one of day-first"),
        ("月费", "expected COLUMN=FORM"),
        ("x=category", "no column x"),
        ("套餐=day-first", "column 套餐 is not dates"),
    ],
)
def test_a_form_that_cannot_be_is_refused(
    small_table: SmallTable, choice: str, message: str
) -> None:
    command = ("train", small_table.file, "--target", TARGET, "--positive", YES)
    assert message in refused(liuke(*command, "--read", choice, "--home", small_table.home))


def test_lines_that_are_not_rows_have_no_risk_and_are_counted(
    small_table: SmallTable, tmp_path: Path
) -> None:
    lines = small_table.file.read_text("utf-8").splitlines()
    file, out = tmp_path / "a.csv", tmp_path / "b.csv"
    file.write_text("\n".join([*lines[:11], lines[0], *lines[11:31], "," * 8]), "utf-8")
    done = liuke(
        "score", file, "--model", "customers", "--out", out, "--home", small_table.home, "--json"
    )
    assert done.exit_code == 0, done.output
    metrics = json.loads(done.stdout)
    assert (metrics["rows"], metrics["nonrows"]) == (
        30, [{"reason": "repeats the header", "rows": 1}, {"reason": "is empty", "rows": 1}],
    )  # fmt: skip
    risk = pd.read_csv(out)["risk"]
    assert np.flatnonzero(risk.isna()).tolist() == [10, 31]
    assert metrics["mean_risk"] == pytest.approx(risk.mean())


def test_levels_that_training_did_not_see_are_named(
    small_table: SmallTable, tmp_path: Path
) -> None:
    file, out = tmp_path / "a.csv", tmp_path / "b.csv"
    customers(20).assign(套餐="新套餐").to_csv(file, index=False)
    done = liuke("score", file, "--model", "customers", "--out", out, "--home", small_table.home)
    assert done.exit_code == 0, done.output
    assert "套餐 '新套餐' (20 rows)" in done.stderr


def test_a_scored_table_is_reported_in_chinese(small_table: SmallTable, tmp_path: Path) -> None:
    file, out = tmp_path / "a.csv", tmp_path / "b.csv"
    customers(20).assign(套餐="新套餐").to_csv(file, index=False)
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines[:11], lines[0], *lines[11:]]), "utf-8")
    options = ("--out", out, "--home", small_table.home, "--language", "zh")
    done = liuke("score", file, "--model", "customers", *options)
    assert done.exit_code == 0, done.output
    assert "读取方式：UTF-8，以逗号分列，共21行。" in done.stdout
    assert "未评分的行：1行重复表头。" in done.stdout
    assert "套餐 '新套餐'（20行）。均按罕见取值评分。" in done.stderr


def test_a_card_in_chinese_says_what_was_found_in_each_column(small_table: SmallTable) -> None:
    bundle = small_table.trained.bundle
    assert isinstance(bundle.kind, TableModel)
    page = table_card(bundle, bundle.kind, "zh")
    (columns,) = re.findall(r"\| 列 \|.*?\n\n", page, re.DOTALL)
    names = [one.name for one in bundle.kind.columns]
    for name in sorted(names, key=len, reverse=True):
        columns = columns.replace(name, "")
    assert set(re.findall(r"[A-Za-z]{3,}", columns)) <= {"CNY", "YYYY"}


def test_the_order_of_the_rows_as_a_suspect_is_said_in_words() -> None:
    order = {"why": "row_order", "column": ROW_ORDER, "evidence": ""}
    assert suspect_name(order, "zh") == "（行的顺序）"
    assert suspect_name(order, "en") == ROW_ORDER
    assert suspect_name({"why": "alone", "column": "number", "evidence": ""}, "zh") == "number"
