"""Ctrl+C and SIGTERM at any moment of a command: one line, status 130 or 143, nothing half done.

The first signal raises KeyboardInterrupt, so that every step cleans up behind itself; standard
error is closed to all but our own line, since libraries write tracebacks where an exception
meets their callbacks. What is still running after `PATIENCE_SECONDS`, or at a second signal, is
ended at once: a library may have swallowed the exception, or be busy in a loop of its own that
never looks. Worker processes end with their command.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from features.disk.atomic import abandon

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE_SECONDS = 3.0
LINE = "liuke: stopped. What was finished before is kept.\n"
SHOW_CURSOR = "\r\x1b[K\x1b[?25h"  # a progress bar hides it


class _Stop:
    """What this process knows of a signal: which came, and whether it must wait."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.error_output: int | None = None
        self.silencing = threading.RLock()
        self.leaving = threading.Lock()  # taken by the thread that ends the process, and kept
        self.steps = threading.RLock()  # held by a step that must be finished
        self.depth = 0
        self.waiting = False
        self.at_once = False
        self.line = LINE


_stop = _Stop()


@contextmanager
def stoppable(
    patience_seconds: float | None = PATIENCE_SECONDS, line: str = LINE
) -> Iterator[None]:
    """End this process with 128 + the signal if one of `SIGNALS` comes while the block runs.

    For the main thread of a command. Whatever the block raises after a signal is the signal's.
    `patience_seconds`: how long the block may take to end by itself, null for any time. `line` goes
    to standard error at the end.
    """
    _stop.line = line
    try:
        _listen(patience_seconds)
        yield
    except SystemExit as end:
        if _stop.received is None:
            _end(end.code)
        raise
    finally:
        if _stop.received is not None:
            _leave()


def is_stopped() -> bool:
    """Whether a signal came, be it that a library swallowed the exception."""
    return _stop.received is not None


@contextmanager
def finishing() -> Iterator[None]:
    """A short step that is done to its end once begun; a signal counts after it.

    For what is published in more than one place, so that both agree.
    """
    with _stop.steps:
        _stop.depth += 1
        try:
            yield
        finally:
            _stop.depth -= 1
    if _stop.waiting and not _stop.depth and threading.current_thread() is threading.main_thread():
        _stop.waiting = False
        raise KeyboardInterrupt


@contextmanager
def signals_for_parent_only() -> Iterator[None]:
    """Processes that are started inside the block never see `SIGNALS`; their parent ends them."""
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which lets the signals through again, when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _listen(patience_seconds: float | None) -> None:
    """Take care of `SIGNALS` from now on, those included that came while they were blocked."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    watched = (reading, patience_seconds)
    threading.Thread(target=_watch, args=watched, daemon=True, name="signals").start()
    # An exception that is raised between two blocks passes all of them by.
    atexit.register(_leave_if_stopped)
    for one in SIGNALS:
        signal.signal(one, _received)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def _leave_if_stopped() -> None:
    if is_stopped():
        _leave()


def _received(number: int, _: FrameType | None) -> None:
    """Runs in the main thread, between two steps of the interpreter."""
    if _stop.received is not None:
        return  # `_watch` sees to a second one
    _stop.received = number
    _silence()
    if _stop.at_once:
        _leave()
    if _stop.depth:
        _stop.waiting = True
        return
    raise KeyboardInterrupt


def _watch(reading: int, patience_seconds: float | None) -> None:
    """Leave where the main thread does not, in time or at a second signal.

    The interpreter writes each signal's number to the pipe at once, whatever the main thread does.
    """
    import select

    while True:
        (number,) = os.read(reading, 1)
        if number in SIGNALS:
            break
    select.select([reading], [], [], patience_seconds)
    if _stop.received is None:
        _stop.received = number
        _silence()
    _leave()


def _silence() -> None:
    """Keep standard error for ourselves: what comes from now on speaks of the interruption."""
    with _stop.silencing:
        if _stop.error_output is not None:
            return
        try:
            sys.stderr.flush()
            _stop.error_output = os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
        except (OSError, ValueError, AttributeError):
            return  # standard error is closed: nothing is to be kept, and no one reads the line


def _end(code: object) -> NoReturn:
    """End with this status, all but taking the interpreter apart, while signals would be lost."""
    _stop.at_once = True
    atexit._run_exitfuncs()
    for output in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or read by no one any more
            output.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _leave() -> NoReturn:
    """End this process and its workers; remove what is unfinished.

    Of two threads that come here the second waits, so that the line is written once.
    """
    _stop.leaving.acquire(timeout=3 * PATIENCE_SECONDS)
    _silence()
    _stop.steps.acquire(timeout=PATIENCE_SECONDS)
    _end_workers()
    abandon()
    if _stop.error_output is not None:
        cursor = SHOW_CURSOR if os.isatty(_stop.error_output) else ""
        with suppress(OSError):  # standard error is a pipe that no one reads any more
            os.write(_stop.error_output, f"{cursor}{_stop.line}".encode())
    os._exit(128 + (_stop.received or signal.SIGINT))


def _end_workers() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is None:
        return
    workers = multiprocessing.active_children()
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.join(PATIENCE_SECONDS)
