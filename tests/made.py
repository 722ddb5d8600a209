"""What takes long to make is made once, for all processes and for the next runs of the tests.

It is kept beside pytest's cache for as long as the code that makes it stays as it is.
"""

from __future__ import annotations

import fcntl
import pickle
import shutil
import sys
import time
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "made"
KEPT_SECONDS = 86_400.0  # of what other versions of the code made
CODE = ("features", "training", "serving", "mlflow", "requirements/runtime.txt", "tests")
ENDINGS = (".py", ".toml", ".txt", ".sql", ".csv", ".json")
Made = TypeVar("Made")


def made_once(name: str, make: Callable[[Path], Made]) -> Made:
    """What `make` makes of a new folder; other processes wait for its pickle. Change nothing."""
    folder = KEPT / _version() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder / "made.pickle"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _forget_older()
            shutil.rmtree(folder, ignore_errors=True)  # of a run that was stopped
            folder.mkdir()
            content = pickle.dumps(make(folder))
            made.with_suffix(".partial").write_bytes(content)
            made.with_suffix(".partial").rename(made)
    own: Made = pickle.loads(made.read_bytes())
    return own


@cache
def _version() -> str:
    """Of all code, settings and packages, and of this place, which homes name."""
    digest = sha256(f"{sys.version} {ROOT}".encode())
    for name in CODE:
        top = ROOT / name
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        for file in files:
            if file.suffix in ENDINGS and "__pycache__" not in file.parts:
                digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _forget_older() -> None:
    before = time.time() - KEPT_SECONDS
    for folder in KEPT.iterdir():
        if folder.name != _version() and folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
