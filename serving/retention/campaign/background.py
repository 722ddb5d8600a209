"""The service's campaigns: a thread looks for them, and a process beside it works on them.

A list of a million customers takes a minute of computing, which no request may wait for; the
process yields to the others of the machine. Several workers of the service may look: the database
gives each campaign to one of them.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from serving.access.clock import local_clock
from serving.retention.campaign import store

LOOK_SECONDS = 1.0
NICE = 10
STOP_SECONDS = 5.0

logger = logging.getLogger("liuke.serving")


class Background:
    """Looks for campaigns that wait in a home, and has them worked on."""

    def __init__(self, home: Path, reading: Engine) -> None:
        self._home, self._engine, self._clock = home, reading, local_clock(home)
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """While it is open, campaigns are worked on; at its end the process beside ends too.

        What it worked on then is begun again by the next service.
        """
        thread = threading.Thread(target=self._run, daemon=True, name="campaigns")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                with self._engine.connect() as connection:
                    waits = store.any_waits(connection, self._clock())
            except SQLAlchemyError:
                continue  # every request says that the database cannot be read
            if waits:
                self._work()

    def _work(self) -> None:
        call = [sys.executable, "-m", "serving.retention.campaign.running", str(self._home)]
        process = subprocess.Popen(call, preexec_fn=_yielding)
        while process.poll() is None:
            if self._stop.wait(0.2):
                process.terminate()
                process.wait(STOP_SECONDS)
                return
        if process.returncode:
            logger.warning("the process that makes lists ended with status %d", process.returncode)


def _yielding() -> None:
    os.nice(NICE)
