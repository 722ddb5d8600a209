"""MLflow: what was tried, with what, and which versions came of it.

The only module that imports mlflow, and only inside its functions: the import takes seconds.
By default runs go to `<home>/mlflow.db` and `<home>/mlartifacts`; `MLFLOW_TRACKING_URI` points to
a server instead. A version's bundle is logged as a pyfunc (`loader_module`, `data_path`), so
that `mlflow.pyfunc.load_model` and a Spark UDF work on it, and lies in `<home>/models/VERSION`,
where the service reads it without MLflow.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.disk.atomic import remove
from features.disk.stopping import finishing
from features.errors import OutputError, UnknownVersion
from features.home import Home
from features.settings import home_settings
from training.evaluation.backtest import Backtest
from training.models.bundle import Bundle, write_bundle
from training.models.origin import ORIGIN, Origin
from training.models.registry.backtests import NAME, log_backtest_run
from training.models.registry.moved import TRACKING as TRACKING
from training.models.registry.moved import artifacts_address, settle
from training.models.registry.runs import (
    KIND,
    Record,
    describe,
    headlines,
    log_run,
    open_run,
    typical,
)
from training.models.registry.started import start

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REQUIRED = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy")
TABLE_PREFIX = "liuke-table-"  # before a table's name, the registered model's


@dataclass(frozen=True)
class Aliases:
    champion: str
    challenger: str
    previous: str


@dataclass(frozen=True)
class Gate:
    """What a version must be to become champion; the reasons stand in mlflow/registry.toml."""

    min_churners_test: int
    auc_interval_low_min: float
    calibration_slope_min: float
    calibration_slope_max: float
    observed_over_expected_min: float
    observed_over_expected_max: float
    brier_skill_interval_low_min: float
    max_depth: int
    max_trees: int
    max_auc_loss_against_champion: float


@dataclass(frozen=True)
class BacktestBars:
    """What the worst date of a backtest must be; where not `refuses`, it is said and no more."""

    refuses: bool
    auc_min: float
    observed_over_expected_min: float
    observed_over_expected_max: float


@dataclass(frozen=True)
class RegistrySettings:
    experiment: str
    model: str
    aliases: Aliases
    gate: Gate
    backtest: BacktestBars


def registry_settings(home: Path) -> RegistrySettings:
    """Names, aliases and gates of this home (settings/registry.toml)."""
    return home_settings(home, "registry", RegistrySettings, shipped_registry())


def shipped_registry() -> Path:
    """The file of the registry's shipped settings."""
    training = Path(__file__).parents[2]
    in_wheel = training / "registry.toml"
    return in_wheel if in_wheel.exists() else training.parent / "mlflow" / "registry.toml"


def register(
    home: Path,
    bundle: Bundle,
    parameters: dict[str, Any],
    tags: dict[str, str],
    example: pd.DataFrame,
    pictures: dict[str, Any],
    table: str | None = None,
    record: Record | None = None,
    answer: Callable[[str], None] | None = None,
) -> str:
    """Log the run, register the bundle as a new version and write it to models/; the version.

    `parameters` and `tags` (data fingerprints among them) are logged as they are, `pictures`
    (matplotlib figures by name) as artifacts, and what `training.models.registry.runs` says of
    `record`, by default a run that begins now. `example` are rows of features: their columns are
    the signature's, and their typical values MLflow's example. With `table`, a table's name, the
    versions are of a model of its own, lie in tables/NAME/, and the newest is champion at once.
    `answer` gets the version in the same step in which it is published.
    """
    settings = registry_settings(home)
    record = record or Record(table or settings.model, "", time.time())
    with _mlflow(home, settings) as mlflow:
        model, folder, alias = _place(home, settings, table)
        _refuse_a_taken_number(folder, mlflow, model)
        experiment = mlflow.get_experiment_by_name(settings.experiment).experiment_id
        with mlflow.start_run(run_id=open_run(mlflow, experiment, record)) as run:
            columns = _columns(mlflow, example)
            mlflow.set_tags(tags)
            mlflow.log_params(parameters)
            log_run(mlflow, bundle, record, pictures, columns)
            staging = folder / f".{run.info.run_id}"
            try:
                write_bundle(staging, bundle)
                logged = _log_model(mlflow, bundle, staging, columns, typical(example), parameters)
                mlflow.log_metrics(headlines(bundle.evaluation), model_id=logged.model_id)
                about = describe(record, bundle)
                with finishing():
                    version = _new_version(mlflow, model, logged, run.info.run_id, about, tags)
                    staging.rename(folder / version)
                    if answer is not None:
                        answer(version)
                    mlflow.MlflowClient().set_registered_model_alias(model, alias, version)
            finally:
                remove(staging)
            mlflow.set_tags({"registered_model": model, "model_version": version})
        return version


def log_backtest(home: Path, found: Backtest, picture: Figure, began: float) -> None:
    """One run with the figures of every date. Raises OutputError where the registry refuses."""
    settings = registry_settings(home)
    with _mlflow(home, settings) as mlflow:
        experiment = mlflow.get_experiment_by_name(settings.experiment).experiment_id
        with mlflow.start_run(run_id=open_run(mlflow, experiment, Record(NAME, "", began))):
            log_backtest_run(mlflow, found, picture)


def move_aliases(
    home: Path, aliases: dict[str, str | None], tags: dict[str, dict[str, str]]
) -> None:
    """Point aliases to versions (None removes), and tag versions: {version: {tag: value}}."""
    settings = registry_settings(home)
    with _mlflow(home, settings) as mlflow:
        client = mlflow.MlflowClient()
        for alias, version in aliases.items():
            if version is None:
                client.delete_registered_model_alias(settings.model, alias)
            else:
                client.set_registered_model_alias(settings.model, alias, version)
        for version, values in tags.items():
            for key, value in values.items():
                client.set_model_version_tag(settings.model, version, key, value)


