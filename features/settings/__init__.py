"""Settings: shipped defaults, and what a home says otherwise, read into frozen dataclasses.

The defaults stand in `features/settings.toml` and its sisters. A home's `settings/<name>.toml`
holds only what differs from them (`layers`). An unknown or ill-typed key is an error that names
it: no setting is ever guessed (`typed`). `feature_settings` has what the features need to know.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from features.home import Home
from features.settings.feature_settings import (
    MAX_TOPICS,
    ComplaintSettings,
    FeatureSettings,
    HoldoutSettings,
    TierSettings,
    TopicSettings,
)
from features.settings.layers import over, own_values
from features.settings.typed import build, parse_toml, read_toml

__all__ = [
    "MAX_TOPICS",
    "ComplaintSettings",
    "FeatureSettings",
    "HoldoutSettings",
    "TierSettings",
    "TopicSettings",
    "build",
    "home_settings",
    "parse_toml",
    "read_toml",
    "shipped",
]

T = TypeVar("T")


def home_settings(home: Path, name: str, kind: type[T], default: Path | None = None) -> T:
    """The effective settings `name` of this home, as `kind`; nothing is written.

    `default`: the file of the shipped values, by default that of the package called `name`.
    Raises SettingsError naming file and key.
    """
    default = shipped(name) if default is None else default
    own = own_values(home, name)
    where = Home(home).settings(name) if own else default
    return build(over(parse_toml(default), own), kind, str(where))


def shipped(package: str) -> Path:
    """The file of a package's default settings, such as that of "features"."""
    return Path(__file__).parents[2] / package / "settings.toml"
