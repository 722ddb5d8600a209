"""Killed at any moment, out of disk, or two at once: the lake is as before or as after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.errors import HomeBusy, LiukeError
from features.imports.commit import importing
from features.lake import feed_files

TWO_FEEDS = """
max_bad_share = 0.0
[feed.bills]
sql = "from read_csv('bills.csv', all_varchar = true)"
event_time = "issued"
known_at = "learned"
[feed.payments]
sql = "from 'payments.parquet'"
event_time = "paid"
delay_days = 0
"""

# Says each step as it begins; the limit, if any, is the largest file that may be written.
PROGRAM = """
import resource, sys
from datetime import datetime
from pathlib import Path
from features.errors import LiukeError
from features.imports.sources import import_feeds

home, mapping, folder, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    import_feeds(
        Path(home), Path(mapping), Path(folder), datetime(2025, 6, 1),
        lambda *step: print(*step, flush=True),
    )
except LiukeError as error:
    print(error.code, error.message)
"""


def start(extract: Any, limit_bytes: int = 0) -> subprocess.Popen[str]:
    arguments = [extract.home, extract.mapping, extract.folder, limit_bytes]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def payments(extract: Any, rows: int) -> None:
    """Payments whose amounts do not compress."""
    query = (
        "SELECT 'C' || i % 100 AS customer_id, 'P' || i AS payment_id, "
        "1 + hash(i) // 4 AS amount_fen, TIMESTAMP '2025-05-01' AS paid FROM "
        f"range({rows}) t(i)"
    )
    duckdb.connect().execute(f"COPY ({query}) TO '{extract.folder}/payments.parquet'")


@pytest.fixture
def filled(extract: Any) -> Any:
    """A home with a bill; the extract now has one more, and many payments."""
    extract.load()
    extract.map(TWO_FEEDS)
    extract.bills("C2,2025-03-01,100,2025-04-01,2025-04-02")
    payments(extract, 60_000)
    return extract


@pytest.mark.slow
@pytest.mark.parametrize("step", ["importing payments", "storing 0", "storing 1", "storing 2"])
def test_a_killed_import_leaves_the_lake_as_before_or_as_after(filled: Any, step: str) -> None:
    before = feed_files(filled.home, "bills")
    process = start(filled)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            break
    process.send_signal(signal.SIGKILL)
    assert process.wait() in (-signal.SIGKILL, 0)
    process.stdout.close()
    ((rows,),) = filled.stored(columns="count(*)")
    if rows == 1:
        assert feed_files(filled.home, "bills") == before
    else:
        assert (rows, filled.stored("payments", "count(*)")) == (2, [(60_000,)])
    report = filled.load()
    assert report.changed == (rows == 1)
    assert filled.stored("payments", "count(*)") == [(60_000,)]
    left = [path for path in (filled.home / "lake").rglob("*") if path.name.endswith(".partial")]
    parts = list((filled.home / "lake" / "feeds").glob("*/*.parquet"))
    assert not left
    assert len(parts) == 3, "the next import sweeps the parts that no manifest lists"


def check_full_disk(extract: Any, before: dict[str, bytes], said: str) -> None:
    assert "output" in said, said
    assert "as it was" in said or "Nothing was changed" in said
    assert extract.lake() == before


@pytest.mark.parametrize("limit_bytes", [100, 300_000])
def test_a_full_disk_is_reported_and_loses_nothing(filled: Any, limit_bytes: int) -> None:
    before = filled.lake()
    said, _ = start(filled, limit_bytes).communicate()
    check_full_disk(filled, before, said.splitlines()[-1])
    assert filled.load().feeds[1].new == 60_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A file system of 1 MB, and a function that gives it more."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small file system; the test with a file limit has run")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_really_full_disk_is_reported_and_loses_nothing(filled: Any, small_disk: Path) -> None:
    filled.home.rename(filled.home.with_name("unused"))
    filled.home = small_disk / "home"
    with pytest.raises(LiukeError) as refused:
        filled.load()
    check_full_disk(filled, {}, f"{refused.value.code} {refused.value.message}")
    payments(filled, 10)
    filled.load()
    before = filled.lake()
    payments(filled, 60_000)
    with pytest.raises(LiukeError) as refused:
        filled.load()
    check_full_disk(filled, before, f"{refused.value.code} {refused.value.message}")
    larger = ["mount", "-o", "remount,size=100m", str(small_disk)]
    subprocess.run(larger, check=True)
    assert filled.load().feeds[1].new == 59_990


def test_two_imports_do_not_run_at_once(extract: Any) -> None:
    named = f"`liuke import` .process {os.getpid()}, since 2"
    with (
        importing(extract.home),
        ThreadPoolExecutor(1) as another,
        pytest.raises(HomeBusy, match=named),
    ):
        another.submit(extract.load).result()
    assert extract.load().changed
