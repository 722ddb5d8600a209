"""The service keeps the head of its audit elsewhere: in the request log, and in a file."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.audit.chain import Head
from serving.audit.heads import append_head

GOODBYE_SECONDS = 5.0

logger = logging.getLogger("liuke.serving")


class HeadKeeper:
    """Keeps what `head` returns whenever it has moved, at most once in `seconds`.

    `log` takes it for the request log. A `file` that cannot be written is reported each time, and
    no request waits for it.
    """

    def __init__(
        self,
        head: Callable[[], Head | None],
        log: Callable[[Head], None],
        file: Path | None,
        seconds: float,
    ) -> None:
        self._head, self._log, self._file, self._seconds = head, log, file, seconds
        self._kept: Head | None = None
        self._stopped = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Heads are kept inside the block, and the last one at its end."""
        thread = threading.Thread(target=self._run, name="audit head", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join(GOODBYE_SECONDS)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._stopped.wait(self._seconds)
            self.keep()

    def keep(self) -> None:
        """Keep the head unless it is the one that was kept last."""
        head = self._head()
        if head is None or head == self._kept:
            return
        self._log(head)
        try:
            if self._file is not None:
                append_head(self._file, head)
        except OSError as error:
            logger.error("the head of the audit was not kept in %s: %s", self._file, error)
            return
        self._kept = head
