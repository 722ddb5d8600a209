"""`liuke campaign`: outcomes in, facts out, differences, and the read-out."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from features.home import Home
from serving.access.clock import local_clock
from serving.command.tree import app
from serving.database import opened
from serving.database.tables import audit
from tests.conftest import SmallHome
from tests.serving.campaigns.conftest import HEADER
from tests.serving.campaigns.played import PlayedHome

pytestmark = pytest.mark.slow

REQUEST = """
purpose = "retention"
owner = "lin"
expires = 2999-12-31
budget = 2000
control_share = 0.3
seed = 3
"""


def liuke(home: Path, *options: object) -> Result:
    return CliRunner().invoke(app, [*map(str, options), "--home", str(home)])


def answer(home: Path, *options: object) -> dict[str, Any]:
    result = liuke(home, *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def recorded(home: Path) -> set[str]:
    """The commands that have a row in the audit."""
    with opened(home) as engine, engine.connect() as connection:
        return set(connection.execute(select(audit.c.route)).scalars())


@pytest.fixture(scope="module")
def home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home.copied_to(tmp_path_factory.mktemp("campaigns") / "home")


@pytest.fixture(scope="module")
def made(home: Path) -> dict[str, Any]:
    path = home.parent / "request.toml"
    path.write_text(REQUEST, "utf-8")
    return answer(home, "list", path)


def outcomes(home: Path, made: dict[str, Any], results: list[str]) -> Path:
    """A file of outcomes of the first members of the list."""
    members = pd.read_parquet(Path(made["folder"]) / "members.parquet")
    treated = members[members["arm"] == "treated"].head(len(results))
    path = home.parent / "outcomes.csv"
    now = f"{local_clock(home)():%F %H:%M:%S}"
    with path.open("w", newline="", encoding="utf-8") as text:
        rows = csv.writer(text)
        rows.writerow(HEADER)
        for place, row in enumerate(treated.itertuples()):
            rows.writerow(
                [made["campaign"], f"K{place}", row.customer_id, now, row.channel, row.offer,
                 results[place]]
            )  # fmt: skip
    return path


def test_outcomes_come_back_and_become_facts(home: Path, made: dict[str, Any]) -> None:
    path = outcomes(home, made, ["accepted", "refused", "no_answer"])
    found = answer(home, "campaign", "outcomes", path)
    assert (found["new"], found["unchanged"]) == (3, 0)
    again = liuke(home, "campaign", "outcomes", path, "--language", "zh")
    assert "已有3行" in again.stdout
    first = answer(home, "campaign", "facts")
    assert first["new"] == first["facts"] > 0
    assert answer(home, "campaign", "facts")["new"] == 0
    compared = answer(home, "campaign", "reconcile", made["campaign"])
    assert compared["same"] == 3
    assert compared["counts"]["not_contacted"] == made["listed"] - 3
    rows = home.parent / "differences.csv"
    liuke(home, "campaign", "reconcile", made["campaign"], "--out", rows)
    assert len(pd.read_csv(rows)) == len(compared["rows"])
    assert recorded(home) >= {f"liuke campaign {own}" for own in ("outcomes", "facts", "reconcile")}


def test_wrong_outcomes_are_one_clear_error(home: Path, made: dict[str, Any]) -> None:
    path = outcomes(home, made | {"campaign": "f" * 32}, ["accepted"])
    result = liuke(home, "campaign", "outcomes", path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "import_refused"
    assert "no campaign with a list" in result.output


def test_the_readout_is_shown_and_kept(played_home: PlayedHome) -> None:
    own = played_home
    found = answer(own.home, "campaign", "readout", own.campaign)
    assert found["is_known"]
    assert found["looks"] == answer(own.home, "campaign", "readout", own.campaign)["looks"]
    text = liuke(own.home, "campaign", "readout", own.campaign, "--language", "en").stdout
    assert f"look {found['looks']}" in text
    assert "liuke campaign readout" in recorded(own.home)
    assert {one["measure"] for one in found["effects"]} <= {"stay", "margin", "profit"}


def test_what_was_read_out_becomes_evidence(played_home: PlayedHome) -> None:
    own = played_home
    try:
        found = answer(own.home, "campaign", "learn")
        assert {*found["campaigns"], *found["passed_over"]} == {own.campaign}
        assert (found["evidence"] is None) == (not found["campaigns"])
        for language, word in (("en", "as evidence"), ("zh", "证据")):
            assert word in liuke(own.home, "campaign", "learn", "--language", language).stdout
    finally:
        shutil.rmtree(Home(own.home).evidence, ignore_errors=True)
    assert "liuke campaign learn" in recorded(own.home)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_is_a_page_with_pictures(
    played_home: PlayedHome, tmp_path: Path, language: str
) -> None:
    own, out = played_home, tmp_path / "report.html"
    options = ("--out", out, "--language", language)
    assert liuke(own.home, "campaign", "readout", own.campaign, *options).exit_code == 0
    page = out.read_text("utf-8")
    assert f'lang="{language}"' in page
    named = answer(own.home, "campaign", "readout", own.campaign)["is_named"]
    assert page.count("<svg") >= (2 if named else 0)
    assert ("What is assumed" if language == "en" else "假定") in page
    assert "src=" not in page  # nothing is loaded


def test_an_unknown_campaign_is_one_clear_error(home: Path) -> None:
    for command in ("readout", "reconcile"):
        result = liuke(home, "campaign", command, "f" * 32, "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["error"]["code"] == "unknown_campaign"


def test_a_list_without_controls_has_no_readout(home: Path, made: dict[str, Any]) -> None:
    assert liuke(home, "list", "revoke", made["campaign"]).exit_code == 0
    path = home.parent / "all.toml"
    path.write_text(REQUEST.replace("0.3", "0.0"), "utf-8")
    own = answer(home, "list", path)
    result = liuke(home, "campaign", "readout", own["campaign"], "--json")
    assert result.exit_code == 1, result.output
    assert json.loads(result.stdout)["error"]["code"] == "no_control"


def test_a_plan_says_what_lists_of_a_size_can_show(home: Path) -> None:
    found = answer(home, "campaign", "plan", "--size", 100, "--control-share", 0.5)["plans"]
    assert [(own["customers"], own["control_share"]) for own in found] == [(100, 0.5)]
    for language, word in (("en", "100 customers, "), ("zh", "100名客户")):
        options = ("--size", 100, "--language", language)
        assert liuke(home, "campaign", "plan", *options).stdout.count(word) == 4
    refused = liuke(home, "campaign", "plan", "--control-share", 1.5, "--json")
    assert refused.exit_code == 1
    assert "expected above 0 and below 1" in json.loads(refused.stdout)["error"]["message"]
    many = liuke(home, "campaign", "plan", "--size", 9_999, "--language", "zh")
    assert many.exit_code == 1
    assert "9,999" in many.stderr
