"""The service's campaigns: a thread looks for them, and a process beside it works on them.

A list of a million customers takes a minute of computing, which no request may wait for; the
process yields to the others of the machine. Several workers of the service may look: the database
gives each campaign to one of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from features.disk.atomic import sweep
from features.errors import LiukeError, SettingsError
from features.home import Home
from serving.access.clock import local_clock
from serving.beside import STOP_SECONDS, run_beside
from serving.retention.campaign import store
from serving.retention.campaign.exporting import mark_files
from serving.retention.retention_settings import retention_settings

LOOK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0  # after processes that failed one after another
MODULE = "serving.retention.campaign.running"

logger = logging.getLogger("liuke.serving")


class Background:
    """Looks for campaigns that wait in a home, and has them worked on.

    `reading` is for the look a second, which takes no lock; `engine` for transactions.
    """

    def __init__(self, home: Path, reading: Engine, engine: Engine) -> None:
        self._home, self._reading, self._engine = home, reading, engine
        self._clock = local_clock(home)
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
            thread.join(2 * STOP_SECONDS)

    def _run(self) -> None:
        self._mark()
        pause = LOOK_SECONDS
        while not self._stop.wait(pause):
            try:
                with self._reading.connect() as connection:
                    waits = store.any_waits(connection, self._clock())
            except SQLAlchemyError:
                continue  # every request says that the database cannot be read
            if waits and not self._work():
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                pause = LOOK_SECONDS

    def _work(self) -> bool:
        """Whether a process could work on what waits, or was stopped."""
        name = store.owner_name()
        try:
            status = run_beside(MODULE, [str(self._home), name], self._stop)
        except OSError as error:  # no memory for another process now
            logger.warning("no process to make lists could be started: %s", error.strerror)
            return False
        if status is None:
            self._let_go(name, died=False)
            return True
        if status:
            logger.warning("the process that makes lists ended with status %d", status)
            self._let_go(name, died=True)
        return status == 0

    def _mark(self) -> None:
        """Mark the files of who was killed between revoking a campaign and marking them."""
        try:
            with self._reading.connect() as connection:
                mark_files(connection, self._home)
        except (SQLAlchemyError, LiukeError, OSError, ValueError) as error:
            logger.warning("receipts of revoked lists could not be marked: %s", error)

    def _let_go(self, name: str, *, died: bool) -> None:
        """What the process worked on waits again, or is given up.

        One that died before it took any campaign counts as an attempt at the next one: so a process
        that fails at its start is not started for ever.
        """
        try:
            attempts = retention_settings(self._home).making.attempts
            with self._engine.begin() as connection:
                now = self._clock()
                found = store.let_go(connection, name, now, attempts, died=died)
                if died and not found and store.take(connection, name, now, attempts) is not None:
                    found = store.let_go(connection, name, now, attempts, died=True)
            for own in found:
                sweep(Home(self._home).lists, own)
        except (SQLAlchemyError, SettingsError, OSError):
            logger.warning("what the process worked on waits until it counts as silent")
