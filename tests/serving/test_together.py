"""Any two commands at once on one home: both right, or one refused with who holds the lock."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from features.disk.locks import Held, writer_of, writing
from features.home import DEMO, Home
from features.simulate import read_world, simulate
from serving.command.tree import app
from serving.demo import _make_room
from serving.scores import last_scores

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LIUKE = Path(sys.executable).with_name("liuke")
BUSY = "is writing in"
WRITERS = ("score", "build", "import", "train", "promote", "rollback")
# Each command beside the next, and an import beside itself; two nights have a test of their own.
PAIRS = list(pairwise((*WRITERS, "list")))
PAIRS += [("import", "import"), ("score", "customer"), ("import", "doctor")]


def begun(command: str, home: Path, as_of: str, folder: Path) -> subprocess.Popen[str]:
    """`liuke COMMAND` on the home, in a process of its own."""
    options = {
        **{dated: ["--as-of", as_of] for dated in ("score", "build", "train")},
        "import": [str(folder / "mapping.toml"), "--from", str(folder)],
        "promote": ["1", "--force", "--reason", "a test"],
        "list": ["--size", "20", "--out", str(folder / "list.csv")],
        "customer": ["C0000001"],
    }.get(command, [])
    return subprocess.Popen(
        [LIUKE, command, *options, "--home", str(home)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def spoken(errors: str) -> list[str]:
    """The lines that are not progress."""
    return [line for line in errors.splitlines() if not line.startswith("[")]


@pytest.mark.slow
def test_two_scores_at_once_are_one_score_and_a_refusal_that_names_it(
    own_home: SmallHome, tmp_path: Path
) -> None:
    home, as_of = own_home.home, f"{own_home.as_of:%F}"
    first = begun("score", home, as_of, tmp_path)
    while writer_of(home) is None:
        assert first.poll() is None, first.communicate()
    second = begun("score", home, as_of, tmp_path)
    listed = 0
    while first.poll() is None or not listed:
        assert len(last_scores(home)), "readers find a night at any moment"
        options = ["list", "--size", "9", "--out", str(tmp_path / "l.csv"), "--home", str(home)]
        if not listed:
            assert CliRunner().invoke(app, options).exit_code == 0
        listed += 1
    _, refusal = second.communicate()
    assert (first.returncode, second.returncode) == (0, 1)
    (line,) = spoken(refusal)
    assert f"`liuke score` (process {first.pid}, since 20" in line
    assert BUSY in line
    first.communicate()


def test_a_service_is_refused_nothing_and_refuses_nothing(own_home: SmallHome) -> None:
    """Who only reads takes no part in the writer's lock."""
    from serving.scoring import Scorer

    customer = str(last_scores(own_home.home)["customer_id"].iloc[0])
    with writing(own_home.home, "liuke score"):
        assert Scorer(own_home.home).score([customer], "en")[0]["customer_id"] == customer
        shown = CliRunner().invoke(app, ["groups", "--home", str(own_home.home)])
        assert shown.exit_code == 0


def test_the_next_demo_waits_for_who_reads_and_refuses_who_comes_later(
    own_home: SmallHome, tmp_path: Path
) -> None:
    home = own_home.home
    Home(home).demo_mark.touch()
    reader = Held(home)
    with writing(home, DEMO), ThreadPoolExecutor(1) as demo:
        emptied = demo.submit(_make_room, home)
        later = begun("groups", home, "", tmp_path)
        _, refusal = later.communicate()
        assert not emptied.done()
        assert (home / "lake").is_dir()
        reader.close()
        emptied.result()
    assert later.returncode == 1
    assert f"is making {home}; wait until it has ended" in refusal


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An extract that changes the lake."""
    raw = tmp_path_factory.mktemp("feeds") / "raw"
    simulate(raw, 20, 15, 5, replace(read_world(None), oracle_paths=2))
    return raw


@pytest.mark.slow(minutes=3)
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_any_two_commands_are_both_right_or_one_is_refused(
    own_home: SmallHome, feeds: Path, pair: tuple[str, str]
) -> None:
    home, as_of = own_home.home, f"{own_home.as_of:%F}"
    both = [begun(command, home, as_of, feeds) for command in pair]
    for command, process in zip(pair, both, strict=True):
        _, errors = process.communicate(timeout=300)
        assert "Traceback" not in errors
        if process.returncode == 0:
            continue
        assert process.returncode == 1, errors
        alone = begun(command, home, as_of, feeds)
        _, reason = alone.communicate(timeout=300)
        refused_anyway = alone.returncode == 1 and BUSY not in reason
        assert BUSY in errors or refused_anyway, errors
    night = json.loads((home / "models" / "champion.json").read_text("utf-8"))
    assert night["version"] in {"1", "2"}
    assert len(last_scores(home))
