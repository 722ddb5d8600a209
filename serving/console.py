"""What the command says: progress and refusals on standard error, results on standard output.

The one writer of results: text for people, or with `--json` one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from features.errors import LiukeError
from features.progress import Progress as Report

EXIT_REFUSED = 1
QUIET_SECONDS = 30.0  # of a long step, where progress is told by lines


def show(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Write the result: `text` for people, or the object as JSON."""
    written = text
    if as_json:
        written = json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(written + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Write what belongs beside the result on standard error."""
    sys.stderr.write(text + "\n")


@contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Turn a refusal into one clear message and exit status 1; other exceptions are bugs."""
    try:
        yield
    except LiukeError as refusal:
        if as_json:
            error = {"code": refusal.code, "message": refusal.message, "details": refusal.details}
            sys.stdout.write(json.dumps({"error": error}, ensure_ascii=False) + "\n")
        sys.stderr.write(f"liuke: {refusal.message}\n")
        sys.exit(EXIT_REFUSED)
    except KeyboardInterrupt:
        sys.stderr.write("liuke: stopped. What was finished before is kept.\n")
        sys.exit(130)


@contextmanager
def reporting() -> Iterator[Report]:
    """Progress on standard error: bars on a terminal, elsewhere lines.

    A line tells that a step began or is done, and how far a long one is.
    """
    if sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator[Report]:
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, Any] = {}

        def report(step: str, done: int, total: int) -> None:
            name = _family(step)
            if name not in tasks:
                tasks[name] = progress.add_task(step, total=total)
            progress.update(tasks[name], description=step, completed=done, total=total)
            if done >= total:
                progress.stop_task(tasks.pop(name))

        yield report


def _lines() -> Report:
    start = time.monotonic()
    last, told, began = ("", False), start, start

    def report(step: str, done: int, total: int) -> None:
        nonlocal last, told, began
        name, now = _family(step), time.monotonic()
        again = last == (name, done >= total) and now - told < QUIET_SECONDS
        if again or last == (name, True):
            return
        if last[0] != name:
            began = now
        last, told = (name, done >= total), now
        state = _state(done, total, now - began)
        sys.stderr.write(f"[{now - start:6.1f} s] {name}: {state}\n")
        sys.stderr.flush()

    return report


def _state(done: int, total: int, seconds: float) -> str:
    """How far a step is, and where it can be told how fast and how much longer."""
    if done >= total:
        return "done"
    state = f"{done:,} of {total:,}"
    if done == 0 or seconds <= 0:
        return state
    rate = done / seconds
    return (
        f"{state}, {rate:,.{0 if rate >= 10 else 1}f} a second, {(total - done) / rate:.0f} s left"
    )


def _family(step: str) -> str:
    """`panel 2026-03-02` and `panel 2026-03-09` are one step."""
    return step.split(" 20")[0]
