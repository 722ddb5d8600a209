"""The registry: the real MLflow on an SQLite file in the home."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import FingerprintMismatch, OutputError, SettingsError, TableRefused
from tests.conftest import set_home
from training.churn import Trial
from training.models.bundle import Bundle, read_bundle
from training.models.registry.runs import Data, Record, headlines
from training.models.registry.tracking import TRACKING, move_aliases, register, registry_settings
from training.pictures.model import calibration_curve

BEGAN = 1_750_000_000.0
RECORD = Record(
    name="churn as of 2025-06-02",
    summary="Who leaves in 30 days.",
    began=BEGAN,
    data=(Data("panel, fit period", "training", "abc", {"num_rows": 1200}),),
    trials=(
        Trial(0, {"max_depth": 3}, 0.25, BEGAN, BEGAN + 1),
        Trial(1, {"max_depth": 4}, 0.2, BEGAN + 1, BEGAN + 3, is_best=True),
    ),
    words={"city": "the city"},
    contributions=np.array([[0.1, -0.2, 0.3, 0.0, 0.4], [0.1, 0.2, -0.3, 0.1, 0.4]]),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle, sample: Any) -> Iterator[Path]:
    """A home with two registered versions; the name holds what addresses must escape."""
    home = tmp_path_factory.mktemp("registry") / "家 100%"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    before = Path.cwd()
    os.chdir(elsewhere)
    try:
        for trial in ("first", "second"):
            version = register(
                home,
                replace(bundle, report="<!doctype html><p>report</p>"),
                parameters={"max_depth": 4, "competing_reasons": ("arrears", "death")},
                tags={"data_fingerprint": f"{trial} data"},
                example=sample.rows[list(bundle.features)],
                pictures={"calibration": calibration_curve(np.array([0.0, 1]), np.array([0.2, 1]))},
                record=RECORD,
            )
            assert (home / "models" / version).is_dir()
        assert list(elsewhere.iterdir()) == []
        yield home
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def client(home: Path) -> Any:
    """MLflow's own client on the home's file."""
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{home / 'mlflow.db'}")


@pytest.fixture(scope="module")
def run(client: Any) -> Any:
    """The run of the second version."""
    return client.get_run(client.get_model_version("liuke-churn", "2").run_id)


def load(home: Path, address: str) -> Any:
    """MLflow's pyfunc of an address of this home's registry."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlflow.db'}")
    try:
        return mlflow.pyfunc.load_model(address)
    finally:
        os.environ.pop(TRACKING, None)


def table(client: Any, run: Any, name: str) -> pd.DataFrame:
    """A table among the run's artifacts."""
    path = client.download_artifacts(run.info.run_id, name)
    content = json.loads(Path(path).read_text("utf-8"))
    return pd.DataFrame(content["data"], columns=content["columns"])


def test_versions_count_up_and_lie_beside_each_other(home: Path, bundle: Bundle) -> None:
    assert sorted(path.name for path in (home / "models").iterdir()) == ["1", "2"]
    assert read_bundle(home / "models" / "2").fingerprint == bundle.fingerprint


def test_nothing_is_written_outside_the_home(home: Path) -> None:
    assert {path.name for path in home.iterdir()} == {
        "mlartifacts",
        "mlflow.db",
        "models",
    }
    with sqlite3.connect(home / "mlflow.db") as database:
        found = database.execute(
            "SELECT artifact_location FROM experiments WHERE name = 'liuke-churn'"
        ).fetchall()
    assert found == [((home / "mlartifacts").resolve().as_uri(),)]
    assert TRACKING not in os.environ


def test_a_run_has_a_name_a_description_and_parameters(
    client: Any, bundle: Bundle, run: Any
) -> None:
    assert run.info.run_name == "churn as of 2025-06-02"
    assert run.data.params == {"max_depth": "4", "competing_reasons": "('arrears', 'death')"}
    tags = run.data.tags
    assert tags["data_fingerprint"] == "second data"
    assert tags["mlflow.note.content"].startswith("Who leaves in 30 days.")
    assert f"| AUC | {bundle.evaluation['auc']:.3f} |" in tags["mlflow.note.content"]
    assert (tags["registered_model"], tags["model_version"]) == ("liuke-churn", "2")
    assert tags["mlflow.user"]
    version = client.get_model_version("liuke-churn", "2")
    assert version.description == tags["mlflow.note.content"]
    assert version.tags["data_fingerprint"] == "second data"


def test_a_run_begins_when_the_training_did(run: Any) -> None:
    assert run.info.start_time == int(1000 * BEGAN)
    assert run.info.end_time > run.info.start_time
    assert run.info.status == "FINISHED"


