"""A new server takes over from the one that answers: under load, after a failure, by force."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from features.errors import SettingsError
from serving.process import handover
from serving.process.handover import Handover, place_of, taken_over
from tests.serving.conftest import CUSTOMERS, Server, start

CALLERS = 6


@pytest.fixture
def own_server(server: Server, tmp_path: Path) -> Server:
    home = tmp_path / "home"
    shutil.copytree(server.home, home, ignore=shutil.ignore_patterns("liuke.sqlite*"))
    return start(home, tmp_path)


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


def call_until(stopped: threading.Event, server: Server, found: Counter[str]) -> None:
    """Each request on a connection of its own, which a server that is away would refuse."""
    headers = {"Authorization": f"Bearer {server.key}"}
    body = {"customer_ids": [CUSTOMERS[0]]}
    while not stopped.is_set():
        try:
            found[
                str(httpx.post(f"{server.url}/score", json=body, headers=headers).status_code)
            ] += 1
        except httpx.TransportError as error:
            found[f"{type(error).__name__}: {error}"] += 1


@pytest.mark.slow
def test_a_restart_under_load_refuses_no_connection(own_server: Server, tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    stopped = threading.Event()
    callers = [
        threading.Thread(target=call_until, args=(stopped, own_server, found))
        for _ in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    after = start(own_server.home, tmp_path, port=port_of(own_server), log_name="after.log")
    assert own_server.process.wait(timeout=120) == 143
    before = sum(found.values())
    time.sleep(0.5)
    stopped.set()
    for caller in callers:
        caller.join()
    after.process.terminate()
    assert after.process.wait(timeout=120) == 143
    assert set(found) == {"200"}
    assert sum(found.values()) > before  # the new one answers
    lines = [json.loads(line) for line in (own_server.home / "after.log").read_text().splitlines()
             if line.startswith("{")]  # fmt: skip
    assert [line for line in lines if line.get("route") == "/score"]
    assert not place_of(own_server.home, port_of(own_server)).exists()


@pytest.mark.slow
def test_a_new_server_that_fails_changes_nothing(own_server: Server) -> None:
    place = place_of(own_server.home, port_of(own_server))
    found = taken_over(place)
    assert found is not None
    for one in found:  # as the end of its process does
        one.close()
    time.sleep(0.3)
    assert own_server.process.poll() is None
    assert httpx.get(f"{own_server.url}/livez").status_code == 200
    own_server.process.terminate()
    assert own_server.process.wait(timeout=120) == 143


def test_no_server_is_there(tmp_path: Path) -> None:
    assert taken_over(tmp_path / "serve-3000.sock") is None


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a short name, in which the places are."""
    with TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(handover, "SHORT", Path(folder))
        yield Path(folder)


def test_a_server_that_was_killed_left_a_place_without_a_server(short: Path) -> None:
    place = short / "serve-3000.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(place))
    assert taken_over(place) is None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Handover(place, listening).start()
        found = taken_over(place)
        assert found is not None
        assert found[0].getsockname() == listening.getsockname()
        for one in found:
            one.close()


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    place = tmp_path / "serve-3000.sock"
    place.touch()
    with pytest.raises(SettingsError, match="is not the socket of a server of this user"):
        taken_over(place)


def test_the_place_is_this_users_alone(short: Path) -> None:
    home = short / ("home" * 40)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        place = place_of(home, 3000)
        given = Handover(place, listening)
        given.start()
        assert place != place_of(home, 3001)
        assert (place.parent.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o700, 0o600)
        given.end()
    assert list(place.parent.iterdir()) == []
    place.parent.chmod(0o777)
    with pytest.raises(SettingsError, match="that its owner alone"):
        place_of(home, 3000)
