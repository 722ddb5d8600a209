"""A TOML file as a frozen dataclass: every key present, known and of its type, or an error."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields, is_dataclass
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from features.errors import SettingsError

T = TypeVar("T")


def read_toml(path: Path, kind: type[T]) -> T:
    """The file as the frozen dataclass `kind`. Raises SettingsError naming file and key."""
    return build(parse_toml(path), kind, str(path))


def parse_toml(path: Path) -> dict[str, Any]:
    """The file's tables as plain values. Raises SettingsError where it is absent or not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, IsADirectoryError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def build(values: dict[str, Any], kind: type[T], where: str) -> T:
    """A dataclass from plain values, each key checked for presence and type."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is not a dataclass")
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(values) - set(known))
    missing = [
        name
        for name, field in known.items()
        if name not in values and field.default is MISSING and field.default_factory is MISSING
    ]
    if unknown or missing:
        found = "".join(
            f"; {label}: {', '.join(names)}"
            for label, names in (("unknown", unknown), ("missing", missing))
            if names
        )
        raise SettingsError(f"{where}: the keys are not the expected ones{found}")
    hints = get_type_hints(kind)
    typed = {name: _value(values[name], hints[name], f"{where}: {name}") for name in values}
    try:
        return kind(**typed)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error.message}") from error


def _value(value: Any, hint: Any, where: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise SettingsError(f"{where} is {value!r}; expected a table")
        return build(value, hint, where)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        options = [arg for arg in args if arg is not type(None)]
        return _value(value, options[0], where)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(item, args[0], f"{where}[{i}]") for i, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {key: _value(item, args[1], f"{where}.{key}") for key, item in value.items()}
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is float and not isfinite(value):
        raise SettingsError(f"{where} is {value}; expected a finite number")
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise SettingsError(f"{where} is {value!r}; expected {getattr(hint, '__name__', hint)}")