def test_the_experiment_is_one_of_models_and_not_of_language_models(client: Any) -> None:
    tags = client.get_experiment_by_name("liuke-churn").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_run_has_a_few_headline_metrics_and_every_figure_in_a_table(
    home: Path, client: Any, bundle: Bundle, run: Any
) -> None:
    assert set(run.data.metrics) == set(headlines(bundle.evaluation))
    assert len(run.data.metrics) <= 10
    assert run.data.metrics["auc"] == bundle.evaluation["auc"]
    figures = table(client, run, "figures.json").set_index("figure")
    interval = bundle.evaluation["auc_interval"]
    assert list(figures.loc["auc", ["low", "high"]]) == pytest.approx(interval, abs=1e-9)
    prepaid = bundle.evaluation["by_payment_mode"]["prepaid"]
    assert figures.loc["by_payment_mode.prepaid.brier_skill", "value"] == pytest.approx(
        prepaid["brier_skill"]
    )
    assert figures.loc["counts.churners", "value"] == bundle.evaluation["counts"]["churners"]
    assert {file.path for file in client.list_artifacts(run.info.run_id)} == {
        "card.md",
        "evaluation.json",
        "figures.json",
        "importances.json",
        "pictures",
        "report.html",
    }
    pictures = client.list_artifacts(run.info.run_id, "pictures")
    assert [picture.path for picture in pictures] == ["pictures/calibration.png"]
    assert (home / "mlartifacts").is_dir()


def test_a_run_says_what_each_feature_contributes(client: Any, bundle: Bundle, run: Any) -> None:
    found = table(client, run, "importances.json")
    assert set(found["feature"]) == set(bundle.features)
    assert found["gain_share"].sum() == pytest.approx(1)
    assert found["mean_abs_shap"].is_monotonic_decreasing
    assert found.loc[found["feature"] == "city", "words"].item() == "the city"


def test_the_data_of_a_run_have_a_fingerprint_a_schema_and_a_profile(
    bundle: Bundle, run: Any
) -> None:
    import mlflow

    (found,) = run.inputs.dataset_inputs
    assert found.dataset.name == "panel, fit period"
    assert found.dataset.digest == "abc"
    assert [tag.value for tag in found.tags] == ["training"]
    assert json.loads(found.dataset.profile) == {"num_rows": 1200}
    columns = json.loads(found.dataset.schema)["mlflow_colspec"]
    assert [column["name"] for column in columns] == list(bundle.features)
    assert mlflow.data.get_source(found.dataset).to_dict()["tags"]["fingerprint"] == "abc"


def test_each_trial_of_the_search_is_a_run_within_the_run(client: Any, run: Any) -> None:
    within = f"tags.mlflow.parentRunId = '{run.info.run_id}'"
    found = client.search_runs([run.info.experiment_id], within, order_by=["attribute.start_time"])
    assert [trial.info.run_name for trial in found] == ["trial 0", "trial 1"]
    assert [trial.data.params["max_depth"] for trial in found] == ["3", "4"]
    assert [trial.data.metrics["calibration_log_loss"] for trial in found] == [0.25, 0.2]
    assert [trial.data.tags["best"] for trial in found] == ["false", "true"]
    assert [trial.info.end_time - trial.info.start_time for trial in found] == [1000, 2000]


def test_the_model_has_a_signature_an_example_of_no_customer_and_its_figures(
    home: Path, client: Any, bundle: Bundle, sample: Any, run: Any
) -> None:
    (output,) = run.outputs.model_outputs
    logged = client.get_logged_model(output.model_id)
    assert {metric.key for metric in logged.metrics} == set(run.data.metrics)
    assert logged.params["max_depth"] == "4"
    loaded = load(home, "models:/liuke-churn/2")
    assert loaded.metadata.get_output_schema().input_names() == ["risk"]
    example = loaded.input_example
    rows = sample.rows[list(bundle.features)]
    assert example["active_days_4w"].item() == rows["active_days_4w"].median()
    assert example["city"].item() == rows["city"].astype(str).mode()[0]
    assert 0 < loaded.predict(example)[0] < 1


def test_the_logged_model_predicts_exactly_as_the_bundle(
    home: Path, bundle: Bundle, sample: Any
) -> None:
    loaded = load(home, "models:/liuke-churn/1")
    rows = sample.rows[list(bundle.features)].head(200)
    text = rows.assign(city=rows["city"].astype(str), payment_mode=rows["payment_mode"].astype(str))
    np.testing.assert_array_equal(loaded.predict(text), bundle.score(rows))
    names = [column.name for column in loaded.metadata.get_input_schema()]
    assert names == list(bundle.features)
    assert loaded.get_raw_model().fingerprint == bundle.fingerprint


