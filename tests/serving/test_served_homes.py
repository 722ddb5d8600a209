"""What lies under a running service changes: moved, restored from a backup, damaged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from serving.access.keys import new_key, revoke_key
from serving.database import open_engine
from tests.serving.conftest import MONDAY, Server, start

pytestmark = pytest.mark.slow

ONE = {"customer_ids": ["C0000001"]}
DAMAGES = ("removed", "emptied", "overwritten", "a folder")
FILES = ("latest.sqlite", "models/champion.json", "liuke.sqlite")


@pytest.fixture(scope="module")
def own(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a home that the tests of this file may change and put back."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(server.home, home, ignore=shutil.ignore_patterns("liuke.sqlite*"))
    own = start(home, home.parent)
    yield own
    own.process.kill()
    own.process.wait()


def status(server: Server, key: str, path: str = "/score") -> tuple[int, str]:
    """Status and code of an answer that comes in time."""
    with httpx.Client(base_url=server.url, timeout=120) as client:
        if path == "/score":
            headers = {"authorization": f"Bearer {key}"}
            answer = client.post(path, json=ONE, headers=headers)
        else:
            answer = client.get(path)
    return answer.status_code, answer.json()["error"]["code"] if answer.is_error else ""


@contextmanager
def damaged(file: Path, damage: str) -> Iterator[None]:
    kept = file.rename(file.with_name("kept"))
    try:
        if damage == "emptied":
            file.touch()
        elif damage == "overwritten":
            file.write_bytes(b"\xff\x00no such thing" * 1000)
        elif damage == "a folder":
            file.mkdir()
        yield
    finally:
        if file.is_dir():
            file.rmdir()
        kept.rename(file)


def test_keys_are_those_of_the_home_that_is_there_now(own: Server) -> None:
    """Revoked after a backup was restored, or made in it: an open file knows of neither."""
    home, backup = own.home, own.home.with_name("backup")
    engine = open_engine(home)
    later = new_key(engine, "store", MONDAY)
    engine.dispose()
    assert status(own, later.secret) == (200, "")
    shutil.copytree(home, backup)
    gone = home.rename(home.with_name("gone"))
    assert status(own, own.key) == (503, "lake")
    assert not home.exists()
    backup.rename(home)
    engine = open_engine(home)
    revoke_key(engine, later.id, MONDAY + timedelta(days=1))
    newest = new_key(engine, "store", MONDAY)
    engine.dispose()
    assert status(own, later.secret) == (401, "unauthorized")
    assert status(own, newest.secret) == (200, "")
    shutil.rmtree(home)
    gone.rename(home)
    assert status(own, later.secret) == (200, "")
    assert status(own, newest.secret) == (401, "unauthorized")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_a_refusal_in_time_with_its_reason_and_no_fault_of_the_service(
    own: Server, name: str, damage: str
) -> None:
    with damaged(own.home / name, damage):
        refused = status(own, own.key), status(own, own.key, "/readyz")
        assert status(own, own.key, "/metrics") == (200, "")
    expected = {"latest.sqlite": {"lake"}, "liuke.sqlite": {"not_ready"}}
    codes = expected.get(name, {"no_champion", "bundle"})
    for found, code in refused:
        assert found == 503
        assert code in codes
    assert status(own, own.key) == (200, "")
    assert " ERROR " not in own.log()


def test_a_home_that_is_a_file_now_is_refused_and_not_an_inner_error(own: Server) -> None:
    home = own.home
    gone = home.rename(home.with_name("gone"))
    home.touch()
    try:
        assert status(own, own.key) == (503, "lake")
        assert status(own, own.key, "/readyz") == (503, "lake")
    finally:
        home.unlink()
        gone.rename(home)
