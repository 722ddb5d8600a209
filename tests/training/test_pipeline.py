"""A training from beginning to end on a small simulated operator."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import lake
from features.engine.store import open_histories
from features.errors import LakeError, NotEnoughData
from training import pipeline as module
from training.churn import fit_churn
from training.models import draft
from training.models.bundle import read_bundle
from training.models.promotion import read_champion
from training.models.registry.tracking import TRACKING
from training.pipeline import read_oracle, train


def test_the_version_that_was_registered_is_the_one_that_was_judged(small_home: Any) -> None:
    trained = small_home.trained
    assert trained.version == "1"
    stored = read_bundle(small_home.home / "models" / "1")
    assert stored.evaluation == json.loads(json.dumps(trained.bundle.evaluation.to_json()))
    assert stored.card == trained.bundle.card
    assert stored.fingerprint == open_histories(small_home.home).fingerprint
    assert stored.shape["depth"] <= small_home.training.fit.max_depth
    assert stored.shape["trees"] <= small_home.training.fit.max_trees


def test_the_run_of_a_training_has_its_data_its_search_its_report_and_its_pictures(
    small_home: Any,
) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{small_home.home / 'mlflow.db'}")
    run_id = client.get_model_version("liuke-churn", "1").run_id
    assert run_id is not None
    run = client.get_run(run_id)
    assert run.inputs is not None
    assert run.info.run_name == f"churn as of {small_home.as_of:%F}"
    within = f"tags.mlflow.parentRunId = '{run.info.run_id}'"
    trials = client.search_runs([run.info.experiment_id], within)
    assert len(trials) == small_home.training.fit.trials
    assert [trial.data.tags["best"] for trial in trials].count("true") == 1
    assert run.info.start_time < min(trial.info.start_time for trial in trials)
    data = {found.tags[0].value: found.dataset for found in run.inputs.dataset_inputs}
    periods = small_home.trained.bundle.evaluation["periods"]
    assert set(data) == {"training", "validation", "test"}
    assert json.loads(str(data["test"].profile)) == {
        "num_rows": periods["test"]["rows"],
        **periods["test"],
    }
    assert lake.fingerprint(small_home.home).startswith(data["test"].digest)
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "importances.json", "figures.json"} <= files
    drawn = {Path(file.path).stem for file in client.list_artifacts(run.info.run_id, "pictures")}
    assert {"calibration", "roc", "gains", "lift", "profit", "features"} <= drawn


def test_the_evaluation_has_periods_counts_and_the_oracle(
    small_home: Any, small_panel: pd.DataFrame
) -> None:
    figures = small_home.trained.bundle.evaluation
    test = small_panel[small_panel["period"] == "test"]
    assert figures["counts"]["dates"] == [f"{date:%F}" for date in sorted(test["as_of"].unique())]
    for period, about in figures["periods"].items():
        own = small_panel[small_panel["period"] == period]
        assert about["rows"] == len(own)
        left = own.loc[own["outcome"] == "left", "customer_id"]
        assert about["churners"] == left.nunique()
        assert (about["first"], about["last"]) == (f"{own.as_of.min():%F}", f"{own.as_of.max():%F}")
    assert 0.5 < figures["oracle_auc"] <= 1
    assert figures["oracle_rows"] > 0
    assert figures["champion"] is None
    assert figures["champion_note"] == "no_champion"


def test_the_same_training_again_gives_the_same_model(
    small_home: Any, small_panel: pd.DataFrame
) -> None:
    histories = open_histories(small_home.home)
    model = fit_churn(small_panel, histories.features, small_home.training.fit)
    stored = read_bundle(small_home.home / "models" / "1")
    assert model.booster.model_to_string() == stored.booster.model_to_string()
    assert model.maps == stored.maps


@pytest.mark.slow
def test_a_challenger_is_held_against_the_champion_on_the_same_rows(
    small_home: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_panel: pd.DataFrame
) -> None:
    """A second training in a copy of the home; nothing appears where it was started."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(
        small_home.home, home, ignore=shutil.ignore_patterns("mlflow.db", "mlartifacts")
    )
    shutil.rmtree(home / "models" / "1")
    shutil.copytree(small_home.home / "models" / "1", home / "models" / "7")
    moves = json.loads((home / "models" / "champion.json").read_text("utf-8"))
    (home / "models" / "champion.json").write_text(json.dumps(moves | {"version": "7"}), "utf-8")
    monkeypatch.setattr(draft, "training_panel", lambda *_: small_panel)
    monkeypatch.chdir(elsewhere)
    steps: list[str] = []

    trained = train(home, small_home.as_of, lambda step, *_: steps.append(step))

    figures = trained.bundle.evaluation
    assert figures["champion"] == "7"
    assert figures["champion_note"] == "same rows"
    assert figures["champion_auc"] == figures["auc"]
    assert read_champion(home).version == "7"
    assert {"fit", "intervals", "register"} <= set(steps)
    assert list(elsewhere.iterdir()) == []
    assert TRACKING not in os.environ


def test_a_champion_of_other_features_cannot_be_compared(
    small_home: Any, small_panel: pd.DataFrame
) -> None:
    features = open_histories(small_home.home).features
    test = small_panel[small_panel["period"] == "test"]
    fewer = [feature for feature in features if feature.name != "tenure_days"]
    other = module._against_champion(small_home.home, fewer, test)
    assert (other["champion_auc"], other["champion_note"]) == (None, "other features")
    more = module._against_champion(small_home.home, [*features, features[0]], test)
    assert more["champion_note"] == "same rows"  # the champion reads what it knows


def test_assumed_clocks_are_named(small_home: Any, tmp_path: Path) -> None:
    manifest = lake.read_manifest(small_home.home)
    guessed = replace(manifest["usage"], clock="assumed", delay_days=1.0)
    lake.write_manifest(tmp_path, manifest | {"usage": guessed})
    assert lake.assumed_clocks(tmp_path) == ["usage"]
    assert lake.assumed_clocks(small_home.home) == []


def test_only_a_simulated_operator_has_an_oracle(small_home: Any, tmp_path: Path) -> None:
    oracle = read_oracle(small_home.home)
    assert oracle is not None
    assert {"customer_id", "as_of", "probability_observable"} <= set(oracle.columns)
    assert not oracle.duplicated(["customer_id", "as_of"]).any()
    assert np.all((oracle["probability_observable"] >= 0) & (oracle["probability_observable"] <= 1))
    assert read_oracle(tmp_path) is None


def test_without_feeds_there_is_nothing_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="liuke import"):
        train(tmp_path, datetime(2026, 3, 2))


def test_a_training_too_early_registers_nothing(small_home: Any) -> None:
    before = sorted(path.name for path in (small_home.home / "models").iterdir())
    with pytest.raises(NotEnoughData):
        train(small_home.home, small_home.as_of - timedelta(weeks=30))
    assert sorted(path.name for path in (small_home.home / "models").iterdir()) == before
