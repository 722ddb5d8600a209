"""What the command says: progress and refusals on standard error, results on standard output.

The one writer of results: text for people, or with `--json` one JSON object.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from features.disk.stopping import LINE
from features.errors import LiukeError, OutputError
from features.progress import Progress as Report
from features.words.refusals import in_language

EXIT_REFUSED = 1
REFUSED_BY_SYSTEM = (
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO),
)
WIDTH = 100  # of tables in a file or pipe
MIN_WIDTH = 40
FOLD = 2  # by so much the rest of a folded line is set in
QUIET_SECONDS = 30.0  # of a long step, where progress is shown by lines


_ends: ContextVar[ExitStack | None] = ContextVar("ends", default=None)
_language: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str) -> str:
    """From now on the running subcommand refuses in this language, which comes back."""
    _language.set(language)
    return language


def spoken_language() -> str:
    """The language of the running subcommand; English before it has set one."""
    return _language.get()


def show(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Write the result: `text` for people, or the object as JSON."""
    written = _json(result, indent=2) if as_json else _folded(text)
    sys.stdout.write(written + "\n")
    sys.stdout.flush()


def width() -> int:
    """How many columns a table may take: COLUMNS, the terminal's, or `WIDTH` in a file or pipe."""
    columns = shutil.get_terminal_size((WIDTH, 0)).columns
    return max(columns, MIN_WIDTH)


def _folded(text: str) -> str:
    """The text as wide as the terminal, continued below its own beginning; in a file as it is."""
    if not (sys.stdout.isatty() or os.environ.get("COLUMNS")):
        return text
    return "\n".join(part for line in text.split("\n") for part in _folds(line, width()))


def _folds(line: str, columns: int) -> list[str]:
    """The line between words, as wide as it may be; a word is never cut, so that paths stay."""
    beginning = line[: len(line) - len(line.lstrip())]
    folded = [beginning]
    for word in re.findall(r"\S+\s*", line):
        if folded[-1].strip() and cell_len((folded[-1] + word).rstrip()) > columns:
            folded.append(beginning + " " * FOLD)
        folded[-1] += word
    return [part.rstrip() for part in folded]


def _json(value: dict[str, Any], indent: int | None = None) -> str:
    """One object; outside UTF-8 with JSON's own escapes, so that it stays the same object."""
    is_utf = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    return json.dumps(value, ensure_ascii=not is_utf, indent=indent, allow_nan=False)


def note(text: str) -> None:
    """Write what belongs beside the result on standard error."""
    sys.stderr.write(text + "\n")


@contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Turn a refusal into one clear message and exit status 1; other exceptions are bugs.

    What the system refuses, as a full disk does, is a refusal wherever it comes up.
    """
    with ExitStack() as ends:
        before, language_before = _ends.set(ends), _language.set("en")
        try:
            yield
        except LiukeError as refusal:
            _refuse(refusal, as_json)
        except OSError as error:
            if error.errno not in REFUSED_BY_SYSTEM:
                raise
            _refuse(_of_system(error), as_json)
        except KeyboardInterrupt:
            sys.stderr.write(LINE)
            sys.exit(130)
        finally:
            _ends.reset(before)
            _language.reset(language_before)


def at_end(call: Callable[[], object]) -> None:
    """Call it when the work of the running subcommand ends (`refusals`); at once outside of one."""
    ends = _ends.get()
    if ends is None:
        call()
    else:
        ends.callback(call)


def _refuse(refusal: LiukeError, as_json: bool) -> NoReturn:
    message = in_language(refusal.message, _language.get())
    if as_json:
        error = {"code": refusal.code, "message": message, "details": refusal.details}
        sys.stdout.write(_json({"error": error}) + "\n")
    sys.stderr.write(f"liuke: {message}\n")
    sys.exit(EXIT_REFUSED)


def _of_system(error: OSError) -> OutputError:
    where = f"{error.filename}: " if error.filename else ""
    return OutputError(
        f"{where}{error.strerror}. See that this user may read and write there and that the disk "
        f"has room, then run again."
    )


@contextmanager
def reporting() -> Iterator[Report]:
    """Progress on standard error: bars on a terminal, elsewhere lines.

    A line says that a step began or is done, and how far a long one is.
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
    last, written, began = ("", False), start, start

    def report(step: str, done: int, total: int) -> None:
        nonlocal last, written, began
        name, now = _family(step), time.monotonic()
        again = last == (name, done >= total) and now - written < QUIET_SECONDS
        if again or last == (name, True):
            return
        if last[0] != name:
            began = now
        last, written = (name, done >= total), now
        state = _state(done, total, now - began)
        sys.stderr.write(f"[{now - start:6.1f} s] {name}: {state}\n")
        sys.stderr.flush()

    return report


def _state(done: int, total: int, seconds: float) -> str:
    """How far a step is; of one that has begun also how fast, and how much longer."""
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
