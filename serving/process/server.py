"""Starting the server: `liuke serve` becomes the server process.

The socket is opened here, or taken over from the server before, and handed on. Without BentoML's
supervisor the start takes half the time and a third less memory, signals reach the worker itself,
and no control port, which anyone on the machine could command, is opened. Several workers have a
supervisor of ours (`serving.process.supervisor`).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

from features.disk.stopping import SIGNALS
from features.errors import SettingsError
from features.home import Home
from features.settings import FeatureSettings, home_settings
from serving import database
from serving.decision.decision_settings import decision_settings
from serving.process.handover import place_of, taken_over
from serving.retention.retention_settings import retention_settings
from serving.service_settings import serving_settings

SHARED = "PROMETHEUS_MULTIPROC_DIR"
WORKER = "serving.process.worker"
SUPERVISOR = "serving.process.supervisor"
BACKLOG = 2048
NONE = -1  # no descriptor


def run(home: Path, host: str, port: int, workers: int = 1, *, take_over: bool = False) -> None:
    """Serve `home` at `host` and `port` until SIGINT or SIGTERM; this process becomes the server.

    `take_over`: from the server of this home at this port, if there is one, with its socket: it
    answers until this one does, and no connection is refused. Raises SettingsError where the
    address is taken or not this machine's, and OutputError where the operational database cannot
    be used; both before anything is started.
    """
    home = home.resolve()
    decision_settings(home)  # refuses here, not at the first customer
    retention_settings(home)
    engine = database.open_engine(home, serving_settings(home).database_url)
    database.upgrade(engine)
    engine.dispose()
    listening, announce = _socket(home, host, port, take_over=take_over)
    environment = {**os.environ, **_environment(home)}
    environment.pop(SHARED, None)  # another program's; our supervisor sets its own
    sys.stderr.write(
        f"Liuke starts at {_address(listening)} (people sign in at "
        f"{_address(listening)}/sign-in; programs: /api, /docs.json, state: /readyz); "
        "Ctrl+C stops it.\n"
    )
    sys.stderr.flush()
    os.set_inheritable(listening.fileno(), True)
    os.chdir(Path(__file__).parents[2])  # BentoML imports from here: never a stranger's `serving`
    place = str(place_of(home, listening.getsockname()[1]))
    own = [str(listening.fileno()), str(BACKLOG)]
    if workers > 1:
        call = [SUPERVISOR, *own, str(workers), str(announce), place]
    else:
        call = [WORKER, *own, str(announce), str(NONE), place]
    # A signal from here on waits until the server can see to it.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    os.execve(sys.executable, [sys.executable, "-m", *call], environment)


def _socket(home: Path, host: str, port: int, *, take_over: bool) -> tuple[socket.socket, int]:
    """The listening socket, and the descriptor in which the server before waits to hear of us."""
    before = taken_over(place_of(home, port)) if take_over else None
    if before is None:
        return _listen(host, port), NONE
    listening, connection = before
    os.set_inheritable(connection.fileno(), True)
    return listening, connection.detach()


def _listen(host: str, port: int) -> socket.socket:
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        if listening:
            listening.close()
        raise SettingsError(
            f"cannot listen at {host} port {port}: {error.strerror}. "
            "Stop the program that does, take over from it with --take-over if it is this home's "
            "server, or choose another address with --host and --port."
        ) from error
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _environment(home: Path) -> dict[str, str]:
    """What the worker must know; BentoML writes under the home alone and reports nowhere."""
    return {
        "LIUKE_HOME": str(home),
        "LIUKE_CURRENCY": home_settings(home, "features", FeatureSettings).currency,
        "BENTOML_HOME": str(Home(home).bentoml),
        "BENTOML_DO_NOT_TRACK": "True",
        # Threads for one row cost more than they bring, and take the other requests' time.
        "OMP_NUM_THREADS": "1",
    }
