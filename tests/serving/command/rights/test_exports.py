"""`liuke trace` names who received a file."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine, insert, select
from typer.testing import CliRunner, Result

from features.home import Home
from serving.command.tree import app
from serving.database.tables import audit, campaigns
from serving.retention.export.approval import Wanted, request_export
from serving.retention.export.cells import SheetColumn
from serving.retention.export.receipt import write_export
from serving.retention.export.sheets import Sheet
from tests.bases import write_base
from tests.conftest import set_home

NOW = datetime(2026, 3, 2, 9)
ROWS = 600
COLUMNS = (SheetColumn("客户编号"), SheetColumn("离网风险", 4))


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Path:
    write_base(tmp_path, [{"churn_risk": 0.1}] * ROWS)
    Home(tmp_path).feeds.mkdir(parents=True)
    set_home(tmp_path, "serving", f'database_url = "{database_url}"\n')
    return tmp_path


@pytest.fixture
def exported(store: Engine, tmp_path: Path) -> dict[str, Path]:
    """The files of two recipients of one list, by recipient."""
    later = NOW + timedelta(days=7)
    campaign = {
        "id": "K1", "state": "ready", "purpose": "retention", "owner": "li.na",
        "requested_by": "li.na", "request": "{}", "created_at": NOW, "expires_at": later, "seed": 1,
    }  # fmt: skip
    risks = np.random.default_rng(1).beta(1, 20, ROWS)
    part = pa.record_batch({"customer_id": [f"C{n:03d}" for n in range(ROWS)], "churn_risk": risks})
    files = {}
    with store.begin() as connection:
        connection.execute(insert(campaigns).values(campaign))
        for recipient in ("Anlan calls", "Bohai calls"):
            out = tmp_path / f"{recipient}.csv"
            wanted = Wanted("K1", out.name, ROWS, recipient, "retention", later)
            own = request_export(connection, wanted, "li.na", NOW)
            write_export(out, Sheet(COLUMNS, [part], ROWS, {}, {}), own, "zh", NOW, lambda *_: None)
            files[recipient] = out
    return files


def liuke(home: Path, *options: object) -> Result:
    return CliRunner().invoke(app, [*map(str, options), "--home", str(home)])


def test_a_file_names_its_recipient(home: Path, exported: dict[str, Path], store: Engine) -> None:
    ended = liuke(home, "trace", exported["Bohai calls"], "--json")
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.stdout)
    assert (found["because"], found["ids"], found["exports_compared"]) == (None, ["客户编号"], 2)
    (one,) = found["found"]
    assert (one["recipient"], one["purpose"], one["column"]) == (
        "Bohai calls", "retention", "离网风险",
    )  # fmt: skip
    assert one["rows"] == one["agree"] > 500
    with store.connect() as connection:
        (row,) = connection.execute(select(audit)).all()
    assert (row.route, row.purpose, row.subjects) == ("liuke trace", "audit", 0)
    assert json.loads(row.detail) == {"exports": [one["export"]], "rows": ROWS}


def test_it_says_so_in_both_languages(home: Path, exported: dict[str, Path]) -> None:
    english = liuke(home, "trace", exported["Anlan calls"]).stdout
    assert english.startswith("Anlan calls: export ")
    assert ", requested by li.na, approved by –, for retention, until 2026-03-09 09:00." in english
    chinese = liuke(home, "trace", exported["Anlan calls"], "--language", "zh").stdout
    assert chinese.startswith("Anlan calls：导出")


def test_a_file_without_ids_or_rounded_names_no_one(
    home: Path, exported: dict[str, Path], tmp_path: Path
) -> None:
    with exported["Anlan calls"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    head, *below = rows
    odd = [[own, f"{float(risk) + line % 2 * 1e-4:.4f}"] for line, (own, risk) in enumerate(below)]
    changes = {
        "no column of the file has the ids": [[str(line), row[1]] for line, row in enumerate(rows)],
        "the numbers in 离网风险 have fewer digits": [
            head, *([own, risk[:5]] for own, risk in below)
        ],
        "20 rows are too few": rows[:21],
        "the mark of none of 2 exports": [head, *odd],
    }  # fmt: skip
    for says, changed in changes.items():
        path = tmp_path / "changed.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(changed)
        ended = liuke(home, "trace", path)
        assert ended.exit_code == 0
        assert says in ended.stdout


def test_a_file_that_is_not_there_is_refused(home: Path) -> None:
    ended = liuke(home, "trace", home / "none.csv")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "no such file" in ended.stderr
