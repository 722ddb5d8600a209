"""The commands of docs/own-data.md, run as they stand there, print what stands there.

Of the text, every decimal figure may differ (a model's figures vary between machines) and `...`
stands for anything; of a JSON answer the keys, the customer, the date and the version must agree.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from features.imports.queries.mapping import read_mapping

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "own-data.md"
BLOCK = re.compile(r"^```(bash|text|json)\n(.*?)^```$", re.M | re.S)
PORT = "3000"  # on the page
PROGRESS = re.compile(r"^\[ *\d+\.\d s\] .*\n", re.M)
AS_LISTED = ("customer_id", "as_of", "model_version", "answered_by", "direction")
MAX_SECONDS = 600
DATA = ("megaline_events", "copenhagen_calls_sms")


@dataclass(frozen=True)
class Step:
    """Commands of the page, and the output it shows for them: as text, as JSON, or not at all."""

    commands: str
    kind: str
    shown: str


def steps() -> list[Step]:
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    following = [*blocks[1:], ("bash", "")]
    return [
        Step(text, *(after if after[0] != "bash" else ("nothing", "")))
        for (kind, text), after in zip(blocks, following, strict=True)
        if kind == "bash"
    ]


@pytest.fixture(scope="module")
def printed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each step printed, without progress; one shell runs them all, in an empty folder."""
    for folder in (shared_data / name for name in DATA):
        if not folder.is_dir():
            pytest.skip(f"no folder {folder}; set LIUKE_SHARED to the folder that holds data/")
    place = tmp_path_factory.mktemp("clone")
    (place / "docs").symlink_to(ROOT / "docs")
    script = "\n".join(
        f"{{\n{step.commands}\n}} > step-{number}.txt 2>&1" for number, step in enumerate(steps())
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shell = subprocess.Popen(
        ["bash", "-c", script.replace(PORT, str(free_port()))],
        cwd=place, start_new_session=True,
        env=os.environ | {"PATH": path, "LIUKE_SHARED": str(shared_data.parent)},
    )  # fmt: skip
    try:
        shell.wait(MAX_SECONDS)
    finally:
        kill_all(shell)
    found = [(place / f"step-{number}.txt").read_text("utf-8") for number in range(len(steps()))]
    return [PROGRESS.sub("", text) for text in found]


def kill_all(shell: subprocess.Popen[bytes]) -> None:
    """End whatever the commands left running; nothing, if they do as they should."""
    try:
        os.killpg(shell.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pattern(shown: str) -> str:
    """The shown text as a pattern: `...` is anything, a decimal figure any decimal figure."""
    parts = re.split(r"(\.\.\.\n?|-?\d+\.\d+)", shown)
    return "".join(
        ".*?" if part.startswith("...") else r"-?\d+\.\d+" if place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    )


def like(shown: Any, found: Any, name: str = "") -> bool:
    """Has the answer what is shown of it? Lists may be shown shortened."""
    if isinstance(shown, dict):
        return shown.keys() == found.keys() and all(
            like(value, found[key], key) for key, value in shown.items()
        )
    if isinstance(shown, list):
        return len(shown) <= len(found) and all(
            like(*pair) for pair in zip(shown, found, strict=False)
        )
    return shown == found if name in AS_LISTED[:4] else type(shown) is type(found)


def test_the_page_shows_the_whole_way() -> None:
    commands = "\n".join(step.commands for step in steps())
    names = ("import", "doctor", "build", "train", "promote", "score", "key new", "serve", "list")
    for name in names:
        assert f"liuke {name}" in commands, name
    assert "promote --force --reason" in commands


@pytest.mark.parametrize("number", range(len(steps())), ids=lambda number: f"step {number}")
def test_the_commands_print_what_the_page_shows(printed: list[str], number: int) -> None:
    step, found = steps()[number], printed[number]
    if step.kind == "json":
        agrees = like(json.loads(step.shown), json.loads(found))
        assert agrees, f"the page shows:\n{step.shown}\nfound:\n{found}"
    elif step.kind == "text":
        agrees = re.fullmatch(pattern(step.shown), found, re.S) is not None
        assert agrees, f"the page shows:\n{step.shown}\nfound:\n{found}"
    else:
        assert found == ""


def test_the_gate_refuses_the_model_with_its_reasons(printed: list[str]) -> None:
    (number,) = (
        number for number, step in enumerate(steps()) if step.commands == "liuke promote\n"
    )
    assert printed[number].startswith("liuke: version 1 does not pass the gate:\n")
    assert "churners in the test period is 10; expected at least 200" in printed[number]
    assert "champion" not in printed[number]


def test_one_user_gets_an_explained_risk(printed: list[str]) -> None:
    (number,) = (number for number, step in enumerate(steps()) if step.kind == "json")
    ((score,)) = json.loads(printed[number])["scores"]
    assert 0 < score["churn_risk"] < 1
    assert score["reasons"]
    assert all("a sign that goes with" in reason["text"] for reason in score["reasons"])
    assert re.search(score["customer_id"], steps()[number].commands)


def test_the_mapping_to_start_from_is_a_mapping(tmp_path: Path) -> None:
    text, *_ = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    (tmp_path / "mapping.toml").write_text(text, "utf-8")
    assert read_mapping(tmp_path / "mapping.toml").feed["bills"].known_at == "loaded_at"
