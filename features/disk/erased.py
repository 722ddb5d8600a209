"""Whom no import brings back: keyed hashes of the ids of erased customers.

    <home>/erased.json    {"schema": 1, "hashes": ["5f0c...", ...]}

The key stands in the file of secrets; without it the hashes name no customer.
"""

from __future__ import annotations

import json
from pathlib import Path

from features.disk.atomic import replace_json
from features.disk.secrets import made_secrets
from features.errors import LakeError
from features.home import Home

SCHEMA_VERSION = 1


def erased_hashes(home: Path) -> frozenset[str]:
    """The hashes of those who were erased; see `Secrets.erased_hash`. Raises LakeError."""
    path = Home(home).erased
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["schema"] != SCHEMA_VERSION:
            raise ValueError(f"schema {content['schema']}")
        return frozenset(map(str, content["hashes"]))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{path} cannot be read ({error!r}). Restore it from a backup: without it an import "
            f"could bring erased customers back."
        ) from error


def remember_erased(home: Path, customer_id: str) -> bool:
    """From now on no import brings this customer back; false if they were erased before."""
    known = erased_hashes(home)
    own = made_secrets(home).erased_hash(customer_id)
    if own in known:
        return False
    replace_json(Home(home).erased, {"schema": SCHEMA_VERSION, "hashes": sorted({*known, own})})
    return True
