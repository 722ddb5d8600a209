"""Single settings of a home changed: looked up, set and written by their dotted keys."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import tomli_w

from features.disk.atomic import replacing
from features.home import Home
from features.settings.layers import Values

ABOUT = "# What differs from the shipped settings. Written by the service: comments are not kept.\n"


def value_at(values: Values, key: str) -> Any:
    """What stands at a dotted key; null where nothing does.

    >>> value_at({"actions": {"credit": {"cost": 60.0}}}, "actions.credit.cost")
    60.0
    >>> value_at({"actions": {}}, "actions.credit.cost") is None
    True
    """
    found: Any = values
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def with_value(own: Values, defaults: Values, key: str, value: Any) -> Values:
    """The home's own values with another one at a dotted key; null takes the own one away.

    A value that is the shipped one is taken away too, so that the home holds what differs.

    >>> with_value({"t": {"a": 1}}, {"t": {"a": 2, "b": 3}}, "t.b", 4)
    {'t': {'a': 1, 'b': 4}}
    >>> with_value({"t": {"a": 1}}, {"t": {"a": 2, "b": 3}}, "t.a", 2)
    {}
    """
    changed = deepcopy(own)
    table, parts = changed, key.split(".")
    for part in parts[:-1]:
        table = table.setdefault(part, {})
    if value is None or value == value_at(defaults, key):
        table.pop(parts[-1], None)
    else:
        table[parts[-1]] = value
    return _without_empty(changed)


def own_text(own: Values) -> str:
    """The home's own values as the file has them."""
    return ABOUT + tomli_w.dumps(own)


def own_file(home: Path, name: str) -> str | None:
    """The home's file as it is; null where there is none."""
    path = Home(home).settings(name)
    return path.read_text("utf-8") if path.exists() else None


def write_own(home: Path, name: str, text: str | None) -> None:
    """Put `text` in the place of the home's file in one step; null removes it.

    Raises ValueError where it is not TOML, OutputError where the disk refuses.
    """
    path = Home(home).settings(name)
    if text is None:
        path.unlink(missing_ok=True)
        return
    tomllib.loads(text)
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def _without_empty(values: Values) -> Values:
    """Without the tables that hold nothing."""
    found = {
        key: _without_empty(value) if isinstance(value, dict) else value
        for key, value in values.items()
    }
    return {key: value for key, value in found.items() if value != {}}
