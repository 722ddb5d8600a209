"""Lists are made in a process beside the service; a killed one is begun again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from features.home import Home
from serving.access.clock import local_clock
from serving.database import opened
from serving.database.tables import audit, campaigns, holds
from serving.retention.campaign import running
from serving.retention.campaign import store as kept
from serving.retention.campaign.background import Background
from serving.retention.campaign.files import write_made
from serving.retention.campaign.making import Made
from serving.retention.campaign.running import Worker
from serving.retention.retention_settings import retention_settings
from serving.retention.selection.request import parsed
from tests.conftest import SmallHome, set_home
from tests.serving.retention.campaign.conftest import REQUEST

SECONDS = 180.0


def requested(home: Path) -> str:
    with opened(home) as engine, engine.begin() as connection:
        now = local_clock(home)()
        return kept.add(connection, parsed(REQUEST, now), "lin", now)


def waited_for(home: Path, own: str, *states: str) -> kept.Campaign:
    deadline = time.monotonic() + SECONDS
    with opened(home) as engine:
        while time.monotonic() < deadline:
            with engine.connect() as connection:
                found = kept.campaign(connection, own)
            if found.state in states:
                return found
            time.sleep(0.05)
    raise TimeoutError(found.state)


@pytest.mark.slow
def test_the_service_makes_the_lists_that_wait(small_home: SmallHome, tmp_path: Path) -> None:
    home = small_home.copied_to(tmp_path / "home")
    own = requested(home)
    with opened(home) as engine, Background(home, engine, engine).running():
        found = waited_for(home, own, kept.READY, kept.FAILED)
        assert found.state == kept.READY, found.error
        assert found.result is not None
        with engine.connect() as connection:
            held = connection.execute(select(holds.c.customer_id)).all()
            rows = connection.execute(select(audit).where(audit.c.method == "TASK")).all()
    assert len(held) == found.result["listed"] + found.result["control"]
    assert [(row.caller, row.route, row.status) for row in rows] == [("lin", "/lists", 200)]


@pytest.mark.slow
def test_a_killed_process_leaves_nothing_and_the_next_begins_again(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    own = requested(home)
    call = [sys.executable, "-m", "serving.retention.campaign.running", str(home)]
    process = subprocess.Popen(call)
    waited_for(home, own, kept.RUNNING)
    process.kill()
    process.wait()
    with opened(home) as engine:
        with engine.connect() as connection:
            assert not connection.execute(select(holds)).all()
        with engine.begin() as connection:  # as if a minute had passed
            old = local_clock(home)() - timedelta(seconds=kept.SILENT_SECONDS + 1)
            connection.execute(update(campaigns).values(task_beat=old))
    subprocess.run(call, check=True, timeout=SECONDS)
    assert waited_for(home, own, kept.READY).result


@pytest.fixture
def home(
    small_home: SmallHome, store: Engine, database_url: str, tmp_path: Path
) -> tuple[Path, Engine, str]:
    """A home that makes lists, on both databases."""
    own = shutil.ignore_patterns("liuke.sqlite*")
    shutil.copytree(small_home.home, tmp_path, ignore=own, dirs_exist_ok=True)
    return tmp_path, store, database_url


def worker(home: Path, engine: Engine, name: str) -> Worker:
    clock, settings = local_clock(home), retention_settings(home)
    return Worker(home, engine, settings, clock, running._recorder(home, engine), name)


def fall_silent(home: Path, engine: Engine) -> None:
    old = local_clock(home)() - timedelta(seconds=kept.SILENT_SECONDS + 1)
    with engine.begin() as connection:
        connection.execute(update(campaigns).values(task_beat=old))


def wanted(home: Path, engine: Engine) -> str:
    with engine.begin() as connection:
        now = local_clock(home)()
        return kept.add(connection, parsed(REQUEST, now), "lin", now)


def files(folder: Path) -> dict[str, int]:
    """The number on the disk of each file: what replaces one has another."""
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


def test_who_lost_a_campaign_cannot_touch_the_files_of_who_has_it(
    home: tuple[Path, Engine, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is halted between its look at the database and its files, and goes on too late."""
    folder, engine, _ = home
    own, write = wanted(folder, engine), write_made
    seen = dict[str, int]()

    def halted(place: Path, made: Made) -> dict[str, Any]:
        monkeypatch.setattr(running, "write_made", write)
        fall_silent(folder, engine)
        assert worker(folder, engine, "two").next() == own
        seen.update(files(kept.folder(folder, own)))
        return write(place, made)

    monkeypatch.setattr(running, "write_made", halted)
    assert worker(folder, engine, "one").next() == own
    assert seen
    assert files(kept.folder(folder, own)) == seen
    assert [path.name for path in Home(folder).lists.iterdir()] == [own]
    with engine.connect() as connection:
        found = kept.campaign(connection, own)
    assert (found.state, found.error) == (kept.READY, None)


