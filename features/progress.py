"""How long work reports where it stands: one function type, called with step, done and total."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """The progress that shows nothing."""


@contextmanager
def shown(progress: Progress | None = None) -> Iterator[Progress]:
    """The given progress, by default one to look at: in a notebook below the cell, on a terminal
    on standard error, and silent in a script whose output goes elsewhere.
    """
    if progress is not None:
        yield progress
    elif _in_notebook():
        yield _below_the_cell()
    elif sys.stderr.isatty():
        yield from _on_terminal()
    else:
        yield silent


def _in_notebook() -> bool:
    """Whether a kernel runs this; a program without IPython does not import it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def _below_the_cell() -> Progress:
    """A line of text for each step, updated in place."""
    from IPython import display

    show: Any = display.display  # has no types
    lines = _Lines()
    handle: Any = None

    def report(step: str, done: int, total: int) -> None:
        nonlocal handle
        content = {"text/plain": lines.updated(step, done, total)}
        if handle is None:
            handle = show(content, raw=True, display_id=True)
        else:
            handle.update(content, raw=True)

    return report


def _on_terminal() -> Iterator[Progress]:
    """The current step in one line of standard error, its end in a line that stays."""
    lines = _Lines()

    def report(step: str, done: int, total: int) -> None:
        line = lines.updated(step, done, total).splitlines()[-1]
        sys.stderr.write(f"\r{line:<60}" + ("\n" if done >= total else ""))
        sys.stderr.flush()

    yield report


class _Lines:
    """What each step says so far: `fit: 3 of 5, 12 s`."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._lines: dict[str, str] = {}

    def updated(self, step: str, done: int, total: int) -> str:
        now = time.monotonic()
        seconds = now - self._began.setdefault(step, now)
        state = "done" if done >= total else f"{done:,} of {total:,}"
        self._lines[step] = f"{step}: {state}, {seconds:.0f} s"
        return "\n".join(self._lines.values())
