"""Compiled parts as a file of the home, so that a service that starts compiles nothing.

The file holds for one set of inputs: the program's own files, the library that writes the SQL, the
features, the tables' columns and the settings. With any other it counts as absent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from features.builder.kept import KeptPart
from features.builder.queries import program
from features.catalogue.families import Feature
from features.disk.atomic import replace_json
from features.home import Home
from features.settings import FeatureSettings

Parts = Mapping[str, KeptPart | None]


def inputs_hash(
    schemas: Mapping[str, pa.Schema], features: Sequence[Feature], settings: FeatureSettings
) -> str:
    """What a compiled part depends on, as one hash."""
    columns = {name: str(schema.remove_metadata()) for name, schema in schemas.items()}
    made = [program(), sorted(columns.items()), [own.name for own in features], repr(settings)]
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()


def keep_parts(home: Path, inputs: str, parts: Parts) -> None:
    """Write the parts of each feed in the place of those before."""
    replace_json(
        Home(home).parts,
        {
            "inputs": inputs,
            "parts": {feed: part and _to_json(part) for feed, part in parts.items()},
        },
    )


def _to_json(part: KeptPart) -> dict[str, object]:
    return {
        "features": [own.name for own in part.features],
        "tables": list(part.schemas),
        "text": part.text,
        "lag_days": part.lag_days,
    }


def read_parts(
    home: Path, inputs: str, schemas: Mapping[str, pa.Schema], features: Iterable[Feature]
) -> Parts:
    """The parts by feed; none where the file is absent, damaged, or of other inputs."""
    try:
        found = json.loads(Home(home).parts.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.get("inputs") != inputs:
        return {}
    by_name = {own.name: own for own in features}
    return {
        feed: part
        and KeptPart(
            schemas={name: schemas[name] for name in part["tables"]},
            text=part["text"],
            lag_days=part["lag_days"],
            features=tuple(by_name[name] for name in part["features"]),
        )
        for feed, part in found["parts"].items()
    }
