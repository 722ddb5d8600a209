"""Several workers on one socket: started together, replaced when they die, stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from features.disk.stopping import stoppable
from serving.process.handover import READY, Handover

WORKER = "serving.process.worker"
LOOK_SECONDS = 0.1
STOP_SECONDS = 15.0  # more than a worker takes for the requests under way
QUICK_SECONDS = 5.0  # a worker that lived shorter is replaced after a pause of a second
METRICS = "PROMETHEUS_MULTIPROC_DIR"  # see serving.monitoring.metrics


@dataclass
class Worker:
    """A process that answers, when it was started, and the pipe in which it says it is ready."""

    process: subprocess.Popen[bytes]
    started: float
    ready: int
    is_ready: bool = False


@dataclass
class Supervisor:
    """The workers of one server. `announce`: where to say, once, that all are ready; -1 nowhere."""

    listening: socket.socket
    backlog: int
    count: int
    announce: int
    handover: Handover
    workers: list[Worker] = field(default_factory=list)
    is_announced: bool = False

    def run(self) -> None:
        """Keep `count` workers until a signal. Raises SystemExit where one cannot even start."""
        alive, self._alive = os.pipe()  # read to its end by each worker: then this process is gone
        try:
            self.workers = [self._start(alive) for _ in range(self.count)]
            while True:
                time.sleep(LOOK_SECONDS)
                for worker in list(self.workers):
                    self._look_after(worker, alive)
                self._announce()
        finally:
            self._stop()

    def _start(self, alive: int) -> Worker:
        ready, said = os.pipe()
        os.set_blocking(ready, False)
        arguments = [str(one) for one in (self.listening.fileno(), self.backlog, said, alive)]
        process = subprocess.Popen(
            [sys.executable, "-m", WORKER, *arguments],
            pass_fds=(self.listening.fileno(), said, alive),
            start_new_session=True,  # Ctrl+C in a terminal comes to this process alone
        )
        os.close(said)
        return Worker(process, time.monotonic(), ready)

    def _look_after(self, worker: Worker, alive: int) -> None:
        if not worker.is_ready:
            with suppress(BlockingIOError):
                worker.is_ready = os.read(worker.ready, len(READY)) == READY
        status = worker.process.poll()
        if status is None:
            return
        self.workers.remove(worker)
        os.close(worker.ready)
        if not self.is_announced:
            raise SystemExit(status if status > 0 else 1)  # the worker itself has said why
        sys.stderr.write(f"liuke: a worker ended with status {status}; another takes its place.\n")
        sys.stderr.flush()
        _forget_metrics(worker.process.pid)
        if time.monotonic() - worker.started < QUICK_SECONDS:
            time.sleep(1)
        self.workers.append(self._start(alive))

    def _announce(self) -> None:
        if self.is_announced or not all(worker.is_ready for worker in self.workers):
            return
        self.is_announced = True
        if self.announce >= 0:
            os.write(self.announce, READY)
            os.close(self.announce)
        self.handover.start()

    def _stop(self) -> None:
        self.handover.end()
        for worker in self.workers:
            with suppress(ProcessLookupError):
                worker.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self.workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()


def _forget_metrics(process_id: int) -> None:
    """What the dead worker had under way is not under way any more; its counts remain."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(process_id)  # type: ignore[no-untyped-call]


def main(descriptor: int, backlog: int, count: int, announce: int, place: str) -> None:
    """Serve on the socket of this file descriptor with `count` workers until SIGINT or SIGTERM."""
    with stoppable(patience_seconds=None), TemporaryDirectory(prefix="liuke-metrics-") as metrics:
        os.environ[METRICS] = metrics
        listening = socket.socket(fileno=descriptor)
        Supervisor(listening, backlog, count, announce, Handover(Path(place), listening)).run()


if __name__ == "__main__":
    descriptor, backlog, count, announce = (int(one) for one in sys.argv[1:5])
    main(descriptor, backlog, count, announce, sys.argv[5])
