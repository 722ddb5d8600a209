"""The server's process: the service behind uvicorn, on a socket that was opened before.

BentoML's own worker would do the same with connections that nothing bounds. A signal first lets
the requests under way be answered; the end is then status 130 or 143 and one line, also while
the service is still being loaded. Alone it is the whole server; beside others it belongs to a
supervisor, ends with it, and leaves the line to it.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from functools import partial
from importlib import import_module
from pathlib import Path

from features.disk.stopping import LINE, is_stopped, stoppable
from serving.process.handover import READY, Handover

# Connections taken at once: a worker that took all that wait would serve them alone, since they are
# kept, while another has none.
TAKEN_AT_ONCE = 1
GOODBYE_SECONDS = 10  # for the requests under way when the server is to stop


class Listening(socket.socket):
    """A socket on which so many connections may wait, however few are taken at once."""

    waiting = 0

    def listen(self, _taken_at_once: int = 0, /) -> None:
        super().listen(self.waiting)


def main(descriptor: int, backlog: int, announce: int, alive: int, place: str = "") -> None:
    """Serve on the socket of this file descriptor until SIGINT or SIGTERM.

    `announce`: the descriptor in which to say that it answers. `alive`: one that is at its end
    when the supervisor is gone. `place`: where to give the socket to the next server. The two
    descriptors are -1 where there is none.
    """
    with stoppable(patience_seconds=None, line=LINE if alive < 0 else ""):
        if alive >= 0:
            threading.Thread(target=_end_with, args=(alive,), daemon=True, name="alive").start()
        listening = Listening(fileno=descriptor)
        listening.waiting = backlog
        handover = Handover(Path(place), listening) if place else None
        try:
            _serve(listening, announce, handover)
        finally:
            if handover:
                handover.end()


def _end_with(alive: int) -> None:
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(listening: socket.socket, announce: int, over: Handover | None) -> None:
    import uvicorn

    from serving.process.connections import Connection, Limits

    class Server(uvicorn.Server):
        """Says that it answers once it does."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                _announce(announce)
                if over:
                    over.start()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            if over:
                over.end()  # here, since the process may end as soon as the server has
            await super().shutdown(sockets)

    gateway = import_module("serving.service").gateway()
    _log_to_standard_error()
    limits = Limits()
    config = uvicorn.Config(
        gateway,
        interface="asgi3",
        http=partial(Connection, limits=limits, gateway=gateway),  # type: ignore[arg-type]
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=TAKEN_AT_ONCE,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    if not is_stopped():  # while the service was loaded
        Server(config).run(sockets=[listening])


def _announce(descriptor: int) -> None:
    if descriptor >= 0:
        os.write(descriptor, READY)
        os.close(descriptor)


def _log_to_standard_error() -> None:
    """Warnings and errors alone, in one form: standard output is the request log's."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, force=True,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )  # fmt: skip
    bentoml = logging.getLogger("bentoml")
    bentoml.handlers.clear()
    bentoml.propagate = True
    bentoml.setLevel(logging.WARNING)
    logging.getLogger("liuke").disabled = False
    logging.getLogger("liuke.serving").disabled = False


if __name__ == "__main__":
    descriptor, backlog, announce, alive = (int(one) for one in sys.argv[1:5])
    main(descriptor, backlog, announce, alive, *sys.argv[5:])
