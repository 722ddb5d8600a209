"""A home's settings over the shipped defaults, key by key, each with its source.

A home's file holds what differs from the defaults. Homes of earlier versions hold a copy of all of
them, under the names of their time: `OLD_NAMES` has those that changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from features.errors import SettingsError
from features.home import Home
from features.settings.typed import parse_toml

FILES = (
    "features.toml",
    "training.toml",
    "registry.toml",
    "tables.toml",
    "serving.toml",
    "decision.toml",
    "standing.toml",
    "retention.toml",
    "managers.toml",
    "watch.toml",
)
SUFFIXES = (".toml", ".tml", ".ini", ".yaml", ".yml", ".json")  # of settings, right or mistaken
# By file: what a key was called, what it is called now.
OLD_NAMES = {
    "training": {"split.min_train_leavers": "split.min_train_churners"},
    "registry": {"gate.min_leavers_test": "gate.min_churners_test"},
}

Values = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """One effective setting: its file, its key with its table (`split.test_weeks`), its source."""

    file: str
    key: str
    value: Any
    source: Literal["default", "home"]


def own_values(home: Path, name: str) -> Values:
    """What the home's `settings/<name>.toml` says, under today's names; empty without a file.

    Raises SettingsError where it is not TOML, or has a key under its old and its new name.
    """
    path = Home(home).settings(name)
    _check_folder(path.parent)
    if not path.exists():
        if path.is_symlink():
            raise SettingsError(f"{path} is a link to a file that is not there")
        return {}
    values = parse_toml(path)
    for old, new in OLD_NAMES.get(name, {}).items():
        _rename(values, old, new, path)
    return values


def _check_folder(folder: Path) -> None:
    """Raises SettingsError where a file would be taken for settings and is not read."""
    if not folder.exists():
        if folder.is_symlink():
            raise SettingsError(f"{folder} is a link to a folder that is not there")
        return
    unknown = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.name not in FILES
    )
    if unknown:
        raise SettingsError(
            f"{folder} has {', '.join(unknown)}; expected only {', '.join(FILES)}. "
            f"Rename or remove it."
        )


def over(defaults: Values, own: Values) -> Values:
    """The defaults with the home's own values in their place, tables key by key.

    >>> over({"a": 1, "t": {"b": 2, "c": [3]}}, {"t": {"c": [4]}})
    {'a': 1, 't': {'b': 2, 'c': [4]}}
    """
    return defaults | {
        key: over(defaults[key], value)
        if isinstance(value, dict) and isinstance(defaults.get(key), dict)
        else value
        for key, value in own.items()
    }


def settings_of(name: str, defaults: Values, own: Values) -> list[Setting]:
    """Every effective setting of a file; a home's value that equals the default is the default."""
    shipped = dict(_flat(defaults))
    return [
        Setting(name, key, value, "default" if key in shipped and value == shipped[key] else "home")
        for key, value in _flat(over(defaults, own))
    ]


def _flat(values: Values, table: str = "") -> Iterator[tuple[str, Any]]:
    """Each value by its dotted key."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{table}{key}.")
        else:
            yield table + key, value


def _rename(values: Values, old: str, new: str, path: Path) -> None:
    table, _, old_key = old.rpartition(".")
    new_key = new.rpartition(".")[2]
    own = values.get(table)
    if not isinstance(own, dict) or old_key not in own:
        return
    if new_key in own:
        raise SettingsError(f"{path}: {new} stands there as {old} too, its old name; keep one")
    own[new_key] = own.pop(old_key)
