"""The figures that people open first, computed before they do, once the data are new.

A thread of the service looks whether they are kept, and a process beside it, which yields to all
others of the machine, computes those that are not. Of several workers' processes one does.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from features.disk.stopping import stoppable
from features.errors import LiukeError
from features.home import Home
from features.settings import FeatureSettings, home_settings
from serving.analyses.request import request_of
from serving.beside import STOP_SECONDS, run_beside
from serving.customers.base.objectors import objectors
from serving.customers.standing.warnings import nights_kept
from serving.database import open_engine
from serving.results.figures import Figures, half_a_year, months_before
from serving.service_settings import serving_settings
from training.indicators.analyses import ANALYSES

FIRST_LOOK_SECONDS = 60.0  # a service that begins to answer has the machine for itself
LOOK_SECONDS = 60.0
NICE = 10  # of 19: how far the process yields
PREPARED = "prepared"

logger = logging.getLogger("liuke.serving")


class Preparing:
    """Has the figures of a home prepared while it is running."""

    def __init__(self, home: Path, first_look_seconds: float = FIRST_LOOK_SECONDS) -> None:
        self._home, self._pause = home, first_look_seconds
        self._results = Figures(home).results
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """While it is open; at its end the process beside ends too, and what it kept stays."""
        thread = threading.Thread(target=self._run, daemon=True, name="figures")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(2 * STOP_SECONDS)

    def _run(self) -> None:
        tried = ""
        while not self._stop.wait(self._pause):
            self._pause = LOOK_SECONDS
            name = self._results.name(PREPARED)
            has_data = (Home(self._home).feeds / "manifest.json").is_file()
            if name == tried or not has_data or self._results.find(name) is not None:
                continue
            tried = name  # what fails is computed once it is requested, and says why then
            self._work()

    def _work(self) -> None:
        try:
            status = run_beside(__name__, [str(self._home)], self._stop)
        except OSError as error:  # no memory for another process now
            logger.warning("no process to prepare figures could be started: %s", error.strerror)
            return
        if status:
            logger.warning("figures are not prepared: status %d", status)


def prepare(home: Path) -> list[str]:
    """Compute what is not kept yet; the names of what could not be, as without a feed."""
    figures, failed = Figures(home), []
    for name, compute in _wanted(home, figures):
        try:
            compute()
        except LiukeError:
            failed.append(name)
    figures.results.made(figures.results.name(PREPARED), lambda: {"failed": failed})
    return failed


def _wanted(home: Path, figures: Figures) -> Iterator[tuple[str, Callable[[], object]]]:
    """What each page shows whose address says nothing more, the quickest first."""
    currency = home_settings(home, "features", FeatureSettings).currency
    engine = open_engine(home, serving_settings(home).database_url, reading=True)
    hidden = objectors(engine)
    engine.dispose()
    yield "signs", lambda: figures.signs(currency, hidden)
    yield "groups", lambda: figures.groups(hidden)
    yield "owing", figures.owing
    if len(nights_kept(home)) > 1:
        yield "warnings", lambda: figures.warnings(hidden, serving_settings(home).language)
    for name in ANALYSES:
        yield name, lambda name=name: _analysed(figures, name)  # type: ignore[misc]
    yield "departures", lambda: _departures(figures)


def _analysed(figures: Figures, name: str) -> object:
    until = figures.latest_month()
    return figures.analysis(request_of(name, None, months_before(until), until))


def _departures(figures: Figures) -> object:
    first, until = figures.known_period()
    return figures.departures(half_a_year(first, until), until)


def main() -> None:
    """Prepare the figures of the home of the command line, unless another process does."""
    os.nice(NICE)
    home = Path(sys.argv[1])
    Home(home).results.mkdir(parents=True, exist_ok=True)
    with stoppable(patience_seconds=None), Home(home).results_lock.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        prepare(home)


if __name__ == "__main__":
    main()
