"""The program's own files as one hash: what another program made may mean something else."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

ENDINGS = (".py", ".toml", ".json")


@cache
def program_hash(*packages: str) -> str:
    """The names and contents of these packages' files that can change a result, as SHA-256."""
    found, root = hashlib.sha256(), Path(__file__).parents[1]
    for package in packages:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in ENDINGS:
                found.update(path.relative_to(root).as_posix().encode() + b"\0")
                found.update(path.read_bytes())
    return found.hexdigest()
