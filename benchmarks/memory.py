"""Peak memory by the kernel's high-water mark, `VmHWM`.

`ru_maxrss` of a process never falls below what its parent held when it was started, so that it
says nothing of a small process that a large one started.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

EVERY_SECONDS = 0.02


def peak_mb(process: int | str = "self") -> float:
    """The most memory that the process held so far, in MB; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    marks = [line.split() for line in status.splitlines() if line.startswith("VmHWM")]
    return int(marks[0][1]) / 1024 if marks else 0.0


def measured_run(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[str, float]:
    """What the command prints, and its peak in MB, looked at until it ends.

    Its output must be short: it is read at the end.
    """
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=dict(environment or os.environ)
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, peak_mb(process.pid))
        time.sleep(EVERY_SECONDS)
    assert process.stdout is not None
    output = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{command[0]} failed ({process.returncode})")
    return output, peak
