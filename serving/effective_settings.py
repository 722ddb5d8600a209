"""The effective settings of a home: every key, its value, and whether the home says so itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from features.settings import FeatureSettings, home_settings, parse_toml, shipped
from features.settings.layers import Setting, own_values, settings_of
from features.words import say
from serving.customers.standing.standing_settings import SHIPPED as STANDING
from serving.customers.standing.standing_settings import StandingSettings
from serving.decision.decision_settings import SHIPPED as DECISION
from serving.decision.decision_settings import DecisionSettings
from serving.managers.manager_settings import SHIPPED as MANAGERS
from serving.managers.manager_settings import ManagerSettings
from serving.monitoring.watch_settings import SHIPPED as WATCH
from serving.monitoring.watch_settings import WatchSettings
from serving.retention.retention_settings import SHIPPED as RETENTION
from serving.retention.retention_settings import RetentionSettings
from serving.service_settings import ServingSettings
from training.fit_settings import TrainingSettings
from training.models.registry.tracking import RegistrySettings, shipped_registry
from training.tables.table_settings import SHIPPED, TableSettings

FILES: dict[str, tuple[Path, type]] = {
    "features": (shipped("features"), FeatureSettings),
    "training": (shipped("training"), TrainingSettings),
    "registry": (shipped_registry(), RegistrySettings),
    "tables": (SHIPPED, TableSettings),
    "serving": (shipped("serving"), ServingSettings),
    "decision": (DECISION, DecisionSettings),
    "standing": (STANDING, StandingSettings),
    "retention": (RETENTION, RetentionSettings),
    "managers": (MANAGERS, ManagerSettings),
    "watch": (WATCH, WatchSettings),
}


def effective_settings(home: Path) -> list[Setting]:
    """Every setting of this home, file by file; the shipped ones where there is no such home.

    Raises SettingsError where the home has a file or key that is not a setting, or a wrong value.
    """
    found: list[Setting] = []
    for name, (default, kind) in FILES.items():
        home_settings(home, name, kind, default)
        found += settings_of(name, parse_toml(default), own_values(home, name))
    return [
        replace(one, value=_without_password(one.value)) if one.key == "database_url" else one
        for one in found
    ]


def in_words(settings: list[Setting], language: str = "en") -> str:
    """A line a setting, under its file's name: key, value, source."""
    width = max(len(one.key) for one in settings)
    lines = []
    named = {name: say("command", name, language) for name in ("default", "home")}
    widest = max(map(cell_len, named.values()))
    sources = {name: text + " " * (widest - cell_len(text)) for name, text in named.items()}
    for name, own in groupby(settings, key=lambda one: one.file):
        lines.append(f"{name}.toml")
        lines += [f"  {one.key:<{width}}  {sources[one.source]}  {_toml(one.value)}" for one in own]
    return "\n".join(lines)


def _without_password(url: str) -> str:
    """The URL as it may be shown.

    >>> _without_password("postgresql://liuke:secret@db/liuke?sslpassword=s")
    'postgresql://liuke:***@db/liuke?sslpassword=***'
    """
    url = re.sub(r"(://[^/@:]*):[^/]*@", r"\1:***@", url)
    return re.sub(r"([\w-]*(?:pass|pwd|secret|token)[\w-]*=)[^&]*", r"\1***", url)


def _toml(value: Any) -> str:
    """A value as it stands in a settings file, where texts and lists are as in JSON.

    >>> _toml(["a", 0.5]), _toml(True)
    ('["a", 0.5]', 'true')
    """
    return json.dumps(value, ensure_ascii=False)
