"""Several workers on one port: they share the load and the counts, and are replaced."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from features.disk.stopping import LINE
from serving.process.handover import place_of
from tests.serving.conftest import CUSTOMERS, Server, start
from tests.serving.process.test_handover import port_of

WORKERS = 2
SECONDS = 180.0


@contextmanager
def several(server: Server, folder: Path) -> Iterator[Server]:
    home = folder / "home"
    shutil.copytree(server.home, home, ignore=shutil.ignore_patterns("liuke.sqlite*"))
    own = start(home, folder, WORKERS)
    eventually(lambda: len(workers_of(own)) == WORKERS and has_place(own))
    yield own
    own.process.kill()
    own.process.wait()


@pytest.fixture
def together(server: Server, tmp_path: Path) -> Iterator[Server]:
    """Of this test alone, which ends it."""
    with several(server, tmp_path) as own:
        yield own


@pytest.fixture(scope="module")
def lasting(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Goes on after the test."""
    with several(server, tmp_path_factory.mktemp("lasting")) as own:
        yield own


def workers_of(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(one) for one in children.read_text().split()]


def has_place(server: Server) -> bool:
    """Whether all workers answer: only then can the next server take over."""
    return place_of(server.home, port_of(server)).exists()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def score(server: Server) -> int:
    """The status of one request on a connection of its own."""
    headers, body = {"Authorization": f"Bearer {server.key}"}, {"customer_ids": [CUSTOMERS[0]]}
    return httpx.post(f"{server.url}/score", json=body, headers=headers, timeout=120).status_code


@pytest.mark.slow
def test_the_counts_are_of_all_workers(lasting: Server) -> None:
    assert {score(lasting) for _ in range(30)} == {200}
    text = httpx.get(f"{lasting.url}/metrics").text
    counts = re.findall(r'liuke_request_total\{endpoint="/score".*\} (\S+)', text)
    assert sum(float(one) for one in counts) == 30.0
    lines = [line for line in lasting.log().splitlines() if line.startswith("{")]
    assert all(json.loads(line) for line in lines)


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced(lasting: Server) -> None:
    first = set(workers_of(lasting))
    os.kill(min(first), signal.SIGKILL)
    eventually(lambda: len(workers_of(lasting)) == WORKERS and set(workers_of(lasting)) != first)
    eventually(lambda: score(lasting) == 200)
    assert "a worker ended with status -9; another takes its place" in lasting.log()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_signal_ends_all_with_one_line(together: Server, number: signal.Signals) -> None:
    own = workers_of(together)
    together.process.send_signal(number)
    assert together.process.wait(timeout=120) == 128 + number
    assert together.log().count(LINE) == 1
    assert not [one for one in own if Path(f"/proc/{one}").exists()]


@pytest.mark.slow
def test_workers_end_with_a_supervisor_that_was_killed(together: Server) -> None:
    own = workers_of(together)
    together.process.kill()
    together.process.wait()
    eventually(lambda: not [one for one in own if Path(f"/proc/{one}/exe").exists()])


@pytest.mark.slow
def test_several_take_over_from_one_and_one_from_several(together: Server, tmp_path: Path) -> None:
    one = start(together.home, tmp_path, port=port_of(together), log_name="one.log")
    assert together.process.wait(timeout=120) == 143
    assert score(one) == 200
    after = start(one.home, tmp_path, WORKERS, port=port_of(one), log_name="after.log")
    assert one.process.wait(timeout=120) == 143
    assert score(after) == 200
    after.process.terminate()
    assert after.process.wait(timeout=120) == 143
