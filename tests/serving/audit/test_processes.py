"""Several processes write one chain, and one of them is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from serving.audit.verification import verify
from serving.database.tables import audit, views

PROCESSES, REQUESTS = 4, 20_000
WRITER = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import insert
from serving.audit.entry import Entry
from serving.audit.transactions import Transactions
from serving.database import open_engine
from serving.database.tables import views

name, home, url, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
transactions = Transactions(open_engine(home, url, serving=True))

async def one(number):
    request = f"{name}-{number}"
    def work(connection):
        row = {"owner": name, "name": request, "content": "", "changed_at": datetime(2026, 3, 2)}
        connection.execute(insert(views).values(row))
    entry = Entry(request, "POST", "/views", 200, "", name, "store", subjects=(f"C{number % 99}",))
    await transactions.record(entry, work)
    sys.stdout.write(request + "\\n")
    sys.stdout.flush()

async def all_of_them():
    limit = asyncio.Semaphore(64)
    async def bounded(number):
        async with limit:
            await one(number)
    await asyncio.gather(*(bounded(number) for number in range(count)))

asyncio.run(all_of_them())
transactions.close()
"""


@pytest.mark.slow
def test_the_chain_and_the_work_agree_after_a_kill(
    store: Engine, database_url: str, tmp_path: Path
) -> None:
    answered = [tmp_path / f"answered-{number}" for number in range(PROCESSES)]
    writers = []
    for number, path in enumerate(answered):
        arguments = [f"w{number}", str(tmp_path), database_url, str(REQUESTS // PROCESSES)]
        with path.open("wb") as out:
            writers.append(
                subprocess.Popen(
                    [sys.executable, "-c", WRITER, *arguments], stdout=out, env=os.environ
                )
            )
    while answered[1].stat().st_size < 10_000:
        assert writers[1].poll() is None
        time.sleep(0.05)
    writers[1].send_signal(signal.SIGKILL)
    ends = [writer.wait(timeout=300) for writer in writers]
    assert ends == [0, -signal.SIGKILL, 0, 0]
    found = verify(store)
    assert found.broken is None
    with store.connect() as connection:
        recorded = list(connection.execute(select(audit.c.request_id)).scalars())
        done = list(connection.execute(select(views.c.name)).scalars())
        assert connection.execute(select(func.max(audit.c.number))).scalar_one() == len(recorded)
    assert len(recorded) == len(set(recorded)) == found.rows
    assert sorted(recorded) == sorted(done)
    printed = {line for path in answered for line in path.read_text().splitlines(keepends=True)}
    lines = {line.strip() for line in printed if line.endswith("\n")}
    assert lines <= set(recorded)
    of_survivors = {own for own in recorded if not own.startswith("w1-")}
    assert of_survivors == {line for line in lines if not line.startswith("w1-")}
    assert len(of_survivors) == REQUESTS // PROCESSES * (PROCESSES - 1)
    assert 0 < len(recorded) - len(of_survivors) < REQUESTS // PROCESSES
