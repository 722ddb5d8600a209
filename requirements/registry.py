"""Write the tables of a new registry again, as the MLflow that is installed makes them.

make registry     # after `make requirements` that took another MLflow
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from mlflow import MlflowClient

from training.models.registry.started import TABLES, tables_of

with TemporaryDirectory() as folder:
    database = Path(folder) / "mlflow.db"
    MlflowClient(f"sqlite:///{database}").search_experiments()
    TABLES.write_text(tables_of(database), "utf-8")
