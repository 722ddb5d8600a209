"""The demo of 300 customers, as a newcomer runs it, and a second time in the same home."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features import lake
from features.errors import OutputError
from serving.access.keys import new_key
from serving.database import open_engine, upgrade
from serving.database.tables import confirmations, keys
from serving.demo import HEADLINES, RISKIEST, run
from serving.demo.story import story
from serving.scores import last_scores
from serving.scoring import load_champion
from training.models.promotion import versions

if TYPE_CHECKING:
    from tests.conftest import SmallHome

pytestmark = pytest.mark.slow
NAMED = (
    "auc", "oracle_auc", "average_precision", "top_decile_lift", "calibration_slope",
    "observed_over_expected", "brier_skill", "seconds", "peak_memory_mb",
)  # fmt: skip
NOW = datetime(2026, 3, 2, 9)
PROJECT = Path(__file__).parents[3]
# Lines about single customers, or of how the gate decided
OWN = re.compile(r" {10}|  (C\d|leave|stay|value|excluded)|[\d,]+ s, ")
PNG = b"\x89PNG\r\n"


class Interrupted(BaseException):
    """As Ctrl+C: no code catches it."""


@dataclass(frozen=True)
class Demo:
    """What `liuke demo --json` left and wrote."""

    home: Path
    result: dict[str, Any]
    progress: str


@pytest.fixture(scope="module")
def demo(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo, made quick by its settings, in a home in which an earlier one was interrupted."""
    home = tmp_path_factory.mktemp("demo") / "home"
    (home / "settings").mkdir(parents=True)
    shutil.copy(small_home.home / "settings" / "training.toml", home / "settings")
    interrupt(home, "storing")
    liuke = Path(sys.executable).with_name("liuke")
    command = [str(liuke), "demo", "--customers", "300", "--seed", "4"]
    ran = subprocess.run(
        [*command, "--home", str(home), "--json"],
        capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return Demo(home, json.loads(ran.stdout), ran.stderr)


def interrupt(home: Path, at: str) -> None:
    """Begin a demo in this home and break it off at a step."""

    def progress(step: str, *_: int) -> None:
        if step.startswith(at):
            raise Interrupted

    with pytest.raises(Interrupted):
        run(home, 300, 3, None, progress)


def test_the_figures_that_are_promised_are_there(demo: Demo) -> None:
    for name in NAMED:
        assert isinstance(demo.result[name], int | float), name
        assert math.isfinite(demo.result[name]), name
    assert 0.5 < demo.result["oracle_auc"] <= 1
    assert demo.result["seconds"] > 0
    assert 100 < demo.result["peak_memory_mb"] < 4096


def test_the_figures_are_those_of_the_shipped_model(demo: Demo) -> None:
    evaluation = load_champion(demo.home).bundle.evaluation
    assert {one.name: demo.result[one.name] for one in HEADLINES} == {
        one.name: evaluation[one.name] for one in HEADLINES
    }
    assert demo.result["lake_fingerprint"] == lake.fingerprint(demo.home)


def test_progress_names_every_step_and_nothing_is_warned_of(demo: Demo) -> None:
    steps = (
        "simulating weeks", "importing usage", "histories", "panel", "fit", "intervals",
        "register", "scores and reasons",
    )  # fmt: skip
    assert [step for step in steps if f"{step}: " not in demo.progress] == []
    assert "Warning" not in demo.progress


def test_the_riskiest_come_first_each_with_signs(demo: Demo) -> None:
    riskiest = demo.result["riskiest"]
    scores = last_scores(demo.home)
    top = scores[scores["eligible"]]["churn_risk"].nlargest(RISKIEST)
    assert [one["churn_risk"] for one in riskiest] == top.tolist()
    assert all(len(one["signs"]) <= 3 for one in riskiest)
    assert riskiest[0]["signs"]
    assert demo.result["customers_scored"] == len(scores)


def test_the_explanation_is_a_picture_too(demo: Demo) -> None:
    picture = Path(demo.result["picture"])
    assert picture.parent == demo.home
    assert demo.result["riskiest"][0]["customer_id"] in picture.name
    assert picture.read_bytes().startswith(PNG)


def test_a_list_with_its_receipt_is_written(demo: Demo) -> None:
    receipt = demo.result["list"]
    written = pd.read_csv(demo.home / "lists" / receipt["file"])
    assert len(written) == receipt["count"] > 0
    kept = json.loads((demo.home / "lists" / f"{receipt['file']}.receipt.json").read_text("utf-8"))
    assert kept == receipt


def test_a_gate_that_was_overruled_is_said_so(demo: Demo) -> None:
    """300 customers have too few churners for any gate."""
    assert "churners in the test period is " in demo.result["forced"]
    assert f"The gate was overruled: {demo.result['forced']}." in story(demo.home, demo.result)


def test_the_story_shows_all_of_it(demo: Demo) -> None:
    said = story(demo.home, demo.result)
    first = demo.result["riskiest"][0]["customer_id"]
    for words in (
        f"of whom {demo.result['counts']['churners']:,} left",
        "observed over expected",
        f"The {RISKIEST} customers with the highest risk at {demo.result['as_of']}",
        f"Why {first} may leave",
        demo.result["picture"],
        f"A list of {demo.result['list']['count']:,} customers",
        "no_consent",
    ):
        assert words in said
    assert "{" not in said
    assert "None" not in said


def test_no_feature_can_see_the_truth(demo: Demo) -> None:
    """The truth lies beside the lake, is on no manifest, and the raw feeds are gone."""
    assert (demo.home / "truth" / "oracle.parquet").is_file()
    assert not (demo.home / "raw").exists()
    known = [str(path) for feed in lake.read_manifest(demo.home) for path in feed_of(demo, feed)]
    assert known
    assert not [path for path in known if "truth" in path]


def feed_of(demo: Demo, feed: str) -> list[Path]:
    return lake.feed_files(demo.home, feed)


def test_the_next_demo_begins_again(demo: Demo, tmp_path: Path) -> None:
    """Nothing of the last one is left: no model, no score, no run."""
    home = Path(shutil.copytree(demo.home, tmp_path / "home"))
    assert versions(home) == ["1"]
    engine = open_engine(home)
    upgrade(engine)
    new_key(engine, "store", NOW)
    own = {"customer_id": "C1", "manager_id": "M1", "confirmed_at": NOW, "until": NOW.date()}
    with engine.begin() as connection:
        connection.execute(confirmations.insert().values(own))
    interrupt(home, "importing customers")
    assert versions(home) == []
    for name in ("latest.sqlite", "mlflow.db", "mlartifacts", "lists", "lake/scores"):
        assert not (home / name).exists(), name
    with engine.connect() as connection:
        assert connection.execute(confirmations.select()).all() == []
        assert len(connection.execute(keys.select()).all()) == 1, "keys open the next one too"
    engine.dispose()
    assert not list(home.glob("explanation-*"))


def test_a_home_with_an_operators_data_is_refused_and_untouched(own_home: SmallHome) -> None:
    before = sorted(path for path in own_home.home.rglob("*"))
    with pytest.raises(OutputError, match="holds an operator's data"):
        run(own_home.home, 300, 3, None, lambda *_: None)
    assert sorted(path for path in own_home.home.rglob("*")) == before


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_page_shows_the_lines_that_the_demo_prints(demo: Demo, page: str) -> None:
    def form(line: str) -> str:
        line = line.replace(str(demo.home), "home")
        line = re.sub(r"C\d{7}|\d{4}-\d{2}-\d{2}|[-+]?\d[\d,.]*\d|\d", "0", line)
        return re.sub(r" +", " ", line)

    block = (PROJECT / page).read_text("utf-8").split("<!-- demo:begin -->")[1].split("```")[1]
    lines = [line for line in block.splitlines()[1:] if line.strip() not in ("", "...")]
    said = [line for line in lines if not OWN.match(line)]
    printed = {form(line) for line in story(demo.home, demo.result).splitlines()}
    assert len(said) >= 8
    assert [line for line in said if form(line) not in printed] == []
