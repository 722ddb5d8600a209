"""A home that was copied, moved or restored finds its own artifacts.

MLflow writes down where artifacts lie as absolute addresses. The home itself has one place for
them, `<home>/mlartifacts`, so where the registry's file names another one, the home came from
there: every address below it is changed to the present one, in one transaction, before anything
else is read or written. What lies elsewhere, such as an object store, is left alone.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from features.disk.atomic import replacing
from features.errors import OutputError
from features.home import Home

TRACKING = "MLFLOW_TRACKING_URI"  # names another registry than the home's file
ARTIFACTS = "mlartifacts"
ADDRESSES = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("storage_location", "source"),
}
# MLflow's own experiment, which it gives a folder in whatever directory the first training ran in.
DEFAULT = "experiment_id = 0"
BUSY_SECONDS = 30.0


def artifacts_address(home: Path) -> str:
    """Where this home's artifacts lie, as MLflow writes it."""
    return (home.resolve() / ARTIFACTS).as_uri()


def settle(home: Path) -> bool:
    """Make the registry's file name the home's present place; whether it named another.

    Raises OutputError where it names another and may not be written; nothing is then changed.
    """
    database, here = Home(home).mlflow, artifacts_address(home)
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as found:
            if _is_settled(found, here):
                return False
            elsewhere = _elsewhere(found, here)
        for old in elsewhere:
            _rewrite_descriptions(home, old, here)
        with closing(sqlite3.connect(database, BUSY_SECONDS, isolation_level=None)) as registry:
            _rewrite(registry, elsewhere, here)
    except sqlite3.DatabaseError as error:
        raise OutputError(
            f"{home} was moved or copied here, and its registry {database} still names the old "
            f"place, but cannot be brought up to date: {error}. Nothing was changed. Let this user "
            f"write the file, or restore it from a backup."
        ) from error
    return True


def _is_settled(registry: sqlite3.Connection, here: str) -> bool:
    if not _columns(registry, "experiments"):
        return True  # the file is new: MLflow has made no tables yet
    default = registry.execute(f"select artifact_location from experiments where {DEFAULT}")
    return not _elsewhere(registry, here) and default.fetchall() in ([], [(f"{here}/0",)])


def _elsewhere(registry: sqlite3.Connection, here: str) -> list[str]:
    """The other places of a home's artifacts that experiments name."""
    query = "select distinct artifact_location from experiments where artifact_location like ?"
    named = [place for (place,) in registry.execute(query, (f"file:%/{ARTIFACTS}",))]
    return [place for place in named if place != here]


def _rewrite(registry: sqlite3.Connection, elsewhere: list[str], here: str) -> None:
    registry.execute("begin immediate")
    for table, names in ADDRESSES.items():
        for column in set(names) & _columns(registry, table):
            for old in elsewhere:
                registry.execute(
                    f"update {table} set {column} = ? || substr({column}, ?)"
                    f" where {column} = ? or substr({column}, 1, ?) = ?",
                    (here, len(old) + 1, old, len(old) + 1, f"{old}/"),
                )
    registry.execute(
        f"update experiments set artifact_location = ? where {DEFAULT}", (f"{here}/0",)
    )
    registry.execute("commit")


def _columns(registry: sqlite3.Connection, table: str) -> set[str]:
    return {name for _, name, *_ in registry.execute(f"pragma table_info({table})")}


def _rewrite_descriptions(home: Path, old: str, here: str) -> None:
    """Each logged model's own description names its place too."""
    for path in (Home(home).artifacts / "models").glob("*/artifacts/MLmodel"):
        text = path.read_text("utf-8")
        if f"{old}/" in text:
            with replacing(path) as temporary:
                temporary.write_text(text.replace(f"{old}/", f"{here}/"), "utf-8")