def test_a_request_that_expired_before_its_list_was_made_says_so(
    home: tuple[Path, Engine, str],
) -> None:
    folder, engine, _ = home
    own, now = wanted(folder, engine), local_clock(folder)()
    with engine.begin() as connection:
        connection.execute(update(campaigns).values(expires_at=now))
    assert worker(folder, engine, "one").next() == own
    with engine.connect() as connection:
        found = kept.campaign(connection, own)
        assert not connection.execute(select(holds)).all()
    assert found.state == kept.FAILED
    assert found.error is not None
    assert f"the request expired on {now:%F}" in found.error


KILLED = """
import os, signal, sys
from pathlib import Path
from serving.database import open_engine
from serving.retention.campaign import running
from tests.serving.retention.campaign.test_running import worker
step = getattr(running, sys.argv[1])
def killed(*args):
    step(*args)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(running, sys.argv[1], killed)
home = Path(sys.argv[2])
worker(home, open_engine(home, sys.argv[3]), "one").next()
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["write_made", "take_place"])
def test_who_is_killed_beside_its_files_leaves_the_next_one_free(
    home: tuple[Path, Engine, str], step: str
) -> None:
    """With all files written, and with the files at their place but before the commit."""
    folder, engine, url = home
    own = wanted(folder, engine)
    engine.dispose()
    call = [sys.executable, "-c", KILLED, step, str(folder), url]
    assert subprocess.run(call, timeout=SECONDS).returncode == -signal.SIGKILL
    with engine.connect() as connection:
        assert kept.campaign(connection, own).state == kept.RUNNING
        assert not connection.execute(select(holds)).all()
    assert len(list(Home(folder).lists.iterdir())) == 1
    fall_silent(folder, engine)
    assert worker(folder, engine, "two").next() == own
    assert [path.name for path in Home(folder).lists.iterdir()] == [own]
    with engine.connect() as connection:
        assert kept.campaign(connection, own).state == kept.READY


@pytest.mark.slow
def test_a_list_whose_process_is_killed_every_time_is_given_up_and_says_so(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    set_home(home, "retention", "[making]\nattempts = 2\n")
    own, killed = requested(home), set[str]()
    with opened(home) as engine, Background(home, engine, engine).running():
        while len(killed) < 2:
            waited_for(home, own, kept.RUNNING, kept.FAILED)
            with engine.connect() as connection:
                owner = connection.execute(select(campaigns.c.task_owner)).scalar_one()
            process = process_of(owner)
            if process is not None and owner not in killed:
                os.kill(process, signal.SIGKILL)
                killed.add(owner)
        found = waited_for(home, own, kept.FAILED)
        assert found.error is not None
        assert "died 2 times" in found.error
        with engine.connect() as connection:
            assert not connection.execute(select(holds)).all()
    assert list(Home(home).lists.glob("*")) == []


def process_of(owner: str) -> int | None:
    """The number of the process that has this name on its command line."""
    for own in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if owner.encode() in own.read_bytes():
                return int(own.parent.name)
    return None


@pytest.mark.slow
def test_a_list_that_is_stopped_with_the_service_waits_and_costs_no_attempt(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    own = requested(home)
    with opened(home) as engine:
        with Background(home, engine, engine).running():
            waited_for(home, own, kept.RUNNING)
        with engine.connect() as connection:
            row = connection.execute(select(campaigns.c.state, campaigns.c.attempts)).one()
    assert tuple(row) == (kept.REQUESTED, 0)


def test_a_process_that_fails_before_it_takes_a_list_costs_an_attempt(
    home: tuple[Path, Engine, str],
) -> None:
    folder, engine, _ = home
    own = wanted(folder, engine)
    for attempt in range(1, retention_settings(folder).making.attempts + 1):
        Background(folder, engine, engine)._let_go("one", died=True)
        with engine.connect() as connection:
            row = connection.execute(select(campaigns.c.state, campaigns.c.attempts)).one()
        assert row.attempts == attempt
    with engine.connect() as connection:
        found = kept.campaign(connection, own)
    assert (row.state, found.state) == (kept.FAILED, kept.FAILED)
    assert found.error is not None
    assert "died 3 times" in found.error


@pytest.mark.slow
def test_a_process_that_fails_at_its_start_is_not_started_for_ever(
    small_home: SmallHome, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    set_home(home, "retention", "[making]\nattempts = 2\n")
    own = requested(home)
    with opened(home) as engine, Background(home, engine, engine).running():
        set_home(home, "serving", "nothing = 1\n")  # which the process reads first
        waited_for(home, own, kept.FAILED)
        time.sleep(3)
    assert caplog.text.count("ended with status") == 2
