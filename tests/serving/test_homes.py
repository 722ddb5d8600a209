"""A home that was copied, that may only be read, or that is spoken of in another locale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from serving.command.tree import app
from serving.scores import last_scores
from training.models.registry.tracking import TRACKING

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LIUKE = Path(sys.executable).with_name("liuke")
WRITING = (
    ("build", "--as-of", "2026-03-02"),
    ("train", "--as-of", "2026-03-02"),
    ("score", "--as-of", "2026-03-02"),
    ("promote",),
    ("rollback",),
    ("key", "new", "--role", "hotline"),
    ("key", "revoke", "abc"),
    ("potential", "confirm", "C0000001", "--manager", "M1", "--until", "2026-06-01"),
)
LOOKING = (
    ("doctor",),
    ("groups",),
    ("customer", "C0000001"),
    ("churned", "--from", "2025-12-01", "--to", "2026-01-01"),
    ("potential", "list"),
    ("watch",),
)
SUBCOMMANDS = (
    "",
    "score",
    "list",
    "churned",
    "table train",
    "potential confirm",
    "key new",
    "demo",
)


def liuke(*options: object, **environment: str) -> Result:
    return CliRunner().invoke(app, [str(option) for option in options], env=environment)


@pytest.mark.slow
def test_a_copied_home_does_everything_when_the_first_is_gone(
    own_home: SmallHome, tmp_path: Path
) -> None:
    import mlflow

    home, as_of = tmp_path / "备份 100%" / "home", f"{own_home.as_of:%F}"
    shutil.copytree(own_home.home, home)
    shutil.rmtree(own_home.home)
    for options in (
        ("doctor",),
        ("train", "--as-of", as_of),
        ("promote", "2", "--force", "--reason", "a test"),
        ("score", "--as-of", as_of),
        ("rollback",),
        ("score", "--as-of", as_of),
        ("list", "--size", "5", "--out", tmp_path / "list.csv"),
    ):
        ended = liuke(*options, "--home", home)
        assert ended.exit_code == 0, ended.output
    assert not own_home.home.exists()
    assert set(last_scores(home)["model_version"]) == {"1"}
    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlflow.db'}")
    try:
        for model in ("models:/liuke-churn@champion", "models:/liuke-churn/2"):
            assert mlflow.pyfunc.load_model(model).metadata.signature is not None
    finally:
        os.environ.pop(TRACKING, None)


@pytest.fixture
def read_only(own_home: SmallHome) -> Iterator[Path]:
    """The home as a user who may not write it sees it: bound for reading, or without the right."""
    home = own_home.home
    if os.geteuid() != 0:
        for path in (home, *home.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield home
        for path in (home, *home.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return
    if subprocess.run(["mount", "--bind", home, home], check=False, capture_output=True).returncode:
        pytest.skip("no right to bind a folder for reading, and a superuser may write anywhere")
    subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)
    yield home
    subprocess.run(["umount", home], check=True)


@pytest.mark.slow
def test_of_a_home_that_may_only_be_read_what_reads_answers_and_what_writes_refuses(
    read_only: Path,
) -> None:
    for options in LOOKING:
        shown = liuke(*options, "--home", read_only)
        assert shown.exit_code == 0, (options, shown.output)
    for writing in WRITING:
        refused = liuke(*writing, "--home", read_only)
        assert refused.exit_code == 1, writing
        (line,) = (one for one in refused.stderr.splitlines() if not one.startswith("["))
        assert line.startswith("liuke: "), writing
        assert "Nothing was changed" in line, writing
    assert len(last_scores(read_only))


def test_a_read_only_home_with_a_database_lists_who_is_confirmed(own_home: SmallHome) -> None:
    from serving.database import opened

    home = own_home.home
    assert liuke("key", "new", "--role", "hotline", "--home", home).exit_code == 0
    before = liuke("potential", "list", "--home", home, "--json").stdout
    with opened(home, looking=True) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from keys").scalar() == 1
    assert json.loads(before)["customers"]


@pytest.mark.parametrize("locale", [("ascii", "1"), ("", "0")], ids=["encoding", "locale"])
def test_every_help_is_written_where_output_is_ascii(locale: tuple[str, str]) -> None:
    encoding, utf8 = locale
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": utf8, "COLUMNS": "80"}
    environment |= {"PYTHONIOENCODING": encoding} if encoding else {}
    running = [
        subprocess.Popen(
            [LIUKE, *command.split(), "--help"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for command in SUBCOMMANDS
    ]  # fmt: skip
    for process in running:
        out, errors = process.communicate()
        assert (process.returncode, errors) == (0, b"")
        assert "Usage: liuke" in out.decode("ascii")


@pytest.mark.slow
def test_results_in_chinese_are_written_where_output_is_ascii(small_home: SmallHome) -> None:
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "LANG": "C"}
    command: list[str | Path] = [LIUKE, "churned", "--from", "2025-12-01", "--to", "2026-01-01"]
    command += ["--language", "zh", "--home", str(small_home.home)]
    shown = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert rb"\u79bb\u7f51" in shown.stdout  # 离网
    written = subprocess.run([*command, "--json"], env=environment, capture_output=True, check=True)
    english = [*command, "--json", "--language", "en"]
    other = subprocess.run(english, capture_output=True, check=True)
    assert json.loads(written.stdout.decode("ascii")) == json.loads(other.stdout)


def test_an_argument_in_chinese_arrives_in_a_locale_of_ascii(small_home: SmallHome) -> None:
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}
    command: list[str | Path] = [LIUKE, "tier", "客户1", "--home", str(small_home.home)]
    ran = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.decode().startswith("liuke: no score for 1 of 1 customers")
    broken = subprocess.run([LIUKE, "tier", b"\xff"], capture_output=True, check=False)
    assert broken.returncode == 2
    assert broken.stderr == b"liuke: argument 2 is '\\udcff'; expected text in UTF-8\n"


@pytest.mark.slow
@pytest.mark.parametrize("columns", [40, 97])
def test_the_doctor_and_tables_are_as_wide_as_the_terminal(
    small_home: SmallHome, columns: int
) -> None:
    for options in (
        ("doctor",),
        ("groups",),
        ("customer", "C0000001"),
        ("churned", "--from", "2025-12-01", "--to", "2026-01-01", "--language", "zh"),
    ):
        shown = liuke(*options, "--home", small_home.home, COLUMNS=str(columns))
        assert shown.exit_code == 0, shown.output
        wide = [line for line in shown.stdout.splitlines() if cell_len(line) > columns]
        assert [line for line in wide if " " in line.strip()] == [], options
    # In a pipe without COLUMNS lines are whole.
    assert "\n  " not in liuke("groups", "--home", small_home.home, COLUMNS="").stdout
