"""What the first request would wait for, done once the service answers and after each night.

A thread does it piece by piece, while the service answers; what a request needs before its turn is
made for that request, as without this.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from features.errors import LiukeError

FIRST_LOOK_SECONDS = 1.0  # who has waited for the service to be ready comes first
LOOK_SECONDS = 60.0
END_SECONDS = 5.0

Piece = Callable[[], None]  # returns at once where there is nothing to do

logger = logging.getLogger("liuke.serving")


class Warming:
    """Does these pieces before requests need them while it is running."""

    def __init__(self, pieces: Sequence[Piece], first_look_seconds: float = FIRST_LOOK_SECONDS):
        self._pieces, self._pause = pieces, first_look_seconds
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """While it is open; at its end the piece under way is done and no other begun."""
        thread = threading.Thread(target=self._run, daemon=True, name="warming")
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(END_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            self._pause = LOOK_SECONDS
            for piece in self._pieces:
                if not self._stop.is_set():
                    _do(piece)


def _do(piece: Piece) -> None:
    try:
        piece()
    except (LiukeError, OSError) as error:  # a request raises it; tried again later
        logger.debug("not done before it is requested: %s", error)
