"""`liuke watch` on a real home: silent where nothing moved, one clear refusal otherwise."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from serving.command.tree import app
from serving.nightly import score_base
from tests.conftest import set_home

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def liuke(home: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["watch", "--home", str(home), *options])


@pytest.mark.slow(1)
def test_nights_are_compared_and_a_late_feed_is_reported(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home, as_of = small_home.copied_to(tmp_path / "home"), small_home.as_of
    first = as_of - timedelta(days=3)
    score_base(home, first)
    score_base(home, as_of)
    quiet = liuke(home)
    assert (quiet.exit_code, quiet.output) == (0, "")
    found = json.loads(liuke(home, "--json").stdout)
    assert (found["as_of"], found["reference"]) == (f"{as_of:%F}", f"{first:%F}")
    assert found["alarms"] == []
    set_home(home, "watch", '[late_days]\nbills = 1\n[owners]\nfeeds = "Ms Li"\n')
    loud = liuke(home)
    assert loud.exit_code == 0
    assert "1. Bills: no new row for " in loud.stdout
    assert "For: Ms Li" in loud.stdout
    assert "账单：已" in liuke(home, "--language", "zh").stdout
    (alarm,) = json.loads(liuke(home, "--json").stdout)["alarms"]
    assert (alarm["kind"], alarm["name"], alarm["owner"]) == ("late", "bills", "Ms Li")
    assert alarm["text"].startswith("Bills: ")


def test_the_first_night_prints_no_result(small_home: SmallHome) -> None:
    ended = liuke(small_home.home)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "is the reference: the next ones are compared with it." in ended.stderr
    assert json.loads(liuke(small_home.home, "--json").stdout)["is_first"] is True


def test_a_reference_that_is_not_kept_is_refused_in_both_languages(small_home: SmallHome) -> None:
    refused = liuke(small_home.home, "--since", "2020-01-01")
    assert refused.exit_code == 1
    assert f"Name one of {small_home.as_of:%F}, or score it" in refused.stderr
    chinese = liuke(small_home.home, "--since", "2020-01-01", "--language", "zh")
    assert "没有保留基准2020-01-01的统计。" in chinese.stderr


def test_a_home_without_a_night_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    refused = liuke(tmp_path)
    assert refused.exit_code == 1
    assert "Run `liuke score --as-of DATE`." in refused.stderr
