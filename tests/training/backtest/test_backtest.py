"""Retrained at earlier dates on a small simulated operator: what counts, what is kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from features import lake
from features.engine.store import open_histories
from features.errors import NotEnoughData, SettingsError
from features.home import Home
from features.imports.sources import import_feeds
from features.settings import home_settings
from serving.command.tree import app
from tests.conftest import QUICK, set_home
from training import backtest as module
from training.backtest import backtest
from training.churn import churned
from training.evaluation.backtest import Backtest, JudgedDate, read_backtest
from training.fit_settings import TrainingSettings
from training.models.draft import fitted
from training.panels import modelled, panel
from training.statistics.metrics import auc

if TYPE_CHECKING:
    from tests.conftest import SmallHome

pytestmark = pytest.mark.slow(minutes=3)

WEEK = timedelta(weeks=1)
GAP_WEEKS = 11  # 14 days of lead, 30 of horizon, 2 of lag and 30 of silence
EARLY = QUICK.replace("warmup_weeks = 24", "warmup_weeks = 14")


@dataclass(frozen=True)
class Run:
    """Three dates, two weeks apart: before the last there is enough, but not after it."""

    home: Path
    first: datetime
    found: Backtest
    steps: list[tuple[str, int, int]]

    def again(self, home: Path | None = None) -> Backtest:
        return backtest(home or self.home, self.first, self.first + 4 * WEEK, 2)

    def dates(self) -> tuple[str, ...]:
        return tuple(f"{self.first + 2 * WEEK * place:%F}" for place in range(3))


@pytest.fixture(scope="module")
def run(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = small_home.copied_to(tmp_path_factory.mktemp("backtest") / "home")
    set_home(home, "training", EARLY)
    steps: list[tuple[str, int, int]] = []
    first = small_home.as_of - (GAP_WEEKS + 2) * WEEK
    found = backtest(
        home, first, first + 4 * WEEK, 2, lambda *one: steps.append(one), language="zh"
    )
    return Run(home, first, found, steps)


def test_a_date_has_the_model_that_training_would_have_shipped_judged_on_what_followed(
    run: Run,
) -> None:
    settings = home_settings(run.home, "training", TrainingSettings)
    histories = open_histories(run.home)
    found = fitted(histories, run.first, settings)
    judged = run.found.judged[0]
    assert (judged.as_of, judged.model) == (run.dates()[0], module._hash(found.draft))
    assert judged.trees == found.draft.shape["trees"]
    assert max(found.rows["as_of"]) + timedelta(days=76) <= run.first
    rows = panel(histories, [run.first, run.first + WEEK], settings.label)
    rows = rows[modelled(rows)]
    own = auc(churned(rows), found.draft.score(rows), np.ones(len(rows)))
    assert judged.evaluation["auc"] == pytest.approx(own)
    assert judged.evaluation["counts"]["rows"] == len(rows)
    low, high = judged.evaluation["auc_interval"]
    assert low < judged.evaluation["auc"] < high
    assert judged.evaluation["share_of_oracle"] > 0


def test_a_date_is_judged_at_the_weeks_up_to_the_next_one_whose_outcome_is_known(run: Run) -> None:
    first, second, last = run.dates()
    dates = [one.evaluation["counts"]["dates"] for one in run.found.judged]
    assert dates == [[first, f"{run.first + WEEK:%F}"], [second]]
    (late,) = run.found.passed_over
    assert (late.as_of, late.code) == (last, "not_enough_data")
    assert late.reason.startswith(f"what followed {last} is known on ")


def test_a_date_without_enough_history_is_named_with_the_reason(run: Run) -> None:
    early = run.first - 20 * WEEK
    with pytest.raises(NotEnoughData) as refused:
        backtest(run.home, early, early, 2)
    assert f"no date from {early:%F} to {early:%F} can be judged:" in refused.value.message
    assert f"  {early:%F}: the history from " in refused.value.message
    assert "days too short" in refused.value.message
    assert read_backtest(run.home) is not None


@pytest.mark.parametrize(("weeks", "name"), [(-90, "--from"), (30, "--to")])
def test_a_date_beyond_the_data_is_refused(run: Run, weeks: int, name: str) -> None:
    date = run.first + weeks * WEEK
    with pytest.raises(SettingsError, match=f"{name} leads to {date:%F}, which lies beyond"):
        backtest(run.home, date, date, 2)


def test_progress_says_how_many_dates_are_done_and_left(run: Run) -> None:
    assert [one for one in run.steps if one[0] == "backtest"] == [
        ("backtest", done, 3) for done in (0, 1, 2, 3)
    ]
    assert any(step == f"fit {run.dates()[0]}" for step, _, _ in run.steps)


def test_the_result_and_its_picture_stand_in_the_home(run: Run) -> None:
    stored = read_backtest(run.home)
    assert stored is not None
    assert stored.to_json() == json.loads(json.dumps(run.found.to_json()))
    assert stored.data == lake.fingerprint(run.home)
    assert Home(run.home).backtest_picture.read_bytes().startswith(b"\x89PNG")


def test_the_run_in_the_registry_has_a_point_a_date_and_the_picture(run: Run) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{Home(run.home).mlflow}")
    (experiment,) = client.search_experiments(filter_string="name = 'liuke-churn'")
    found = client.search_runs([experiment.experiment_id], "run_name = 'backtest'")
    own = found[-1]  # the first of them
    history = client.get_metric_history(own.info.run_id, "auc")
    values = {point.step: point.value for point in history}
    assert values == {
        int(one.as_of.replace("-", "")): one.evaluation["auc"] for one in run.found.judged
    }
    files = {file.path for file in client.list_artifacts(own.info.run_id)}
    assert "backtest.json" in files
    (picture,) = client.list_artifacts(own.info.run_id, "pictures")
    assert picture.path == "pictures/backtest.png"


def test_what_was_judged_is_not_judged_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "fitted", _never)
    assert run.again().to_json() == json.loads(json.dumps(run.found.to_json()))


def test_a_run_that_is_interrupted_goes_on_where_it_stopped(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _copy(run.home, tmp_path)
    for kept in Home(home).backtests.rglob("*.json"):
        kept.unlink()
    judged = {one.as_of: one for one in run.found.judged}
    begun: list[str] = []
    stops = True

    def judge(_histories: Any, date: datetime, *_: Any) -> JudgedDate:
        begun.append(f"{date:%F}")
        if stops and len(begun) == 2:
            raise KeyboardInterrupt
        if begun[-1] not in judged:
            raise NotEnoughData("not known")
        return judged[begun[-1]]

    monkeypatch.setattr(module, "_judge", judge)
    with pytest.raises(KeyboardInterrupt):
        run.again(home)
    assert begun == list(run.dates()[:2])
    stops = False
    assert [one.as_of for one in run.again(home).judged] == list(judged)
    assert begun[2:] == list(run.dates()[1:])


def test_other_settings_are_another_recipe_and_judged_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _copy(run.home, tmp_path)
    set_home(home, "training", EARLY.replace("seed = 5", "seed = 6"))
    monkeypatch.setattr(module, "_judge", _never)
    with pytest.raises(AssertionError, match="fitted again"):
        run.again(home)


def test_a_fact_known_after_a_date_changes_its_judging_and_nothing_of_its_model(
    run: Run, tmp_path: Path
) -> None:
    home = _copy(run.home, tmp_path)
    histories = open_histories(home)
    settings = home_settings(home, "training", TrainingSettings)
    rows = panel(histories, [run.first], settings.label)
    stayed = rows.loc[rows["outcome"] == "stayed", "customer_id"].iloc[:40]
    _port_out(home, stayed, run.first + timedelta(days=20), tmp_path / "more")
    found = backtest(home, run.first, run.first, 2)
    before, (after,) = run.found.judged[0], found.judged
    assert (after.model, after.periods) == (before.model, before.periods)
    counts = [one.evaluation["counts"] for one in (before, after)]
    assert counts[1]["churners"] > counts[0]["churners"] + 30
    assert after.evaluation["observed_over_expected"] > before.evaluation["observed_over_expected"]
    (folder,) = Home(home).backtests.iterdir()
    assert found.data.startswith(folder.name), "what was found on other data is removed"


def test_the_command_shows_a_table_and_writes_a_page_and_a_picture(
    run: Run, tmp_path: Path
) -> None:
    first, _, last = run.dates()
    dates = ("backtest", "--from", first, "--to", last, "--every", "2w", "--home", run.home)
    shown = liuke(*dates, "--out", tmp_path / "b.html")
    assert shown.exit_code == 0, shown.output
    assert f"Backtest {first} to {last}, every 2 weeks" in shown.stdout
    assert f"\n{first} " in shown.stdout
    assert f"  {last}: what followed {last} is known on" in shown.stdout
    assert "<svg" in (tmp_path / "b.html").read_text("utf-8")
    refused = liuke(*dates, "--out", tmp_path / "b.html")
    assert "--force" in refused.stderr
    chinese = liuke(*dates, "--out", tmp_path / "b.png", "--language", "zh")
    assert f"{last}：{last}之后的结果要到" in chinese.stdout
    assert (tmp_path / "b.png").read_bytes().startswith(b"\x89PNG")
    as_json = json.loads(liuke(*dates, "--json").stdout)
    assert as_json == json.loads(json.dumps(run.found.to_json()))


def liuke(*options: object) -> Result:
    return CliRunner().invoke(app, [str(option) for option in options])


def _never(*_: Any, **__: Any) -> Any:
    raise AssertionError("fitted again")


def _copy(home: Path, folder: Path) -> Path:
    return Path(shutil.copytree(home, folder / "home"))


def _port_out(home: Path, customers: pd.Series[str], when: datetime, folder: Path) -> None:
    """One more delivery: these customers port out at `when`, which was known on the next day."""
    folder.mkdir()
    columns = lake.feed_columns(home, "contracts")
    rows = pd.DataFrame({name: None for name in columns}, index=range(len(customers)))
    rows["customer_id"] = customers.to_numpy()
    rows["event"] = "ported"
    rows["event_time"], rows["known_at"] = when, when + timedelta(days=1)
    file = pd.read_parquet(lake.feed_files(home, "contracts")[0])
    rows.astype(file.dtypes.to_dict()).to_parquet(folder / "contracts.parquet")
    mapping = folder / "mapping.toml"
    mapping.write_text(
        "max_bad_share = 0.0\n[feed.contracts]\nsql = \"select * from 'contracts.parquet'\"\n"
        'event_time = "event_time"\nknown_at = "known_at"\n',
        "utf-8",
    )
    import_feeds(home, mapping, folder, when + timedelta(days=400))
