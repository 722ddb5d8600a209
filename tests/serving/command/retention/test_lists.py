"""`liuke list`: the whole way of a list by the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from serving.access.clock import local_clock
from serving.command.rights import audited
from serving.command.tree import app
from serving.database import opened
from serving.retention.campaign import store
from serving.retention.export import approval
from serving.retention.export.approval import all_exports
from serving.retention.export.receipt import receipt_path
from serving.retention.selection.request import parsed
from tests.conftest import SmallHome, set_home

pytestmark = pytest.mark.slow

REQUEST = """
purpose = "retention"
owner = "lin"
expires = 2999-12-31
budget = 2000
control_share = 0.2
seed = 3
name = "Spring"
"""


@pytest.fixture(scope="module")
def home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_home.copied_to(tmp_path_factory.mktemp("lists") / "home")


@pytest.fixture(scope="module")
def made(home: Path) -> dict[str, Any]:
    path = home.parent / "request.toml"
    path.write_text(REQUEST, "utf-8")
    return answer(home, "list", path)


def liuke(home: Path, *options: object) -> Result:
    return CliRunner().invoke(app, [*map(str, options), "--home", str(home)])


def answer(home: Path, *options: object) -> dict[str, Any]:
    result = liuke(home, *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_request_becomes_a_list(home: Path, made: dict[str, Any]) -> None:
    assert made["listed"] > 0
    assert (Path(made["folder"]) / "certificate.json").is_file()
    shown = liuke(home, "list", "show", made["campaign"], "--language", "en").stdout
    assert f"{made['listed']} customers on the list" in shown
    chinese = liuke(home, "list", "show", made["campaign"], "--language", "zh").stdout
    assert "预期收益" in chinese
    assert made["campaign"] in liuke(home, "list", "all").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [("list.pdf", "expected a file that ends in .csv or .xlsx"), ("list.xlsx", "take CSV")],
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_kept(
    home: Path, made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    name: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(approval, "XLSX_ROWS", 0)
    before = kept(home)
    to = ("--out", tmp_path / name, "--recipient", "call centre")
    refused = liuke(home, "list", "export", made["campaign"], *to)
    assert (refused.exit_code, said in refused.stderr) == (1, True), refused.output
    assert kept(home) == before
    assert list(tmp_path.iterdir()) == []


def kept(home: Path) -> list[str]:
    with opened(home) as engine, engine.connect() as connection:
        return [own.id for own in all_exports(connection)]


@pytest.mark.slow
def test_a_revocation_that_was_killed_before_its_files_is_ended_by_the_next(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")  # whom other lists hold are on none
    path = tmp_path / "request.toml"
    path.write_text(REQUEST.replace("seed = 3", "seed = 9"), "utf-8")
    made = answer(home, "list", path)
    own, out = made["campaign"], Path(made["folder"]) / "list.csv"
    answer(home, "list", "export", own, "--out", out, "--recipient", "call centre")
    call = [sys.executable, "-c", KILLED, "list", "revoke", own, "--home", str(home)]
    assert subprocess.run(call, timeout=60).returncode == -signal.SIGKILL
    assert json.loads(receipt_path(out).read_text("utf-8"))["revoked_at"] is None
    again = liuke(home, "list", "revoke", own)
    assert (again.exit_code, "revoked already" in again.stderr) == (1, True)
    assert json.loads(receipt_path(out).read_text("utf-8"))["revoked_at"]


KILLED = """
import os, signal
from serving.audit import journal
from serving.command.tree import app
record = journal.record_now
def killed(*args):
    record(*args)
    os.kill(os.getpid(), signal.SIGKILL)
journal.record_now = killed
app()
"""


def test_the_list_is_explained_drawn_written_and_revoked(
    home: Path, made: dict[str, Any], tmp_path: Path
) -> None:
    own, out = made["campaign"], tmp_path / "list.csv"
    receipt = answer(home, "list", "export", own, "--out", out, "--recipient", "call centre")
    assert receipt["count"] == made["listed"]
    first = out.read_text("utf-8-sig").splitlines()[1].split(",")[1]
    found = answer(home, "list", "why", own, first)
    assert (found["answer"], found["rank"]) == ("on_list", 1)
    picture = tmp_path / "curve.png"
    assert answer(home, "list", "curve", own, "--out", picture)["points"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    revoked = answer(home, "list", "revoke", own)
    assert revoked["released"] == made["listed"] + made["control"]
    rows = answer(home, "audit", "search")["rows"]
    routes = {row["route"] for row in rows if row["caller"]}
    commands = ("make", "export", "why", "curve", "revoke")
    assert {f"liuke list {command}" for command in commands} <= routes
    again = liuke(home, "list", "revoke", own)
    assert (again.exit_code, "revoked already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("list", "show", "nothing"), "no campaign has this id"),
        (("list", "why", "nothing", "C1"), "no campaign has this id"),
    ],
)
def test_wrong_options_are_refused(home: Path, options: tuple[str, ...], said: str) -> None:
    result = liuke(home, *options)
    assert result.exit_code == 1
    assert said in result.stderr


def test_a_large_list_is_approved_by_another_user(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_home(home, "retention", "[export]\napproval_above = 1\n")
    path = tmp_path / "request.toml"
    path.write_text(REQUEST.replace("seed = 3", "seed = 4"), "utf-8")
    own, out = answer(home, "list", path)["campaign"], tmp_path / "list.csv"
    to = ("list", "export", own, "--out", out, "--recipient", "call centre")
    refused = liuke(home, *to, "--json")
    assert refused.exit_code == 1, refused.output
    waits = json.loads(refused.stdout)["error"]["details"]["export"]
    assert liuke(home, "list", "approve", waits).exit_code == 1
    monkeypatch.setattr(audited, "user", lambda: "wang")
    assert answer(home, "list", "approve", waits)["approved_by"] == "wang"
    monkeypatch.undo()
    assert answer(home, *to, "--approved", waits)["approved_by"] == "wang"


def test_the_simplest_list_goes_on_working(home: Path, tmp_path: Path) -> None:
    found = answer(home, "list", "--size", 5, "--out", tmp_path / "five.csv")
    assert found["count"] == 5


@pytest.mark.parametrize("command", ["why", "curve"])
def test_a_list_that_is_not_made_yet_is_not_explained(
    home: Path, tmp_path: Path, command: str
) -> None:
    with opened(home) as engine, engine.begin() as connection:
        now = local_clock(home)()
        wanted = parsed({**tomllib.loads(REQUEST), "name": command}, now)
        own = store.add(connection, wanted, "lin", now)
    options = ("C1",) if command == "why" else ("--out", tmp_path / "curve.png")
    refused = liuke(home, "list", command, own, *options)
    assert refused.exit_code == 1
    assert "the list is requested; only one that is ready is read" in refused.stderr
    assert "Errno" not in refused.stderr
