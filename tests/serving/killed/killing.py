"""Which connections a worker holds, and its sudden end."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

ESTABLISHED = "01"


def kill_one(workers: Sequence[int], port: int) -> tuple[int, frozenset[int]]:
    """Kill the worker that holds the most connections: its process, and its callers' ports.

    It is halted first, so that these are exactly the connections that break.
    """
    victim = max(workers, key=lambda own: len(_callers(own, port)))
    os.kill(victim, signal.SIGSTOP)
    callers = _callers(victim, port)
    os.kill(victim, signal.SIGKILL)
    return victim, callers


def _callers(process: int, port: int) -> frozenset[int]:
    """The ports from which others are connected to this process at `port`."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, own, other, state, *rest = line.split()
        if state == ESTABLISHED and _port(own) == port:
            found[f"socket:[{rest[5]}]"] = _port(other)
    files = Path(f"/proc/{process}/fd").iterdir()
    held = (str(one.readlink()) for one in files if one.is_symlink())
    return frozenset(found[own] for own in held if own in found)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
