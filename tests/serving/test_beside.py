"""A process beside the service: waited for, or ended with the service."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from serving.beside import run_beside


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_its_status_is_returned(folder: Path) -> None:
    (folder / "ends.py").write_text("import sys; sys.exit(int(sys.argv[1]))")
    assert [run_beside("ends", [own], threading.Event()) for own in ("0", "3")] == [0, 3]


def test_it_ends_with_the_service(folder: Path) -> None:
    (folder / "lasts.py").write_text(
        "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
    )
    stop, begun = threading.Event(), folder / "begun"

    def ask() -> None:
        while not begun.exists():
            time.sleep(0.01)
        stop.set()

    threading.Thread(target=ask).start()
    assert run_beside("lasts", [str(begun)], stop) is None
