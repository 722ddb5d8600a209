"""MLflow: what was tried, with what, and which versions came of it.

The only module that imports mlflow, and only inside its functions: the import takes seconds.
By default runs go to `<home>/mlflow.db` and `<home>/mlartifacts`; `MLFLOW_TRACKING_URI` points to
a server instead. A version's bundle is logged as a pyfunc (`loader_module`, `data_path`), so
that `mlflow.pyfunc.load_model` and a Spark UDF work on it, and lies in `<home>/models/VERSION`,
where the service reads it without MLflow.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import pandas as pd

from features.atomic import remove
from features.errors import OutputError
from features.settings import copy_default, read_toml
from training.bundle import Bundle, write_bundle

TRACKING = "MLFLOW_TRACKING_URI"
REQUIRED = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy")
EXAMPLE_ROWS = 5
TABLE_PREFIX = "liuke-table-"  # before a table's name, the registered model's
REFUSED_BY_MLFLOW = re.compile(r"[^\w.\- :/]")  # in the name of a metric


@dataclass(frozen=True)
class Aliases:
    champion: str
    challenger: str
    previous: str


@dataclass(frozen=True)
class Gate:
    """What a version must be to become champion; the reasons stand in mlflow/registry.toml."""

    min_leavers_test: int
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
class RegistrySettings:
    experiment: str
    model: str
    aliases: Aliases
    gate: Gate


def registry_settings(home: Path) -> RegistrySettings:
    """Names, aliases and gates of this home (settings/registry.toml)."""
    here = Path(__file__).parent
    default = here / "registry.toml"  # in an installed wheel
    if not default.exists():
        default = here.parent / "mlflow" / "registry.toml"
    return read_toml(copy_default(home, "registry", default), RegistrySettings)


def register(
    home: Path,
    bundle: Bundle,
    parameters: dict[str, Any],
    tags: dict[str, str],
    example: pd.DataFrame,
    pictures: dict[str, Any],
    table: str | None = None,
) -> str:
    """Log the run, register the bundle as a new version and write it to models/; the version.

    `parameters` and `tags` (data fingerprints among them) are logged as they are; the figures
    of `bundle.evaluation` become metrics, `pictures` (matplotlib figures by name) artifacts.
    `example` are rows of features, for the signature. With `table`, a table's name, the versions
    are of a model of its own, lie in tables/NAME/, and the newest is champion at once.
    """
    settings = registry_settings(home)
    with _mlflow(home, settings) as mlflow:
        model, folder, alias = _place(home, settings, table)
        _refuse_a_taken_number(folder, mlflow, model)
        with mlflow.start_run() as run:
            mlflow.set_tags(tags)
            mlflow.log_params(parameters)
            mlflow.log_metrics(_numbers(bundle.evaluation))
            mlflow.log_dict(bundle.evaluation, "evaluation.json")
            mlflow.log_text(bundle.card, "card.md")
            for name, picture in pictures.items():
                mlflow.log_figure(picture, f"{name}.png")
            staging = folder / f".{run.info.run_id}"
            try:
                write_bundle(staging, bundle)
                rows = example.head(EXAMPLE_ROWS)
                logged = mlflow.pyfunc.log_model(
                    name="bundle",
                    loader_module="training.bundle",
                    data_path=str(staging),
                    signature=_signature(mlflow, rows, bundle),
                    pip_requirements=[f"{name}=={installed(name)}" for name in REQUIRED],
                )
                version = _new_version(mlflow, model, logged, run.info.run_id)
                staging.rename(folder / version)
                mlflow.MlflowClient().set_registered_model_alias(model, alias, version)
            finally:
                remove(staging)
        return version


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


def _place(home: Path, settings: RegistrySettings, table: str | None) -> tuple[str, Path, str]:
    """Of a new version the registered model, the folder, and the alias it gets."""
    if table is None:
        return settings.model, home / "models", settings.aliases.challenger
    return f"{TABLE_PREFIX}{table}", home / "tables" / table, settings.aliases.champion


def _refuse_a_taken_number(folder: Path, mlflow: Any, model: str) -> None:
    """Raises OutputError where the registry's next version is in the folder already."""
    known = mlflow.MlflowClient().search_model_versions(f"name = '{model}'")
    upcoming = max((int(version.version) for version in known), default=0) + 1
    taken = folder / str(upcoming)
    if taken.exists():
        raise OutputError(
            f"{taken} is there, but the registry at {mlflow.get_tracking_uri()} has not counted "
            f"so far: it is another one than the home was made with. Point {TRACKING} back to "
            f"it, or use a new home."
        )


def _signature(mlflow: Any, rows: pd.DataFrame, bundle: Bundle) -> Any:
    """What goes in and comes out; of a table any type, since its columns read values themselves."""
    found = mlflow.models.infer_signature(
        rows if bundle.table is None else None, bundle.score(rows)
    )
    if bundle.table is not None:
        types = mlflow.types.schema
        found.inputs = types.Schema(
            [types.ColSpec(types.AnyType(), name, required=False) for name in bundle.features]
        )
    return found


def _new_version(mlflow: Any, model: str, logged: Any, run_id: str) -> str:
    """The version that the logged bundle becomes in the registry."""
    client = mlflow.MlflowClient()
    try:
        client.get_registered_model(model)
    except mlflow.MlflowException:
        client.create_registered_model(model)
    made = client.create_model_version(
        model, logged.model_uri, run_id=run_id, model_id=logged.model_id
    )
    return str(made.version)


@contextmanager
def _mlflow(home: Path, settings: RegistrySettings) -> Iterator[Any]:
    """The mlflow module, pointed at this home's experiment."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # A server may keep its object store to itself; then no link into it would work from here.
    os.environ.setdefault("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    import mlflow

    home = home.resolve()
    named = os.environ.get(TRACKING)
    uri = named or f"sqlite:///{home / 'mlflow.db'}"
    # Only a server has a place for artifacts; MLflow's own choice would be the working directory.
    location = None if uri.startswith("http") else (home / "mlartifacts").as_uri()
    try:
        mlflow.set_tracking_uri(uri)
        if mlflow.get_experiment_by_name(settings.experiment) is None:
            mlflow.create_experiment(settings.experiment, artifact_location=location)
        mlflow.set_experiment(settings.experiment)
        with warnings.catch_warnings():
            # The signature is inferred above, from rows that stay out of the store.
            warnings.filterwarnings("ignore", message=".*input example was not provided")
            yield mlflow
    except mlflow.MlflowException as error:
        raise OutputError(
            f"the model registry at {uri} refused: {error}. What stands in {home / 'models'} "
            f"counts for scoring; run the command again once the registry answers."
        ) from error
    finally:
        # MLflow puts its URI into the environment, where the next home would take it for a server.
        if named is None:
            os.environ.pop(TRACKING, None)


def _numbers(figures: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """The figures as flat metrics: `by_payment_mode.prepaid.auc`, `auc_interval.low`."""
    flat: dict[str, float] = {}
    for told, value in figures.items():
        name = REFUSED_BY_MLFLOW.sub("_", told)  # a city may be called Xi'an
        if isinstance(value, dict):
            flat |= _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, list) and name.endswith("_interval"):
            flat |= {f"{prefix}{name}.low": value[0], f"{prefix}{name}.high": value[1]}
        elif isinstance(value, int | float):
            flat[f"{prefix}{name}"] = float(value)
    return flat
