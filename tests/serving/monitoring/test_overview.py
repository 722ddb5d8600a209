"""What models and data are now, read from a real home."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from features.home import Home
from serving.monitoring.overview import overview
from serving.monitoring.profiles import kept_profiles, read_profile, write_profile
from tests.conftest import set_home
from training.evaluation.figures import Evaluation
from training.indicators.evaluation import AUC

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SmallHome

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.slow
def test_it_shows_champion_figures_imports_and_nights(small_home: SmallHome) -> None:
    home = small_home.home
    found = overview(home, ZONE, "https://mlflow.example/")
    version = found["champion"]
    (own,) = [one for one in found["versions"] if one["version"] == version]
    kept = Evaluation.read(Home(home).models / version / "evaluation.json")
    assert own["figures"]["auc"]["value"] == kept.estimate(AUC).value
    assert own["link"].startswith("https://mlflow.example/#/models/")
    assert own["link"].endswith(f"/versions/{version}")
    assert {one["by"] for one in own["parts"]} >= {"payment_mode"}
    assert own["rates"]
    assert [one["answers"] for one in found["nights"]].count(True) == 1
    assert found["nights"][0]["customers"] > 0
    assert sum(one["new"] for one in found["imports"]) >= sum(one["rows"] for one in found["feeds"])
    assert found["watch"]["reference"] == found["nights"][0]["as_of"]
    assert (found["watch"]["problem"], found["watch"]["moved"]) == (None, [])
    json.dumps(found)


@pytest.mark.slow
def test_what_moved_is_said_in_both_languages(small_home: SmallHome, tmp_path: Path) -> None:
    home = small_home.copied_to(tmp_path / "home")
    (path,) = kept_profiles(home)
    late = read_profile(path)
    before = {
        name: replace(own, late_days=min(own.late_days or 0.0, 1.0))
        for name, own in late.feeds.items()
    }
    day = f"{small_home.as_of - timedelta(days=5):%F}"
    write_profile(home, replace(late, as_of=day, feeds=before))
    set_home(home, "watch", "[late_days]\nbills = 2\n")
    found = overview(home, ZONE)["watch"]
    (own,) = found["moved"]
    assert (found["reference"], own["about"], own["name"]) == (day, "feed", "bills")
    assert own["said"]["en"]["text"].startswith("Bills: no new row for")
    assert own["said"]["zh"]["do"].startswith("请确认")


def test_an_empty_home_has_nothing_and_a_damaged_version_says_so(tmp_path: Path) -> None:
    (tmp_path / "models" / "1").mkdir(parents=True)
    (tmp_path / "models" / "1" / "evaluation.json").write_text("[]")
    found = overview(tmp_path, ZONE)
    assert (found["champion"], found["challenger"], found["tracking"]) == (None, None, None)
    (own,) = found["versions"]
    assert (own["is_damaged"], own["link"], own["figures"]) == (True, None, {})
    assert (found["imports"], found["feeds"], found["nights"]) == ([], [], [])
    assert "Run `liuke score --as-of DATE`" in found["watch"]["problem"]
