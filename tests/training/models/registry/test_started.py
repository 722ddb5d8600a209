"""A registry that begins with made tables is the one that MLflow makes."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient

from training.models.registry import started


def described(text: str) -> list[str]:
    """The lines in an order of their own: migrations write constraints in that of a set."""
    return sorted(line.strip().rstrip(",") for line in text.splitlines())


def test_its_tables_are_those_of_mlflows_migrations(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    MlflowClient(f"sqlite:///{database}").search_experiments()
    made, kept = started.tables_of(database), started.TABLES.read_text("utf-8")
    assert described(made) == described(kept), "run: make registry"


def test_mlflow_takes_it_as_its_own(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = tmp_path / "mlflow.db"
    assert started.start(database)
    client = MlflowClient(f"sqlite:///{database}")
    assert [one.name for one in client.search_experiments()] == ["Default"]
    experiment = client.create_experiment("churn")
    client.log_metric(client.create_run(experiment).info.run_id, "auc", 0.5)
    assert "migration" not in caplog.text.lower(), "no migration is run"
    assert started.tables_of(database).count("CREATE TABLE") > 40


def test_what_is_there_stays(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    database.write_bytes(b"as it was")
    assert not started.start(database)
    assert database.read_bytes() == b"as it was"


def test_another_version_makes_its_tables_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(started, "version", lambda _: "9.9.9")
    assert not started.start(tmp_path / "mlflow.db")
    assert not list(tmp_path.iterdir())


def test_of_many_at_once_one_makes_it(tmp_path: Path) -> None:
    database, made = tmp_path / "mlflow.db", []
    ready = threading.Barrier(8)

    def one() -> None:
        ready.wait()
        made.append(started.start(database))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count(True) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
