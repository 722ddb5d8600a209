"""What all tests may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that nobody on this project wrote; tests without it are skipped."""
    folder = (ROOT / os.environ.get("LIUKE_SHARED", "../shared") / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}; set LIUKE_SHARED to the folder that holds data/")
    return folder
