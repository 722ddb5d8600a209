"""The certificate beside the program that checks it, which imports nothing of ours."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import OutputError
from serving.retention.choice import Limits, Options, choose
from serving.retention.choice.certificate import CERTIFICATE, OPTIONS, write_certificate
from tests.serving.retention.choice.cases import ARMS, Case, operator

PROGRAM = Path(__file__).parents[4] / "benchmarks" / "certificate.py"


def checked(folder: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, PROGRAM, folder / OPTIONS, folder / CERTIFICATE],
        capture_output=True, text=True,
    )  # fmt: skip
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    options, limits = operator(1_000)
    write_certificate(tmp_path, options, limits, choose(options, limits))
    return tmp_path


def test_the_program_stands_alone() -> None:
    text = PROGRAM.read_text("utf-8")
    assert len(text.splitlines()) <= 80
    nodes = list(ast.walk(ast.parse(text)))
    names = {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names == {"__future__", "json", "sys", "pathlib", "numpy", "pyarrow.parquet"}


@pytest.mark.parametrize(
    "case",
    [
        operator(1_000),
        (Options.of([], ARMS), Limits(5)),
        (Options.of([(0, 0, -1.0, 3)], ARMS), Limits()),
        (Options.of([(0, 0, 5.0, 3), (2, 1, 4.0, 0)], ARMS, {"city": [1, 1, -1]}),
         Limits(0, {"call": 1, "by no arm": 0}, {"city": {1: 1, 5: 0}})),
    ],
    ids=["operator", "nothing", "losses", "odd limits"],
)  # fmt: skip
def test_a_certificate_holds(tmp_path: Path, case: Case) -> None:
    choice = choose(*case)
    write_certificate(tmp_path, *case, choice)
    status, lines = checked(tmp_path)
    assert (status, lines[0]) == (0, "The certificate holds.")
    assert json.loads(lines[1])["bound_fen"] == pytest.approx(choice.bound_fen)
    assert json.loads(lines[1])["gap"] == pytest.approx(choice.gap, abs=1e-9)


def one_more(claimed: dict[str, Any]) -> None:
    claimed["gain_fen"] += 1


def tighter_bound(claimed: dict[str, Any]) -> None:
    claimed["bound_fen"] *= 0.9999


def no_gap(claimed: dict[str, Any]) -> None:
    claimed["gap"] = 0.0


def other_multiplier(claimed: dict[str, Any]) -> None:
    claimed["multipliers"]["budget_fen"] *= 1.01


def negative_multiplier(claimed: dict[str, Any]) -> None:
    claimed["multipliers"]["channels"]["call"] = -1.0


def smaller_budget(claimed: dict[str, Any]) -> None:
    claimed["limits"]["budget_fen"] = claimed["cost_fen"] - 1


def smaller_capacity(claimed: dict[str, Any]) -> None:
    claimed["limits"]["groups"]["store"]["3"] = 0


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (one_more, "gain_fen: the certificate says"),
        (tighter_bound, "bound_fen: the certificate says"),
        (no_gap, "gap: the certificate says"),
        (other_multiplier, "bound_fen: the certificate says"),
        (negative_multiplier, "call: its multiplier is -1.0"),
        (smaller_budget, "budget: "),
        (smaller_capacity, "store 3: "),
    ],
)
def test_a_false_certificate_is_found(
    written: Path, change: Callable[[dict[str, Any]], None], line: str
) -> None:
    claimed = json.loads((written / CERTIFICATE).read_text("utf-8"))
    change(claimed)
    (written / CERTIFICATE).write_text(json.dumps(claimed), "utf-8")
    status, lines = checked(written)
    assert status == 1
    assert any(found.startswith(line) for found in lines)


def test_a_customer_who_was_chosen_twice_is_found(written: Path) -> None:
    table = pq.read_table(written / OPTIONS)
    pq.write_table(pa.concat_tables([table, table]), written / OPTIONS)
    status, lines = checked(written)
    assert status == 1
    assert "a customer has more than one option" in lines


def test_the_options_are_written_as_they_came(written: Path) -> None:
    options, limits = operator(1_000)
    table = pq.read_table(written / OPTIONS)
    assert table.column_names == ["customer", "offer", "channel", "gain_fen", "cost_fen", "chosen",
                                  "group_city", "group_store"]  # fmt: skip
    assert table["gain_fen"].to_pylist() == options.gain_fen.tolist()
    assert table["channel"].to_pylist()[:4] == ["call", "sms", "call", "sms"]
    assert table["group_store"].to_pylist()[::4] == options.groups["store"].tolist()
    assert sum(table["chosen"].to_pylist()) == len(choose(options, limits).place)


def test_where_nothing_can_be_written_the_old_files_stay(written: Path) -> None:
    kept = (written / OPTIONS).read_bytes()
    (written / CERTIFICATE).unlink()
    (written / CERTIFICATE).mkdir()
    options, limits = operator(50)
    with pytest.raises(OutputError):
        write_certificate(written, options, limits, choose(options, limits))
    assert (written / OPTIONS).read_bytes() == kept
