"""Working on a campaign: from its request to a list whose customers are held, in one process.

The command does it at once, the service in a process beside it (`background`). What a killed
process leaves behind is begun again by the next one that looks, from the request on.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from features.disk.atomic import beside, sweep, take_place
from features.disk.stopping import stoppable
from features.errors import LiukeError, RequestRefused
from features.home import Home
from features.progress import Progress, silent
from serving.access.clock import local_clock
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.database import opened
from serving.retention.campaign import store
from serving.retention.campaign.files import write_made
from serving.retention.campaign.making import Made, make
from serving.retention.campaign.store import Campaign
from serving.retention.retention_settings import RetentionSettings, retention_settings
from serving.retention.rules.holds import Member
from serving.retention.selection.request import ListRequest
from serving.service_settings import serving_settings

BEAT_SECONDS = 5.0
NICE = 10  # yields to the service and the others of the machine
FILES_SHARE = 0.95  # of the work, when its files are written

logger = logging.getLogger("liuke.serving")
Clock = Callable[[], datetime]
Recorded = Callable[[Campaign, dict[str, Any], Callable[[Connection], None]], None]
METHOD = "TASK"


@dataclass(frozen=True)
class Worker:
    """One process that works on campaigns of a home.

    `recorded`: does a piece of work in one transaction with its row of the audit, given the
    campaign and what the row says.
    """

    home: Path
    engine: Engine
    settings: RetentionSettings
    clock: Clock
    recorded: Recorded
    name: str = field(default_factory=store.owner_name)

    def next(self) -> str | None:
        """Work on the next campaign that waits; its id, null where none does."""
        with self.engine.begin() as connection:
            attempts = self.settings.making.attempts
            found = store.take(connection, self.name, self.clock(), attempts)
        if found is not None:
            with suppress(Exception):  # it stands in the campaign, and its place in the log
                self.work(found)
        return found

    def made(
        self, request: ListRequest, requested_by: str, progress: Progress = silent
    ) -> tuple[Campaign, Made]:
        """Keep the request and make its list at once. Raises as `work`."""
        with self.engine.begin() as connection:
            own = store.add(connection, request, requested_by, self.clock())
            store.take_this(connection, own, self.name, self.clock())
        made = self.work(own, progress)
        with self.engine.connect() as connection:
            return store.campaign(connection, own), made

    def work(self, campaign_id: str, progress: Progress = silent) -> Made:
        """Make the list of a campaign that was taken. Raises what `make` and `finish` raise."""
        with self.engine.connect() as connection:
            found = store.campaign(connection, campaign_id)
        sweep(Home(self.home).lists, campaign_id)
        with _Beating(self, campaign_id, progress) as seen:
            try:
                return self._made(found, seen)
            except LiukeError as error:
                self._failed(campaign_id, error.message)
                raise
            except Exception as error:
                name = type(error).__name__
                # Without its message, which may name a customer.
                where = "".join(traceback.format_tb(error.__traceback__))
                logger.error("campaign %s failed: %s\n%s", campaign_id, name, where)
                self._failed(campaign_id, f"the list could not be made ({name})")
                raise

    def _made(self, own: Campaign, progress: Progress) -> Made:
        if own.expires_at <= self.clock():
            raise RequestRefused(
                "expired",
                f"the request expired on {own.expires_at:%F}, before its list was made; request a "
                "new one that expires later",
            )
        with self.engine.connect() as connection:
            made = make(
                self.home, connection, own.wanted(), self.settings, self.clock(), own.caller,
                progress,
            )  # fmt: skip
        with self.engine.begin() as connection:
            if not store.beat(connection, own.id, self.name, FILES_SHARE, self.clock()):
                raise store.taken_over()
        folder = store.folder(self.home, own.id)
        with beside(folder) as temporary:
            found = write_made(temporary, made)
            now = self.clock()
            until = now + timedelta(days=made.held_days)

            def finished(connection: Connection) -> None:
                store.finish(connection, own.id, self.name, _members(made), until, found, now)
                # No other process can own the campaign until this transaction ends.
                take_place(temporary, folder)

            detail = {"listed": found["listed"], "control": found["control"]}
            self.recorded(own, detail, finished)
        return made

    def _failed(self, campaign_id: str, message: str) -> None:
        """Keep why no list came, and no file of it, unless another process works on it now."""
        with self.engine.begin() as connection:
            store.fail(connection, campaign_id, self.name, message, self.clock())
            found = store.campaign(connection, campaign_id)
        if found.state in (store.FAILED, store.REVOKED) and found.result is None:
            shutil.rmtree(store.folder(self.home, campaign_id), ignore_errors=True)


def _members(made: Made) -> list[Member]:
    rows = made.members[["customer_id", "arm", "propensity"]].itertuples(index=False)
    return [Member(str(customer), str(arm), float(share)) for customer, arm, share in rows]


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
        self._share = done / of * FILES_SHARE
        self._shown(step, done, of)

    def _run(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            own = self._worker
            with suppress(SQLAlchemyError), own.engine.begin() as connection:
                store.beat(connection, self._id, own.name, self._share, own.clock())


def main() -> None:
    """Work on the campaigns that wait in the home of the command line, then end.

    A second word is the name of this process.
    """
    os.nice(NICE)
    home, name = Path(sys.argv[1]), (*sys.argv[2:], store.owner_name())[0]
    with stoppable(patience_seconds=None), opened(home, serving_settings(home).database_url) as own:
        clock, recorded = local_clock(home), _recorder(home, own)
        # Each list by the settings of its moment: people change them meanwhile.
        while Worker(home, own, retention_settings(home), clock, recorded, name).next() is not None:
            pass


def _recorder(home: Path, engine: Engine) -> Recorded:
    """What a list did, under the name of whom it is made for, in the audit."""
    clock = local_clock(home)

    def recorded(
        found: Campaign, detail: dict[str, Any], work: Callable[[Connection], None]
    ) -> None:
        entry = Entry(
            secrets.token_hex(8), METHOD, "/lists", 200, "", caller=found.requested_by,
            role=found.caller.role, purpose=found.purpose, detail={"campaign": found.id, **detail},
        )  # fmt: skip
        record_now(engine, entry, clock(), work)

    return recorded


if __name__ == "__main__":
    main()