def read_origin(home: Path, run: str) -> Origin:
    """What a training was made from; `run` is the version that it gave, or the id of its run.

    Raises UnknownVersion where the registry lacks that run, or its record.
    """
    settings = registry_settings(home)
    with _mlflow(home, settings) as mlflow:
        try:
            if run.isdecimal():
                run = str(mlflow.MlflowClient().get_model_version(settings.model, run).run_id)
            return Origin.of_json(mlflow.artifacts.load_dict(f"runs:/{run}/{ORIGIN}"))
        except mlflow.MlflowException as error:
            raise UnknownVersion(
                f"{run}: the registry has no version or run of this name with a record of what it "
                f"was made from ({ORIGIN}). Versions stand in {Home(home).models}; those of "
                f"earlier programs have no record."
            ) from error


def make_ready(home: Path) -> None:
    """Reach the registry, so that the next step with it takes no time. Raises OutputError."""
    with _mlflow(home, registry_settings(home)):
        pass


def _place(home: Path, settings: RegistrySettings, table: str | None) -> tuple[str, Path, str]:
    """Of a new version the registered model, the folder, and the alias it gets."""
    if table is None:
        return settings.model, Home(home).models, settings.aliases.challenger
    return f"{TABLE_PREFIX}{table}", Home(home).tables / table, settings.aliases.champion


def _refuse_a_taken_number(folder: Path, mlflow: Any, model: str) -> None:
    """Raises OutputError where the registry's next version is in the folder already."""
    known = mlflow.MlflowClient().search_model_versions(f"name = '{model}'")
    upcoming = max((int(version.version) for version in known), default=0) + 1
    taken = folder / str(upcoming)
    if taken.exists():
        raise OutputError(
            f"{taken} is there, but the registry at {mlflow.get_tracking_uri()} has not counted "
            f"so far: it is another one than the home was created with. Point {TRACKING} back to "
            f"it, or use a new home."
        )


def _columns(mlflow: Any, example: pd.DataFrame) -> Any:
    """MLflow's schema of the rows: their columns, of any type and none required.

    The bundle's own reader judges types and absent columns; MLflow would refuse integers where
    the example has floats, and its message has no difference of columns.
    """
    schema, anything = mlflow.types.Schema, mlflow.types.schema.AnyType
    return schema(
        [mlflow.types.ColSpec(anything(), str(name), required=False) for name in example.columns]
    )


def _log_model(
    mlflow: Any,
    bundle: Bundle,
    folder: Path,
    columns: Any,
    example: pd.DataFrame,
    parameters: dict[str, Any],
) -> Any:
    """The bundle in `folder` as MLflow's model, with its signature and an example."""
    bundle.score(example)  # refuses columns that are not the model's
    # MLflow compares the names with a range, of which pandas warns where they are strings of Arrow.
    example = example.set_axis(example.columns.astype(object), axis="columns")
    risk = mlflow.types.Schema([mlflow.types.ColSpec("double", "risk")])
    return mlflow.pyfunc.log_model(
        name="bundle",
        loader_module="training.models.pyfunc",
        data_path=str(folder),
        signature=mlflow.models.ModelSignature(inputs=columns, outputs=risk),
        input_example=example,
        pip_requirements=[f"{name}=={installed(name)}" for name in REQUIRED],
        params=parameters,
    )


def _new_version(
    mlflow: Any, model: str, logged: Any, run_id: str, description: str, tags: dict[str, str]
) -> str:
    """The version that the logged bundle becomes in the registry."""
    client = mlflow.MlflowClient()
    try:
        client.get_registered_model(model)
    except mlflow.MlflowException:
        client.create_registered_model(model)
    made = client.create_model_version(
        model,
        logged.model_uri,
        run_id=run_id,
        model_id=logged.model_id,
        description=description,
        tags=tags,
    )
    return str(made.version)


def _reason(error: Exception) -> str:
    """What MLflow's error says, without SQLAlchemy's pointers to its own pages."""
    lines = [line.strip() for line in str(error).splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(("(Background", "[SQL")))


@contextmanager
def _mlflow(home: Path, settings: RegistrySettings) -> Iterator[Any]:
    """The mlflow module, pointed at this home's experiment."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # A server may keep its object store to itself; then no link into it would work from here.
    os.environ.setdefault("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    import mlflow

    # It writes the traceback of what it raises too; we say it once, below.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    home = home.resolve()
    named = os.environ.get(TRACKING)
    uri = named or f"sqlite:///{Home(home).mlflow}"
    # Only a server has a place for artifacts; MLflow's own choice would be the working directory.
    location = None if uri.startswith("http") else artifacts_address(home)
    try:
        if named is None and not start(Home(home).mlflow):
            settle(home)
        mlflow.set_tracking_uri(uri)
        if mlflow.get_experiment_by_name(settings.experiment) is None:
            mlflow.create_experiment(settings.experiment, artifact_location=location)
            if named is None:
                settle(home)
        mlflow.set_experiment(settings.experiment)
        mlflow.set_experiment_tags(KIND)
        yield mlflow
    except mlflow.MlflowException as error:
        raise OutputError(
            f"the model registry at {uri} refused: {_reason(error)}. What stands in "
            f"{Home(home).models} counts for scoring; run the command again once the registry "
            f"answers."
        ) from error
    finally:
        # MLflow puts its URI into the environment, where the next home would take it for a server.
        if named is None:
            os.environ.pop(TRACKING, None)
