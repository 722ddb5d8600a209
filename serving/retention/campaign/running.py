"""Working on a campaign: from its request to a list whose customers are held, in one process.

The command does it at once; the service in a thread of its own, one campaign after the other. What
a killed process leaves behind is begun again by the next one that looks, from the request on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from features.errors import LiukeError
from features.progress import Progress, silent
from serving.retention.campaign import store
from serving.retention.campaign.files import write_made
from serving.retention.campaign.making import Caller, Made, make
from serving.retention.retention_settings import RetentionSettings
from serving.retention.rules.holds import Member

BEAT_SECONDS = 5.0
LOOK_SECONDS = 2.0

logger = logging.getLogger("liuke.serving")
Clock = Callable[[], datetime]
Recorded = Callable[[str, dict[str, Any], Callable[[Connection], None]], None]


@dataclass(frozen=True)
class Worker:
    """One process that works on campaigns of a home.

    `recorded`: does a piece of work in one transaction with its row of the audit, given the
    campaign's id and what the row says.
    """

    home: Path
    engine: Engine
    settings: RetentionSettings
    clock: Clock
    recorded: Recorded
    name: str

    def next(self) -> str | None:
        """Work on the next campaign that waits; its id, null where none does."""
        with self.engine.begin() as connection:
            found = store.take(connection, self.name, self.clock())
        if found is not None:
            with suppress(LiukeError):  # it stands in the campaign
                self.work(found)
        return found

    def work(
        self, campaign_id: str, caller: Caller | None = None, progress: Progress = silent
    ) -> Made:
        """Make the list of a campaign that was taken. Raises what `make` and `finish` raise."""
        with self.engine.connect() as connection:
            wanted = store.campaign(connection, campaign_id).wanted()
        with _Beating(self, campaign_id, progress) as seen:
            try:
                return self._made(campaign_id, wanted, caller or Caller(), seen)
            except LiukeError as error:
                self._failed(campaign_id, error.message)
                raise
            except Exception as error:
                logger.exception("campaign %s failed", campaign_id)
                self._failed(campaign_id, f"the list could not be made ({type(error).__name__})")
                raise

    def _made(self, campaign_id: str, wanted: Any, caller: Caller, progress: Progress) -> Made:
        with self.engine.connect() as connection:
            made = make(
                self.home, connection, wanted, self.settings, self.clock(), caller, progress
            )
        found = write_made(store.folder(self.home, campaign_id), made)
        members = [
            Member(str(own), str(arm), float(share))
            for own, arm, share in made.members[["customer_id", "arm", "propensity"]].itertuples(
                index=False
            )
        ]
        now = self.clock()
        until = now + timedelta(days=made.held_days)
        self.recorded(
            campaign_id,
            {"listed": found["listed"], "control": found["control"]},
            lambda connection: store.finish(
                connection, campaign_id, self.name, members, until, found, now
            ),
        )
        return made

    def _failed(self, campaign_id: str, message: str) -> None:
        with self.engine.begin() as connection:
            store.fail(connection, campaign_id, message, self.clock())


class _Beating:
    """While it is open, says every few seconds that the campaign is worked on, and how far."""

    def __init__(self, worker: Worker, campaign_id: str, progress: Progress) -> None:
        self._worker, self._id, self._shown = worker, campaign_id, progress
        self._share, self._ended = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="campaign beat")

    def __enter__(self) -> Progress:
        self._thread.start()
        return self._progress

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _progress(self, step: str, done: int, of: int) -> None:
        self._share = done / of * 0.95
        self._shown(step, done, of)

    def _run(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            own = self._worker
            with suppress(SQLAlchemyError), own.engine.begin() as connection:
                store.beat(connection, self._id, own.name, self._share, own.clock())


class Background:
    """A thread that works on the campaigns that wait, until it is stopped."""

    def __init__(self, worker: Callable[[], Worker]) -> None:
        self._worker, self._stop = worker, threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True, name="campaigns")
        self._thread.start()

    def stop(self) -> None:
        """Take no other campaign; the one under way is begun again by the next process."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                while not self._stop.is_set() and self._worker().next() is not None:
                    time.sleep(0)
            except Exception:
                logger.exception("campaigns cannot be worked on")
