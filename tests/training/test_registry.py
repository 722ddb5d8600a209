"""The registry: the real MLflow on an SQLite file in the home."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import OutputError, SettingsError
from training.bundle import Bundle, read_bundle
from training.pictures import calibration_curve
from training.registry import TRACKING, move_aliases, register, registry_settings


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
                bundle,
                parameters={"max_depth": 4, "competing_reasons": ("arrears", "death")},
                tags={"data_fingerprint": f"{trial} data"},
                example=sample.rows[list(bundle.features)],
                pictures={"calibration": calibration_curve(np.array([0.0, 1]), np.array([0.2, 1]))},
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


def test_versions_count_up_and_lie_beside_each_other(home: Path, bundle: Bundle) -> None:
    assert sorted(path.name for path in (home / "models").iterdir()) == ["1", "2"]
    assert read_bundle(home / "models" / "2").fingerprint == bundle.fingerprint


def test_nothing_is_written_outside_the_home(home: Path) -> None:
    assert {path.name for path in home.iterdir()} == {
        "mlartifacts",
        "mlflow.db",
        "models",
        "settings",
    }
    with sqlite3.connect(home / "mlflow.db") as database:
        found = database.execute(
            "SELECT artifact_location FROM experiments WHERE name = 'liuke-churn'"
        ).fetchall()
    assert found == [((home / "mlartifacts").resolve().as_uri(),)]
    assert TRACKING not in os.environ


def test_a_run_tells_parameters_figures_and_fingerprints(
    home: Path, client: Any, bundle: Bundle
) -> None:
    version = client.get_model_version("liuke-churn", "2")
    run = client.get_run(version.run_id)
    assert run.data.params == {"max_depth": "4", "competing_reasons": "('arrears', 'death')"}
    assert run.data.tags["data_fingerprint"] == "second data"
    metrics = run.data.metrics
    assert metrics["auc"] == bundle.evaluation["auc"]
    assert metrics["auc_interval.low"] == bundle.evaluation["auc_interval"][0]
    assert metrics["by_payment_mode.prepaid.brier_skill"] == pytest.approx(
        bundle.evaluation["by_payment_mode"]["prepaid"]["brier_skill"]
    )
    assert metrics["counts.leavers"] == bundle.evaluation["counts"]["leavers"]
    assert {file.path for file in client.list_artifacts(version.run_id)} == {
        "calibration.png",
        "card.md",
        "evaluation.json",
    }
    assert (home / "mlartifacts").is_dir()


def test_the_logged_model_predicts_exactly_as_the_bundle(
    home: Path, bundle: Bundle, sample: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    uri = f"sqlite:///{home / 'mlflow.db'}"
    monkeypatch.setenv(TRACKING, uri)
    mlflow.set_tracking_uri(uri)
    loaded = mlflow.pyfunc.load_model("models:/liuke-churn/1")
    rows = sample.rows[list(bundle.features)].head(200)
    text = rows.assign(city=rows["city"].astype(str), payment_mode=rows["payment_mode"].astype(str))
    np.testing.assert_array_equal(loaded.predict(text), bundle.score(rows))
    names = [column.name for column in loaded.metadata.get_input_schema()]
    assert names == list(bundle.features)


def test_aliases_and_tags_move_and_go(home: Path, client: Any) -> None:
    def aliases() -> dict[str, str]:
        found = client.get_registered_model("liuke-churn").aliases
        moved = {alias: str(version) for alias, version in found.items()}
        moved.pop("challenger", None)  # the newest version
        return moved

    move_aliases(home, {"champion": "1", "previous": None}, {"1": {"reason": "trial, 试用"}})
    assert aliases() == {"champion": "1"}
    assert client.get_model_version("liuke-churn", "1").tags == {"reason": "trial, 试用"}
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
    with pytest.raises(OutputError, match="another one than the home was made with"):
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
    path = tmp_path / "settings" / "registry.toml"
    path.write_text(path.read_text("utf-8").replace("max_depth = 6", "max_depth = 4"), "utf-8")
    assert registry_settings(tmp_path).gate.max_depth == 4
    path.write_text(path.read_text("utf-8").replace("max_depth = 4", "max_deep = 4"), "utf-8")
    with pytest.raises(SettingsError, match=r"unknown: max_deep; missing: max_depth"):
        registry_settings(tmp_path)
