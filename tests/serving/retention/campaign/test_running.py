"""Lists are made in a process beside the service; a killed one is begun again."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from serving.access.clock import local_clock
from serving.database import opened
from serving.database.tables import audit, campaigns, holds
from serving.retention.campaign import store
from serving.retention.campaign.background import Background
from serving.retention.selection.request import parsed
from tests.conftest import SmallHome
from tests.serving.retention.campaign.conftest import REQUEST

SECONDS = 90.0


def requested(home: Path) -> str:
    with opened(home) as engine, engine.begin() as connection:
        now = local_clock(home)()
        return store.add(connection, parsed(REQUEST, now), "lin", now)


def waited_for(home: Path, own: str, *states: str) -> store.Campaign:
    deadline = time.monotonic() + SECONDS
    with opened(home) as engine:
        while time.monotonic() < deadline:
            with engine.connect() as connection:
                found = store.campaign(connection, own)
            if found.state in states:
                return found
            time.sleep(0.05)
    raise TimeoutError(found.state)


@pytest.mark.slow
def test_the_service_makes_the_lists_that_wait(small_home: SmallHome, tmp_path: Path) -> None:
    home = small_home.copied_to(tmp_path / "home")
    own = requested(home)
    with opened(home) as engine, Background(home, engine, engine).running():
        found = waited_for(home, own, store.READY, store.FAILED)
        assert found.state == store.READY, found.error
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
    waited_for(home, own, store.RUNNING)
    process.kill()
    process.wait()
    with opened(home) as engine:
        with engine.connect() as connection:
            assert not connection.execute(select(holds)).all()
        with engine.begin() as connection:  # as if a minute had passed
            old = local_clock(home)() - timedelta(seconds=store.SILENT_SECONDS + 1)
            connection.execute(update(campaigns).values(task_beat=old))
    subprocess.run(call, check=True, timeout=SECONDS)
    assert waited_for(home, own, store.READY).result
