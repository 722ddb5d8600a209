"""Progress where a person looks, and silence elsewhere."""

from __future__ import annotations

import sys
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from features.progress import Progress, shown, silent

CELL = """
from features.progress import shown
with shown() as report:
    report("panel", 0, 21)
    report("panel", 20, 21)
    report("fit", 5, 5)
"""


def test_silence_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    progress: Progress = silent
    progress("weekly cells", 1, 3)
    with shown() as report:  # standard error is not a terminal here
        report("panel", 0, 21)
    assert capfd.readouterr() == ("", "")


def test_a_progress_of_ones_own_is_called() -> None:
    steps: list[tuple[str, int, int]] = []
    with shown(lambda *step: steps.append(step)) as report:
        report("panel", 3, 21)
    assert steps == [("panel", 3, 21)]


def test_a_terminal_shows_one_line_a_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with shown() as report:
        report("panel", 0, 21)
        report("panel", 21, 21)
    drawn = [line.strip() for line in capsys.readouterr().err.split("\r")]
    assert drawn == ["", "panel: 0 of 21, 0 s", "panel: done, 0 s"]


def test_a_notebook_shows_a_line_a_step_below_the_cell() -> None:
    v4: Any = nbformat.v4  # has no types
    notebook = v4.new_notebook(cells=[v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=60).execute()
    (output,) = notebook.cells[0]["outputs"]
    assert output["data"]["text/plain"].splitlines() == [
        "panel: 20 of 21, 0 s",
        "fit: done, 0 s",
    ]
