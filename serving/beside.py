"""A process beside the service, waited for until it ends or the service stops."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from threading import Event

STOP_SECONDS = 5.0
LOOK_SECONDS = 0.2


def run_beside(module: str, arguments: Sequence[str], stop: Event) -> int | None:
    """The exit status of this module; null where it was ended because `stop` was set.

    Raises OSError where no process can be started, as without memory for it.
    """
    process = subprocess.Popen([sys.executable, "-m", module, *arguments])
    while process.poll() is None:
        if stop.wait(LOOK_SECONDS):
            _end(process)
            return None
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:  # in the middle of a long computation
        process.kill()
        process.wait()
