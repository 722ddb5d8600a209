"""What models and data are now, read from a real home."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from features.home import Home
from serving.monitoring.overview import overview
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
    json.dumps(found)


def test_an_empty_home_has_nothing_and_a_damaged_version_says_so(tmp_path: Path) -> None:
    (tmp_path / "models" / "1").mkdir(parents=True)
    (tmp_path / "models" / "1" / "evaluation.json").write_text("[]")
    found = overview(tmp_path, ZONE)
    assert (found["champion"], found["challenger"], found["tracking"]) == (None, None, None)
    (own,) = found["versions"]
    assert (own["is_damaged"], own["link"], own["figures"]) == (True, None, {})
    assert (found["imports"], found["feeds"], found["nights"]) == ([], [], [])
