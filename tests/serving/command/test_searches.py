"""`liuke customers` and `liuke views` on a small base."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from features.home import Home
from serving.command.tree import app
from tests.bases import write_base

CUSTOMERS = [
    {"city": "Suzhou" if place % 2 else "无锡", "churn_risk": place / 100, "plan": "=P"}
    for place in range(30)
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    write_base(home, CUSTOMERS)
    Home(home).feeds.mkdir(parents=True)
    return home


def liuke(home: Path, *options: object) -> Result:
    return CliRunner().invoke(app, [*map(str, options), "--home", str(home)])


def answer(home: Path, *options: object) -> dict[str, Any]:
    result = liuke(home, *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def test_customers_are_found_sorted_counted_and_paged(home: Path) -> None:
    where = ("customers", "--where", "city=Suzhou", "--where", "churn_risk_min=0.1")
    found = answer(home, *where, "--sort=-churn_risk", "--by", "city", "--limit", 4)
    assert (found["count"], found["breakdown"]) == (10, [{"city": "Suzhou", "customers": 10}])
    assert [own["customer_id"] for own in found["customers"]] == ["C029", "C027", "C025", "C023"]
    more = answer(home, *where, "--sort=-churn_risk", "--limit", 4, "--after", found["after"])
    assert more["customers"][0]["customer_id"] == "C021"
    text = liuke(home, *where, "--columns", "city,store_id", "--limit", 1, "--language", "zh")
    assert text.stdout.splitlines()[:3] == [
        "city    store_id", "Suzhou  –", "查得10位客户（评分日2026-03-02）。",
    ]  # fmt: skip


def test_the_file_holds_all_that_are_found_and_is_not_replaced(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "suzhou.csv"
    options = ("customers", "--where", "city=Suzhou", "--columns", "customer_id,plan", "--limit", 1)
    found = answer(home, *options, "--out", out)
    lines = list(csv.reader(out.read_text("utf-8-sig").splitlines()))
    assert found["count"] == len(lines) - 1 == 15
    assert lines[1] == ["C001", "'=P"]
    assert found["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert "--force" in refused(liuke(home, *options, "--out", out))
    assert ".csv" in refused(liuke(home, *options, "--out", tmp_path / "x.pdf"))
    assert [path.name for path in tmp_path.glob("*.csv")] == ["suzhou.csv"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--where", "cty=A"), "Is city meant?"),
        (("--where", "city"), "has no ="),
        (("--where", "city=A", "--where", "city=B"), "names a field twice"),
        (("--view", "mine"), "no view 'mine'"),
    ],
)
def test_what_means_nothing_is_refused(home: Path, options: tuple[str, ...], message: str) -> None:
    assert message in refused(liuke(home, "customers", *options))


def test_a_view_is_saved_used_listed_and_deleted(home: Path) -> None:
    own = ("--owner", "li")
    save = ("views", "save", "risky", "--where", "churn_risk_min=0.2", "--sort=-churn_risk", *own)
    assert answer(home, *save)["search"] == {"churn_risk_min": "0.2", "sort": "-churn_risk"}
    found = answer(home, "customers", "--view", "risky", "--where", "city=无锡", *own)
    assert (found["count"], found["customers"][0]["customer_id"]) == (5, "C028")
    assert [view["name"] for view in answer(home, "views", "list", *own)["views"]] == ["risky"]
    assert "risky  churn_risk_min=0.2 sort=-churn_risk" in liuke(home, "views", "list", *own).stdout
    assert "command has no saved views." in liuke(home, "views", "list").stdout
    assert "no view" in refused(liuke(home, "views", "delete", "risky"))
    assert answer(home, "views", "delete", "risky", *own) == {"name": "risky"}
    assert answer(home, "views", "list", *own)["views"] == []
    assert "no field" in refused(liuke(home, "views", "save", "x", "--sort", "town"))
