"""Signals end a command in one line, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from features.disk.stopping import LINE, PATIENCE_SECONDS

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
BEGIN = """
import sys, time
from pathlib import Path
from features.disk.stopping import *
from features.disk.atomic import replacing
out = Path(sys.argv[1])
def ready(): print("ready", flush=True)
"""


def stopped(program: str, folder: Path, *numbers: signal.Signals) -> tuple[int, str, str]:
    """Status, output and errors of the program, sent these signals when it says `ready`."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + program, str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for number in numbers:
        process.send_signal(number)
    out, errors = process.communicate(timeout=120)
    return process.returncode, out, errors


@BOTH
def test_what_was_being_written_is_gone(tmp_path: Path, number: signal.Signals) -> None:
    program = """
with stoppable(), replacing(out / "scores") as temporary:
    temporary.write_text("a part"); ready(); time.sleep(60)
"""
    assert stopped(program, tmp_path, number) == (128 + number, "", LINE)
    assert list(tmp_path.iterdir()) == []


def test_an_exception_of_another_kind_after_a_signal_is_the_signals(tmp_path: Path) -> None:
    """DuckDB makes a RuntimeError of Ctrl+C; callbacks write tracebacks of their own."""
    program = """
with stoppable():
    try:
        ready(); time.sleep(60)
    except KeyboardInterrupt:
        sys.stderr.write("Exception ignored in a callback\\n"); sys.stderr.flush()
        raise RuntimeError("Query interrupted")
"""
    assert stopped(program, tmp_path, signal.SIGINT) == (130, "", LINE)


def test_a_query_of_duckdb_ends_as_any_step(tmp_path: Path) -> None:
    program = """
import duckdb
with stoppable():
    ready()
    duckdb.sql("select sum(hash(a.range + b.range)) from range(1000000) a, range(1000000) b").show()
"""
    assert stopped(program, tmp_path, signal.SIGINT) == (130, "", LINE)


def test_who_swallows_the_exception_is_ended_all_the_same(tmp_path: Path) -> None:
    program = """
with stoppable(), replacing(out / "scores") as temporary:
    temporary.write_text("a part"); ready()
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""
    assert stopped(program, tmp_path, signal.SIGTERM) == (143, "", LINE)
    assert list(tmp_path.iterdir()) == []
    assert PATIENCE_SECONDS < 5


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    program = """
import threading
with stoppable(patience_seconds=None):
    try:
        ready(); time.sleep(60)
    finally:
        time.sleep(60)
"""
    ended = stopped(program, tmp_path, signal.SIGINT, signal.SIGTERM)
    assert ended in [(130, "", LINE), (143, "", LINE)]


def test_a_step_that_is_finishing_is_done_to_its_end(tmp_path: Path) -> None:
    program = """
with stoppable():
    with finishing():
        (out / "one").write_text("1"); ready(); time.sleep(1); (out / "two").write_text("2")
    (out / "three").write_text("3")
"""
    assert stopped(program, tmp_path, signal.SIGINT) == (130, "", LINE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_workers_end_with_their_command(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        BEGIN
        + """
import os
import signal
from multiprocessing import get_context
def work(path):
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) >= set(SIGNALS)
    Path(path).write_text(str(os.getpid())); time.sleep(600)
if __name__ == "__main__":
    with stoppable():
        with signals_for_parent_only():
            worker = get_context("spawn").Process(target=work, args=(out / "pid",))
            worker.start()
        while worker.is_alive() and not ((out / "pid").exists() and (out / "pid").read_text()):
            time.sleep(0.05)
        ready(); time.sleep(60)
""",
        "utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, program, str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, LINE)
    worker = (tmp_path / "pid").read_text()
    status = Path(f"/proc/{worker}/status")
    assert not status.exists() or "zombie" in status.read_text()


@BOTH
def test_a_signal_that_came_before_ends_the_block_at_its_beginning(
    tmp_path: Path, number: signal.Signals
) -> None:
    program = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
ready()
while not signal.sigpending():
    time.sleep(0.01)
with stoppable():
    time.sleep(60)
"""
    assert stopped(program, tmp_path, number) == (128 + number, "", LINE)


def test_an_exception_between_two_blocks_ends_as_inside_them(tmp_path: Path) -> None:
    program = """
with stoppable():
    pass
ready(); time.sleep(60)
"""
    assert stopped(program, tmp_path, signal.SIGTERM) == (143, "", LINE)


def test_two_threads_that_end_the_process_write_one_line(tmp_path: Path) -> None:
    """A server takes the signal first, and raises it again when it has said goodbye."""
    program = """
import signal
with stoppable(patience_seconds=None):
    handler = signal.signal(signal.SIGTERM, lambda *_: came.append(1))
    came = []
    ready()
    while not came:
        time.sleep(0.01)
    signal.signal(signal.SIGTERM, handler)
    signal.raise_signal(signal.SIGTERM)
"""
    for _ in range(5):
        assert stopped(program, tmp_path, signal.SIGTERM) == (143, "", LINE)


def test_a_command_that_ends_by_itself_keeps_its_status(tmp_path: Path) -> None:
    program = """
with stoppable():
    ready(); sys.exit(7)
"""
    assert stopped(program, tmp_path) == (7, "", "")