@pytest.mark.parametrize("kind", ["int8", "int64", "uint16", "float16", "float32", "Int64", object])
def test_the_logged_model_takes_numbers_of_any_kind(
    home: Path, bundle: Bundle, sample: Any, kind: Any
) -> None:
    rows = sample.rows[list(bundle.features)].head(50)
    rows = rows.assign(active_days_4w=rows["active_days_4w"].astype(kind), city=None, age=1)
    found = load(home, "models:/liuke-churn/1").predict(rows)
    np.testing.assert_array_equal(found, bundle.score(rows))


def test_the_logged_model_refuses_in_our_words(home: Path, bundle: Bundle, sample: Any) -> None:
    loaded = load(home, "models:/liuke-churn/1")
    rows = sample.rows[list(bundle.features)].head(5)
    with pytest.raises(FingerprintMismatch, match=r"lack 1 of .* columns .missing: city."):
        loaded.predict(rows.rename(columns={"city": "town"}))
    with pytest.raises(TableRefused, match="column active_days_4w: 'many' is not a number"):
        loaded.predict(rows.assign(active_days_4w=["1", "2", "many", "3", "4"]))


def test_aliases_and_tags_move_and_go(home: Path, client: Any) -> None:
    def aliases() -> dict[str, str]:
        found = client.get_registered_model("liuke-churn").aliases
        moved = {alias: str(version) for alias, version in found.items()}
        moved.pop("challenger", None)  # the newest version
        return moved

    move_aliases(home, {"champion": "1", "previous": None}, {"1": {"reason": "trial, 试用"}})
    assert aliases() == {"champion": "1"}
    tags = client.get_model_version("liuke-churn", "1").tags
    assert tags == {"data_fingerprint": "first data", "reason": "trial, 试用"}
    move_aliases(home, {"champion": "2", "previous": "1"}, {})
    assert aliases() == {"champion": "2", "previous": "1"}
    move_aliases(home, {"champion": None, "previous": None}, {})
    assert aliases() == {}


def test_a_second_home_has_its_own_versions(
    home: Path, bundle: Bundle, sample: Any, tmp_path: Path
) -> None:
    example = sample.rows[list(bundle.features)]
    assert register(tmp_path, bundle, {}, {}, example, {}) == "1"
    assert (tmp_path / "mlflow.db").exists()
    assert (tmp_path / "mlartifacts").is_dir()
    assert sorted(path.name for path in (home / "models").iterdir()) == ["1", "2"]


def test_a_city_of_any_name_can_be_logged(bundle: Bundle, sample: Any, tmp_path: Path) -> None:
    """MLflow refuses apostrophes and brackets in the name of a metric."""
    city = bundle.evaluation["by_city"]["Anlan"]
    figures = bundle.evaluation | {"by_city": {"Xi'an (old)": city, "广州": city}}
    example = sample.rows[list(bundle.features)]
    assert register(tmp_path, replace(bundle, evaluation=figures), {}, {}, example, {}) == "1"
    assert read_bundle(tmp_path / "models" / "1").evaluation == figures


def test_another_registry_than_the_homes_is_refused_before_anything_is_logged(
    bundle: Bundle, sample: Any, tmp_path: Path
) -> None:
    (tmp_path / "models" / "1").mkdir(parents=True)
    example = sample.rows[list(bundle.features)]
    with pytest.raises(OutputError, match="another one than the home was created with"):
        register(tmp_path, bundle, {}, {}, example, {})
    assert not list((tmp_path / "mlartifacts").glob("*"))


def test_a_failed_registration_leaves_no_half_version(
    home: Path, bundle: Bundle, sample: Any
) -> None:
    example = sample.rows[list(bundle.features)].drop(columns="city")
    with pytest.raises(Exception, match="city"):
        register(home, bundle, {}, {}, example, {})
    assert sorted(path.name for path in (home / "models").iterdir()) == ["1", "2"]
    assert TRACKING not in os.environ


def test_the_homes_registry_settings_rule(tmp_path: Path) -> None:
    assert registry_settings(tmp_path).gate.max_depth == 6
    set_home(tmp_path, "registry", "[gate]\nmax_depth = 4\n")
    assert registry_settings(tmp_path).gate.max_depth == 4
    set_home(tmp_path, "registry", "[gate]\nmax_deep = 4\n")
    with pytest.raises(SettingsError, match=r"registry.toml: gate: .*; unknown: max_deep$"):
        registry_settings(tmp_path)
