"""The models of tables that lie in a home, by name.

<home>/tables/NAME/VERSION/        bundles, as `training.models.bundle` writes them
<home>/tables/NAME/current.json    the version that scores and answers, replaced in one step
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from features.disk.atomic import replace_json
from features.errors import BundleError, SettingsError, UnknownTable
from features.home import Home
from training.models.bundle import Bundle, read_bundle
from training.models.kinds.table import TableModel

NAME = re.compile(r"\w[\w.-]{0,63}")


def current_path(home: Path, name: str) -> Path:
    """Where it stands which version of a table's model answers.

    Raises UnknownTable where no table can be called so, before any file is looked for.
    """
    if not NAME.fullmatch(name):
        raise _unknown(home, name)
    return Home(home).tables / name / "current.json"


def answer_with(home: Path, name: str, version: str) -> None:
    """Let this version answer from now on."""
    replace_json(current_path(home, name), {"version": version})


def read_table_model(home: Path, name: str) -> tuple[str, Bundle]:
    """The version that answers for the table `name`, and its bundle.

    Raises UnknownTable, BundleError.
    """
    path = current_path(home, name)
    if not path.exists():
        raise _unknown(home, name)
    try:
        version = str(json.loads(path.read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path} cannot be read ({error}). Train the table again.") from error
    return version, read_bundle(path.parent / version, TableModel)


def _unknown(home: Path, name: str) -> UnknownTable:
    there = ", ".join(table_names(home)) or "none yet"
    return UnknownTable(
        f"no model of a table {name[:64]!r}; there are: {there}. "
        f"Make one with `liuke table train`.",
        model=name[:64],
    )


def table_names(home: Path) -> list[str]:
    """The tables that have a model in this home."""
    return sorted(path.parent.name for path in Home(home).tables.glob("*/current.json"))


def check_name(name: str) -> None:
    """Raises SettingsError where a table cannot be called so."""
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"a table cannot be called {name!r}; expected up to 64 letters, digits, -, _ or ., "
            f"the first a letter or digit. Say --name."
        )
