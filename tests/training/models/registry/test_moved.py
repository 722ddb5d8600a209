"""A home that was copied and whose first place is gone finds its own artifacts."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from features.errors import OutputError
from training.models.bundle import Bundle
from training.models.registry.moved import artifacts_address, settle
from training.models.registry.tracking import TRACKING, register


def logged(home: Path, bundle: Bundle, sample: Any) -> str:
    """The version that one more registration of the bundle makes."""
    rows = sample.rows[list(bundle.features)]
    return register(home, bundle, parameters={}, tags={}, example=rows, pictures={})


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle, sample: Any) -> Path:
    """A home with one version, moved away from where it was made; its first place is gone."""
    folder = tmp_path_factory.mktemp("first")
    logged(folder / "家 100%", bundle, sample)
    (folder / "家 100%").rename(folder / "kept")
    return folder / "家 100%"


@pytest.fixture
def moved(first: Path, tmp_path: Path) -> Path:
    """A copy of the home, elsewhere."""
    return Path(shutil.copytree(first.with_name("kept"), tmp_path / "a copy's folder" / "家 2"))


def named(home: Path) -> str:
    """All that the registry's file and the logged models say."""
    with sqlite3.connect(home / "mlflow.db") as registry:
        dump = "\n".join(registry.iterdump())
    registry.close()
    texts = [path.read_text("utf-8") for path in home.rglob("MLmodel")]
    return "\n".join([dump, *texts])


def test_a_moved_home_names_its_new_place_alone(moved: Path, first: Path) -> None:
    before = artifacts_address(first)
    assert before in named(moved)
    assert settle(moved)
    assert before not in named(moved)
    assert named(moved).count(artifacts_address(moved)) >= 5
    assert f"{Path.cwd()}/mlruns" not in named(moved), "MLflow's own experiment is elsewhere"
    assert not settle(moved), "what is settled is left alone"


def test_both_versions_of_a_moved_home_are_loaded_by_mlflow(
    moved: Path, first: Path, bundle: Bundle, sample: Any
) -> None:
    import mlflow

    assert logged(moved, bundle, sample) == "2"
    assert not first.exists()
    mlflow.set_tracking_uri(f"sqlite:///{moved / 'mlflow.db'}")
    try:
        rows = sample.rows[list(bundle.features)]
        rows = rows.astype({name: object for name in bundle.maps})
        for version in ("1", "2"):
            model = mlflow.pyfunc.load_model(f"models:/liuke-churn/{version}")
            assert (model.predict(rows) == bundle.score(rows)).all()
    finally:
        os.environ.pop(TRACKING, None)


def test_a_model_that_an_earlier_version_logged_is_loaded_by_mlflow(
    moved: Path, bundle: Bundle, sample: Any
) -> None:
    """On any server: nothing that was logged has to be changed."""
    import mlflow

    (description,) = moved.rglob("MLmodel")
    text = description.read_text("utf-8")
    earlier = text.replace(
        "loader_module: training.models.pyfunc", "loader_module: training.bundle"
    )
    assert earlier != text
    description.write_text(earlier, "utf-8")
    rows = sample.rows[list(bundle.features)]
    rows = rows.astype({name: object for name in bundle.maps})
    model = mlflow.pyfunc.load_model(str(description.parent))
    assert (model.predict(rows) == bundle.score(rows)).all()


def test_an_artifact_store_elsewhere_is_left_alone(moved: Path) -> None:
    with sqlite3.connect(moved / "mlflow.db") as registry:
        registry.execute("update experiments set artifact_location = 's3://bucket/mlartifacts'")
        registry.execute("update runs set artifact_uri = 's3://bucket/mlartifacts/1/artifacts'")
    registry.close()
    settle(moved)
    with sqlite3.connect(moved / "mlflow.db") as registry:
        (uri,) = registry.execute("select artifact_uri from runs").fetchone()
    registry.close()
    assert uri == "s3://bucket/mlartifacts/1/artifacts"


def test_a_moved_registry_that_cannot_be_written_is_refused_before_anything_is(
    moved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = named(moved)
    monkeypatch.setattr("training.models.registry.moved.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(moved / "mlflow.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(OutputError, match=r"was moved or copied here, .* database is locked"):
        settle(moved)
    other.execute("rollback")
    other.close()
    assert named(moved).splitlines()[:5] == before.splitlines()[:5]
    assert settle(moved)


def test_two_commands_settle_a_home_at_once(moved: Path) -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(settle(moved))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert True in found
    assert len(found) == 4
    assert artifacts_address(moved) in named(moved)


def test_a_home_without_a_registry_is_settled(tmp_path: Path) -> None:
    assert not settle(tmp_path)
