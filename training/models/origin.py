"""What a version was made from: enough to make it again, and to see whether it is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from features.engine.store import Histories
from features.lake import Manifest, manifest_json
from features.program import program_hash
from training.fit_settings import TrainingSettings
from training.models.bundle import Bundle, answering_files

ORIGIN = "origin.json"  # among the run's artifacts
PACKAGES = ("lightgbm", "numpy", "pandas", "scikit-learn", "scipy", "duckdb", "ibis-framework")


@dataclass(frozen=True)
class Origin:
    """The moment, the effective settings by name, the lake's parts, the topics, the program.

    `files`: the SHA-256 of each file that the version's answers hang on.
    """

    as_of: str
    settings: Mapping[str, dict[str, Any]]
    feeds: Mapping[str, Any]
    topics: str | None
    program: str
    packages: Mapping[str, str]
    files: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Origin:
        return cls(**found)


def origin_of(
    histories: Histories,
    as_of: datetime,
    settings: TrainingSettings,
    manifest: Manifest,
    bundle: Bundle,
) -> Origin:
    """The record of a training, once its bundle is there."""
    return Origin(
        as_of.isoformat(),
        {"features": _plain(asdict(histories.settings)), "training": _plain(asdict(settings))},
        json.loads(json.dumps(manifest_json(manifest))),
        histories.topics,
        program(),
        packages(),
        file_hashes(bundle),
    )


def file_hashes(bundle: Bundle) -> dict[str, str]:
    """The SHA-256 of each file that the bundle's answers hang on."""
    return {
        name: hashlib.sha256(text.encode()).hexdigest()
        for name, text in answering_files(bundle).items()
    }


def packages() -> dict[str, str]:
    """The versions of the libraries that can change a model."""
    return {name: version(name) for name in PACKAGES}


def program() -> str:
    """The files that features and models are made by, as one hash."""
    return program_hash("features", "training")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As a settings file has them: what is null is not there."""
    return {
        name: _plain(own) if isinstance(own, Mapping) else own
        for name, own in values.items()
        if own is not None
    }
