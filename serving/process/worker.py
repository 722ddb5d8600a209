"""The server's process: the service behind uvicorn, on a socket that was opened before.

BentoML's own worker would do the same with connections that nothing bounds. A signal first lets
the requests under way be answered; the end is then status 130 or 143 and one line, also while
the service is still being loaded.
"""

from __future__ import annotations

import logging
import socket
import sys
from functools import partial
from importlib import import_module

from features.disk.stopping import is_stopped, stoppable

GOODBYE_SECONDS = 10  # for the requests under way when the server is to stop


def main(descriptor: int, backlog: int) -> None:
    """Serve on the socket of this file descriptor until SIGINT or SIGTERM."""
    with stoppable(patience_seconds=None):
        _serve(socket.socket(fileno=descriptor), backlog)


def _serve(listening: socket.socket, backlog: int) -> None:
    import uvicorn

    from serving.process.connections import Connection, Limits

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
        backlog=backlog,
        h11_max_incomplete_event_size=limits.header_bytes,
        timeout_keep_alive=limits.idle_seconds,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
    )
    if not is_stopped():  # while the service was loaded
        uvicorn.Server(config).run(sockets=[listening])


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
    main(int(sys.argv[1]), int(sys.argv[2]))
