"""Worlds by name or by file; one world may say only what differs from another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.errors import SettingsError
from features.settings import build, parse_toml
from features.simulate.world import World

PACKAGED = Path(__file__).parent / "worlds"
EXTENDS = "extends"


def packaged_worlds() -> list[str]:
    """The names of the worlds that come with Liuke."""
    return sorted(path.stem for path in PACKAGED.glob("*.toml"))


def read_world(path: Path | str | None) -> World:
    """The world in the file, or the packaged one of that name, or the default one.

    A file may begin with `extends = "NAME"` (or a path relative to it): tables are merged key
    by key, lists replaced whole. Raises SettingsError naming what is wrong.
    """
    file = _find(path or "default", Path())
    return build(_values(file, ()), World, str(file))


def _find(path: Path | str, folder: Path) -> Path:
    found = folder / path
    if found.exists() or found.suffix or len(Path(path).parts) > 1:
        return found
    if str(path) not in packaged_worlds():
        raise SettingsError(
            f"no world is called {str(path)!r}; name one of {', '.join(packaged_worlds())}, "
            f"or give the path of a TOML file"
        )
    return PACKAGED / f"{path}.toml"


def _values(file: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if file.resolve() in seen:
        raise SettingsError(f"{file}: it extends itself")
    values = parse_toml(file)
    other = values.pop(EXTENDS, None)
    if other is None:
        return values
    if not isinstance(other, str):
        raise SettingsError(f"{file}: {EXTENDS} is {other!r}; expected a world's name or path")
    base = _values(_find(other, file.parent), (*seen, file.resolve()))
    return _merged(base, values)


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        result[key] = _merged(base[key], value) if both else value
    return result
