"""Ctrl+C and SIGTERM at any moment: status 130 or 143, one line, and the next run is right."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.disk.stopping import LINE
from serving.command.options import existing
from serving.scores import last_scores

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LIUKE = Path(sys.executable).with_name("liuke")
MOMENTS = (0.5, 2.0, 6.0)


def interrupted(
    options: list[str], home: Path, number: signal.Signals, seconds: float, after: str = ""
) -> tuple[int, list[str]]:
    """Status and lines (without progress) of `liuke`, sent a signal so many seconds after it
    began, or after the line of its progress that holds `after`."""
    process = subprocess.Popen(
        [LIUKE, *options, "--home", str(home)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    lines = []
    while after and (line := process.stderr.readline()):
        lines.append(line)
        if after in line:
            break
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    lines += process.communicate(timeout=300)[1].splitlines(keepends=True)
    return process.returncode, [line for line in lines if not line.startswith("[")]


def leftovers(home: Path) -> list[str]:
    """What a writer left unfinished."""
    return [path.name for path in home.rglob("*") if path.name.endswith((".partial", "-journal"))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "after"),
    [(signal.SIGINT, ""), (signal.SIGTERM, "scores and reasons: 0 of")],
    ids=["while it loads", "while it scores"],
)
def test_a_score_that_is_stopped_leaves_last_night(
    own_home: SmallHome, number: signal.Signals, after: str
) -> None:
    home = own_home.home
    before = last_scores(home)
    options = ["score", "--as-of", f"{own_home.as_of:%F}"]
    ended = interrupted(options, home, number, 0.0 if after else 0.5, after)
    assert ended == (128 + number, [LINE])
    assert leftovers(home) == []
    assert last_scores(home).equals(before)


def test_the_next_one_may_write_at_once(own_home: SmallHome) -> None:
    from features.disk.locks import writing

    interrupted(["doctor"], own_home.home, signal.SIGINT, 0.4)
    with writing(existing(own_home.home), "liuke score"):
        assert threading.active_count() >= 1


COMMANDS = ["score", "train", "build", "demo", "doctor", "promote"]
# Both signals for each command and at each moment, though not each at every one.
CASES = [
    pytest.param(command, seconds, number, id=f"{command}-{seconds}-{number.name}")
    for row, command in enumerate(COMMANDS)
    for column, seconds in enumerate(MOMENTS)
    for number in [(signal.SIGINT, signal.SIGTERM)[(row + column) % 2]]
]


@pytest.mark.slow(minutes=3)
@pytest.mark.parametrize(("command", "seconds", "number"), CASES)
def test_any_command_may_be_stopped_at_any_moment(
    own_home: SmallHome, tmp_path: Path, command: str, seconds: float, number: signal.Signals
) -> None:
    dated = ["--as-of", f"{own_home.as_of:%F}"]
    options = {
        "demo": ["--customers", "1200"],
        "promote": ["1", "--force", "--reason", "a test"],
        "doctor": [],
    }.get(command, dated)
    home = tmp_path / "demo" if command == "demo" else own_home.home
    status, lines = interrupted([command, *options], home, number, seconds)
    assert (status, lines) == (128 + number, [LINE]) or status == 0
    assert leftovers(home) == []
    assert len(last_scores(own_home.home))
    if status and command == "score":
        again = subprocess.run(
            [LIUKE, command, *options, "--home", str(home)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert again.returncode == 0, again.stderr
