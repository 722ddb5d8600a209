"""A worker takes one connection at a time, and no fewer may wait for it."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from serving.process.worker import Listening


def test_as_many_connections_wait_as_without_other_workers() -> None:
    with Listening() as listening, ExitStack() as clients:
        listening.waiting = 64
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)  # as the event loop does
        for _ in range(40):
            client = clients.enter_context(socket.socket())
            client.settimeout(2)
            client.connect(listening.getsockname())
