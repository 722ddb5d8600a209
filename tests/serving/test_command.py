"""The command as people and cron run it: what it prints where, and how it ends."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from features.home import Home
from features.imports.quarantine import BadRows
from features.words.refusals import in_language
from features.words.remarks import remark
from serving.command.data import bad_words
from serving.command.tree import app
from serving.scores import last_scores
from serving.scoring import load_champion
from tests.conftest import set_home
from training.models.bundle import write_bundle
from training.models.promotion import GateFinding

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LIUKE = Path(sys.executable).with_name("liuke")
COMMANDS = (
    "simulate", "import", "build", "train", "backtest", "promote", "rollback", "score", "list",
    "key", "serve", "demo", "tier", "groups", "customer", "churned", "potential", "doctor",
    "table", "settings", "user", "customers", "views",
)  # fmt: skip
BACKTEST = ("backtest", "--from")
HEAVY = ("mlflow", "shap", "lightgbm", "bentoml", "pandas", "numpy", "ibis", "duckdb", "matplotlib")


def process(
    *options: object, limit_bytes: int = 0, program: Sequence[object] = (LIUKE,)
) -> subprocess.CompletedProcess[str]:
    """`liuke` in a process of its own; with a limit, no file may become longer."""

    def limited() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.run(
        [*map(str, program), *map(str, options)],
        capture_output=True, text=True, timeout=300, check=False,
        preexec_fn=limited if limit_bytes else None,
    )  # fmt: skip


def liuke(*options: object) -> Result:
    """`liuke` in this process, which spares its start."""
    return CliRunner().invoke(app, [str(option) for option in options])


def refused(result: Result) -> str:
    """The one line of a refusal."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = (line for line in result.stderr.splitlines() if not line.startswith("["))
    assert line.startswith("liuke: ")
    return line


def test_help_names_every_command() -> None:
    shown = liuke("--help").stdout
    assert [name for name in COMMANDS if f" {name} " not in shown] == []


@pytest.mark.parametrize(
    "command",
    [(name,) for name in COMMANDS] + [("key", "new"), ("user", "new"), ("potential", "confirm")],
    ids=" ".join,
)
def test_every_option_is_explained(command: Sequence[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    options = [line for line in result.stdout.splitlines() if " --" in line and "│" in line]
    bare = [line for line in options if len(line.strip("│ *").split(">", 1)[-1].strip()) < 3]
    assert bare == []


def test_help_loads_nothing_that_takes_long() -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from serving.command.tree import app;"
        "CliRunner().invoke(app, ['--help']); print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(run.stdout.split()).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "options",
    [
        ("frobnicate",),
        ("score",),
        ("score", "--as-of", "20260302"),
        ("score", "--as-of", "2026-02-30"),
        ("score", "--as-of", "tomorrow"),
        ("list", "--size", "0", "--out", "x.csv"),
        ("list", "--size", "many", "--out", "x.csv"),
        ("list", "--size", "5"),
        ("serve", "--port", "99999"),
        ("demo", "--customers", "0"),
        ("simulate", "--out", "x", "--months", "0"),
        ("train", "--as-of", "2026-03-02", "--horse"),
        ("backtest", "--from", "2026-03-02"),
    ],
    ids=" ".join,
)
def test_wrong_options_are_status_2_and_say_which(options: Sequence[str]) -> None:
    result = liuke(*options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: " in result.stderr


def test_a_wrong_date_says_what_a_date_looks_like() -> None:
    assert "%Y-%m-%d" in liuke("score", "--as-of", "02.03.2026").stderr


@pytest.mark.parametrize(
    "options",
    [
        ("build", "--as-of", "2026-03-02"),
        ("train", "--as-of", "2026-03-02"),
        ("backtest", "--from", "2026-03-02", "--to", "2026-03-02"),
        ("score", "--as-of", "2026-03-02"),
        ("promote",),
        ("rollback",),
        ("list", "--size", "5", "--out", "list.csv"),
        ("key", "new", "--role", "hotline"),
        ("key", "list"),
        ("key", "revoke", "abc"),
        ("user", "disable", "li.na"),
        ("user", "list"),
        ("tier", "C1"),
        ("doctor",),
        ("potential", "list"),
        ("potential", "confirm", "C1", "--manager", "M1", "--until", "2026-06-01"),
    ],
    ids=lambda options: options[0],
)
def test_a_mistyped_home_is_refused_and_not_made(tmp_path: Path, options: Sequence[str]) -> None:
    home = tmp_path / "hmoe"
    message = refused(liuke(*options, "--home", home))
    assert f"nothing was ever imported into {home}. Name the right folder with --home" in message
    assert not home.exists()


def test_the_environment_names_the_home(tmp_path: Path) -> None:
    home = tmp_path / "nowhere"
    result = CliRunner().invoke(app, ["promote"], env={"LIUKE_HOME": str(home)})
    assert str(home) in refused(result)


def test_an_operators_data_are_not_mixed_with_the_demos(tmp_path: Path) -> None:
    Home(tmp_path).demo_mark.write_text("{}")
    message = refused(liuke("import", "m.toml", "--from", tmp_path, "--home", tmp_path))
    assert "is the demo's folder" in message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("import", "nosuch.toml", "--from", "."), "nosuch.toml: no such file"),
        (("simulate", "--out", "{home}"), "is there and not empty"),
        (("simulate", "--out", "{home}/x", "--world", "nosuch.toml"), "nosuch.toml: no such file"),
        (("build", "--as-of", "1990-01-01"), "no use was known before 1990-01-01"),
        (("train", "--as-of", "2025-02-01"), "days too short"),
        (("train", "--as-of", "2031-01-01"), "2031-01-01 lies beyond the data"),
        ((*BACKTEST, "2026-03-02", "--to", "2026-01-05"), "2026-03-02, which is after --to"),
        ((*BACKTEST, "2026-01-05", "--to", "2026-03-02", "--every", "0w"), "expected weeks"),
        ((*BACKTEST, "2031-01-06", "--to", "2031-01-06"), "--to leads to 2031-01-06"),
        ((*BACKTEST, "1990-01-01", "--to", "2026-03-02"), "--from leads to 1990-01-01"),
        ((*BACKTEST, "2026-03-02", "--to", "2026-03-02", "--out", "x.doc"), ".html or .png"),
        (("promote", "7"), "no version '7'; there are 1"),
        (("promote", "--force"), "--force needs --reason TEXT"),
        (("rollback",), "version 1 is the first champion"),
        (("list", "--size", "5", "--out", "{home}/l.csv", "--language", "fr"), "en or zh"),
        (("list", "--size", "5", "--out", "{home}"), "is a folder; name a file"),
        (("key", "new", "--role", "boss"), "the roles are store, hotline"),
        (("key", "revoke", "abc"), "no key has the id 'abc'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_refusal_is_one_line_on_standard_error(
    refusing_home: Path, options: Sequence[str], words: str
) -> None:
    home = [] if options[0] == "simulate" else ["--home", refusing_home]
    filled = [option.replace("{home}", str(refusing_home)) for option in options]
    assert words in refused(liuke(*filled, *home))


@pytest.fixture(scope="module")
def refusing_home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for orders that must change nothing."""

    return small_home.copied_to(tmp_path_factory.mktemp("refusing") / "home")


def test_the_gate_names_each_of_its_reasons(refusing_home: Path) -> None:
    result = liuke("promote", "--home", refusing_home)
    assert result.exit_code == 1
    first, *reasons, last = result.stderr.splitlines()
    assert first == "liuke: version 1 does not pass the gate:"
    assert any(line.startswith("  churners in the test period is ") for line in reasons)
    assert all("; expected at " in line for line in reasons)
    assert "--force --reason TEXT" in last


def test_a_forced_promotion_is_recorded_with_its_reason_and_rolled_back(
    own_home: SmallHome,
) -> None:
    home = own_home.home
    shown = liuke("promote", "1", "--force", "--reason", "only a trial", "--home", home)
    assert "FAILED  churners in the test period" in shown.stdout
    assert shown.stdout.endswith("Version 1 is champion (forced: only a trial).\n")
    champion = json.loads((home / "models" / "champion.json").read_text())
    assert champion["moves"][-1]["reason"] == "only a trial"
    assert champion["moves"][-1]["forced"] is True


def test_a_refusal_as_json_is_one_object_too(tmp_path: Path) -> None:
    ran = process("key", "revoke", "abc", "--home", tmp_path / "no", "--json")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["error"]["code"] == "lake"
    assert ran.stderr.startswith("liuke: ")
    assert len(ran.stderr.splitlines()) == 1


def test_build_says_what_it_built(own_home: SmallHome) -> None:
    result = liuke("build", "--as-of", f"{own_home.as_of:%F}", "--home", own_home.home, "--json")
    built = json.loads(result.stdout)
    assert Path(built["path"]).is_file()
    assert built["fingerprint"] == load_champion(own_home.home).bundle.fingerprint


def test_the_doctor_ends_well_whatever_it_finds(small_home: SmallHome) -> None:
    shown = liuke("doctor", "--home", small_home.home)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith(f"{small_home.home}, as known before ")
    assert "WARNING  model: " in shown.stdout
    found = json.loads(liuke("doctor", "--home", small_home.home, "--json").stdout)
    assert {"feeds", "model", "findings"} <= set(found)


def test_the_doctor_of_a_home_without_a_lake_refuses(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    assert "holds no rows. Import" in refused(liuke("doctor", "--home", tmp_path))


def test_a_list_and_its_receipt(small_home: SmallHome, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    shown = liuke("list", "--size", 20, "--out", out, "--language", "zh", "--home", small_home.home)
    assert shown.exit_code == 0, shown.stderr
    receipt: dict[str, Any] = json.loads((tmp_path / "list.csv.receipt.json").read_text("utf-8"))
    assert receipt["count"] == 20
    assert receipt["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert receipt["sha256"] in shown.stdout
    assert f"20位客户（要求20位），评分日{small_home.as_of:%F}" in shown.stdout
    scores = last_scores(small_home.home).set_index("customer_id")
    listed = [line.split(",")[1] for line in out.read_text("utf-8-sig").splitlines()[1:]]
    own = scores.loc[listed]
    assert (own["consent"] & own["eligible"]).all()
    assert not (own["universal_holdout"] | own["open_complaint"]).any()
    losses = own["expected_loss"].tolist()
    assert losses == sorted(losses, reverse=True)
    assert f"预期损失 = {receipt['expected_loss']}" in shown.stdout


def test_a_reader_recomputes_the_expected_loss_from_the_list(
    small_home: SmallHome, tmp_path: Path
) -> None:
    out = tmp_path / "list.xlsx"
    result = liuke("list", "--size", 50, "--out", out, "--home", small_home.home, "--json")
    formula = json.loads(result.stdout)["expected_loss"]
    assert formula == "value_at_stake_cny x q / (1 - q), q = 1 - (1 - churn_risk)^(30.4375 / 30)"
    table = pd.read_excel(out, dtype={"customer_id": str}, engine="calamine")
    q = 1 - (1 - table["churn_risk"]) ** (30.4375 / 30)
    recomputed = table["value_at_stake_cny"] * q / (1 - q)
    assert len(table) == 50
    np.testing.assert_allclose(table["expected_loss_cny"], recomputed, rtol=1e-9)


def test_a_base_smaller_than_the_requested_list(small_home: SmallHome, tmp_path: Path) -> None:
    result = liuke(
        "list", "--size", 9999, "--out", tmp_path / "l.csv", "--home", small_home.home, "--json"
    )
    receipt = json.loads(result.stdout)
    assert 0 < receipt["count"] == receipt["remaining"] < receipt["requested"] == 9999


# Not by `liuke list`, whose row of the audit the disk would refuse before.
WRITE_LIST = """
import sys
from datetime import datetime
from pathlib import Path
from serving.console import refusals
from serving.retention.lists import write_list

with refusals(as_json=False):
    write_list(Path(sys.argv[1]), 9999, Path(sys.argv[2]), "en", datetime(2026, 3, 2))
"""


def test_a_disk_that_fills_up_leaves_neither_list_nor_receipt(
    own_home: SmallHome, tmp_path: Path
) -> None:
    folder = tmp_path / "lists"
    program = (sys.executable, "-c", WRITE_LIST)
    for file in own_home.home.glob("liuke.sqlite*"):
        file.unlink()
    ran = process(own_home.home, folder / "list.csv", limit_bytes=2048, program=program)
    assert ran.returncode == 1
    assert "list.csv: File too large. Nothing was changed there" in ran.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_a_disk_that_fills_up_leaves_last_nights_scores(own_home: SmallHome) -> None:
    home = own_home.home
    before = (home / "latest.sqlite").read_bytes(), sorted((home / "lake" / "scores").iterdir())
    limit = (home / "latest.sqlite").stat().st_size // 2
    ran = process("score", "--as-of", "2026-03-03", "--home", home, limit_bytes=limit)
    assert ran.returncode == 1, ran.stderr
    assert "cannot write" in ran.stderr
    after = (home / "latest.sqlite").read_bytes(), sorted((home / "lake" / "scores").iterdir())
    assert after == before


def test_a_key_stands_alone_on_standard_output(own_home: SmallHome) -> None:
    result = liuke("key", "new", "--role", "hotline", "--home", own_home.home)
    assert result.stdout.startswith("liuke_")
    assert len(result.stdout.split()) == 1
    assert "not shown again" in result.stderr
    made = json.loads(
        liuke("key", "new", "--role", "hotline", "--home", own_home.home, "--json").stdout
    )
    assert list(made) == ["id", "role", "key"]
    revoked = liuke("key", "revoke", made["id"], "--home", own_home.home)
    assert revoked.stdout == f"Key {made['id']} is revoked.\n"


def test_a_simulated_operator_says_how_to_go_on(tmp_path: Path) -> None:
    result = liuke("simulate", "--customers", 5, "--months", 1, "--out", tmp_path / "raw")
    assert result.exit_code == 0, result.stderr
    assert f"Next: liuke import {tmp_path / 'raw' / 'mapping.toml'}" in result.stdout


def test_a_roll_back_says_who_is_champion(own_home: SmallHome) -> None:
    home = own_home.home
    write_bundle(home / "models" / "2", load_champion(home).bundle)
    path = home / "models" / "champion.json"
    content = json.loads(path.read_text())
    content["moves"].append(content["moves"][-1] | {"version": "2"})
    path.write_text(json.dumps(content | {"version": "2"}))
    assert liuke("rollback", "--home", home).stdout == "Version 1 is champion again.\n"


def test_every_command_takes_a_language_and_refuses_in_it(tmp_path: Path) -> None:
    shown = liuke("doctor", "--home", tmp_path, "--language", "zh")
    assert shown.exit_code == 1
    assert "从未导入过数据" in shown.stderr
    assert "expected en or zh" in refused(liuke("doctor", "--home", tmp_path, "--language", "fr"))


def test_the_language_is_the_homes_setting_where_none_is_named(tmp_path: Path) -> None:
    set_home(tmp_path, "serving", 'language = "zh"\n')
    assert "从未导入过数据" in liuke("doctor", "--home", tmp_path).stderr
    shown = liuke("settings", "--home", tmp_path)
    assert [line.split() for line in shown.stdout.splitlines() if "工作目录" in line] == [
        ["language", "工作目录", '"zh"']
    ]


def test_the_settings_are_one_json_object(tmp_path: Path) -> None:
    found = json.loads(liuke("settings", "--home", tmp_path, "--json").stdout)
    assert {one["source"] for one in found["settings"]} == {"default"}


@pytest.mark.parametrize(
    "options",
    [
        ("potential", "list"),
        ("potential", "confirm", "C1", "--manager", "M1", "--until", "2026-06-01"),
        ("key", "new", "--role", "store"),
        ("key", "revoke", "1"),
    ],
)
def test_the_language_counts_before_the_database_is_opened(
    tmp_path: Path, options: Sequence[str]
) -> None:
    where = ("--home", tmp_path / "none")
    assert "从未导入过数据" in refused(liuke(*options, *where, "--language", "zh"))
    assert "expected en or zh" in refused(liuke(*options, *where, "--language", "fr"))


def test_the_gate_is_reported_in_each_language(own_home: SmallHome) -> None:
    options = ("promote", "1", "--force", "--reason", "r", "--home", own_home.home)
    found = json.loads(liuke(*options, "--json").stdout)["findings"]
    english, chinese = (
        liuke(*options, "--language", one).stdout.splitlines()[:-1] for one in ("en", "zh")
    )
    assert [line[8:] for line in english] == [str(GateFinding(**one)) for one in found]
    assert len(chinese) == len(found)
    assert set(re.findall("[A-Za-z]+", "".join(chinese))) <= {"AUC", "Brier"}
    unknown = GateFinding("number of trees", None, "at most 500", passed=False)
    assert remark(str(unknown), "zh") == in_language(str(unknown), "zh")
    assert "未知" in remark(str(unknown), "zh")


@pytest.mark.parametrize("rows", [1, 1200])
def test_quarantined_rows_are_reported_in_each_language(rows: int) -> None:
    hint = "Credits belong in payments."
    bad = BadRows("revenue_fen < 0", rows, "row 4, revenue_fen -5", hint)
    assert bad_words(bad, "en") == str(bad)
    first = "第4行，revenue_fen -5"
    assert (
        bad_words(bad, "zh")
        == f"{rows:,}行：revenue_fen < 0（首例：{first}）。退费请放入payments。"
    )
    bare = BadRows("conflicting duplicate", rows, "row 4, bill 2", "")
    assert bad_words(bare, "en") == str(bare)
