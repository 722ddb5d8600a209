"""One writer at a time, and readers that keep what they read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.disk.locks import Held, emptying, remove_unless_held, writer_of, writing
from features.errors import HomeBusy, OutputError

HOLDER = (
    "import sys; from pathlib import Path; from features.disk.locks import writing\n"
    "with writing(Path(sys.argv[1]), 'liuke score'):\n"
    "    print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes in `tmp_path` until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_is_refused_by_a_message_with_who_holds_the_home(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    named = rf"`liuke score` \(process {holder.pid}, since 20\d\d-\d\d-\d\d .*\) is writing in"
    with pytest.raises(HomeBusy, match=named), writing(tmp_path, "liuke train"):
        raise AssertionError("the home is taken")
    assert str(holder.pid) in str(writer_of(tmp_path))


@pytest.mark.parametrize("end", [signal.SIGKILL, None], ids=["killed", "done"])
def test_the_lock_ends_with_its_process(
    tmp_path: Path, holder: subprocess.Popen[str], end: int | None
) -> None:
    if end is not None:
        holder.send_signal(end)
    holder.communicate("")
    assert writer_of(tmp_path) is None
    with writing(tmp_path, "liuke train"):
        assert "liuke train" in str(writer_of(tmp_path))


def test_steps_of_one_command_are_one_writer(tmp_path: Path) -> None:
    with writing(tmp_path, "liuke demo"):
        with writing(tmp_path, "liuke score"):
            assert "liuke demo" in str(writer_of(tmp_path))
        assert "liuke demo" in str(writer_of(tmp_path))
    assert writer_of(tmp_path) is None


def test_another_thread_is_another_writer(tmp_path: Path) -> None:
    def write() -> None:
        with writing(tmp_path, "liuke score"):
            pass

    with (
        writing(tmp_path, "liuke train"),
        ThreadPoolExecutor(1) as another,
        pytest.raises(HomeBusy, match="liuke train"),
    ):
        another.submit(write).result()
    write()


def test_a_home_that_is_not_there_is_made_for_new_data_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with writing(home, "liuke promote"):
        assert not home.exists()
    with writing(home, "liuke import", new=True):
        assert home.is_dir()


def test_where_writing_is_not_allowed_the_folder_and_the_reason_are_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file in the way")
    named = r"cannot write in .*home: File exists"
    with pytest.raises(OutputError, match=named), writing(home, "liuke import", new=True):
        raise AssertionError("nothing can be written there")


def test_what_a_reader_holds_stays_until_it_lets_go(tmp_path: Path) -> None:
    mark = tmp_path / "old" / "days.parquet"
    mark.parent.mkdir()
    mark.write_bytes(b"days")
    held, also = Held(mark), Held(mark)
    held.close()
    assert not remove_unless_held(mark.parent, mark)
    assert mark.read_bytes() == b"days"
    del also
    assert remove_unless_held(mark.parent, mark)
    assert list(tmp_path.iterdir()) == []


def test_who_comes_too_late_finds_the_file_gone(tmp_path: Path) -> None:
    """A reader that waits while the file is being removed must look for the next one."""
    mark = tmp_path / "days.parquet"
    mark.write_bytes(b"days")
    open_before = os.open(mark, os.O_RDONLY)
    assert remove_unless_held(tmp_path / "none", mark)
    os.close(open_before)
    with pytest.raises(FileNotFoundError):
        Held(mark)


def test_who_empties_a_home_waits_for_its_readers(tmp_path: Path) -> None:
    first, second = Held(tmp_path), Held(tmp_path)
    order = []
    with ThreadPoolExecutor(1) as another:

        def empty() -> None:
            with emptying(tmp_path):
                order.append("emptied")

        ending = another.submit(empty)
        first.close()
        with pytest.raises(TimeoutError):
            ending.result(0.2)
        order.append("read")
        second.close()
        ending.result()
    assert order == ["read", "emptied"]


def test_a_home_whose_reader_does_not_end_is_not_emptied(tmp_path: Path) -> None:
    held = Held(tmp_path)
    named = "another command is reading in"
    with pytest.raises(HomeBusy, match=named), emptying(tmp_path, patience_seconds=0.1):
        raise AssertionError("a command reads there")
    held.close()
    with emptying(tmp_path / "not there"):
        pass
