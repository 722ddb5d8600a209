"""An export's file and its receipt: both or neither, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from features.disk.atomic import UNFINISHED
from features.errors import OutputError, RequestRefused
from serving.retention.export.approval import Export
from serving.retention.export.cells import SheetColumn
from serving.retention.export.receipt import (
    Receipt,
    mark_revoked,
    receipt_path,
    write_export,
)
from serving.retention.export.sheets import Sheet
from serving.retention.export.trace import trace

NOW = datetime(2026, 3, 2, 9)
COLUMNS = (SheetColumn("客户编号"), SheetColumn("离网风险", 4), SheetColumn("城市"))
EXPORT = Export(
    id="E1", campaign_id="K1", at=NOW, requested_by="li.na", approved_by="wang.wei",
    approved_at=NOW, recipient="Call centre Anlan", purpose="retention",
    expires_at=datetime(2026, 3, 9), rows=1_200, sha256="", file="list.csv", phones=False,
    state="waiting", watermark_key=bytes(range(32)),
)  # fmt: skip


def table(rows: int) -> pa.Table:
    return pa.table(
        {
            "customer_id": [f"C{number:07d}" for number in range(rows)],
            "churn_risk": [0.001 + (number * 7919 % 9_000) / 10_000 for number in range(rows)],
            "city": ["Suzhou", "Wuxi"] * (rows // 2),
        }
    )


def sheet(rows: int = EXPORT.rows) -> Sheet:
    return Sheet(COLUMNS, table(rows).to_batches(), rows, {"churn_risk": "风险"}, {})


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_receipt_certifies_the_file(tmp_path: Path, ending: str) -> None:
    out, seen = tmp_path / f"list.{ending}", list[Receipt]()
    receipt = write_export(
        out, sheet(), EXPORT, "zh", NOW, lambda own, _: seen.append(own), "masked"
    )
    said = json.loads(receipt_path(out).read_text("utf-8"))
    assert said == {
        "file": out.name, "count": 1_200, "made_at": "2026-03-02T09:00:00",
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(), "purpose": "retention",
        "requested_by": "li.na", "approved_by": "wang.wei", "recipient": "Call centre Anlan",
        "expires_at": "2026-03-09T00:00:00", "watermark": "E1", "phones": "masked",
        "legend": {"churn_risk": "风险"}, "revoked_at": None,
    }  # fmt: skip
    assert [vars(receipt)] == [said] == [vars(one) for one in seen]
    (found,) = trace(out, {"E0": bytes(32), "E1": EXPORT.watermark_key}).found
    assert found.export == "E1"


def test_a_workbook_says_of_its_scores_that_they_are_marked(tmp_path: Path) -> None:
    write_export(tmp_path / "list.xlsx", sheet(), EXPORT, "zh", NOW, lambda *_: None)
    book = CalamineWorkbook.from_path(tmp_path / "list.xlsx")
    (name, means) = book.get_sheet_by_name("说明").to_python()[-1]
    assert name == "水印"
    assert "不超过末位的一个单位" in str(means)


def test_the_count_is_that_of_the_filter_and_of_the_file(tmp_path: Path) -> None:
    """Counted by another reader in the Parquet file that the parts are read from."""
    source, out = tmp_path / "list.parquet", tmp_path / "list.csv"
    pq.write_table(table(25_000), source, row_group_size=4_000)
    kept = len(pq.read_table(source, filters=[("city", "=", "Suzhou")]))
    parts = (
        part.filter(pc.equal(part["city"], "Suzhou"))
        for part in pq.ParquetFile(source).iter_batches(3_000)
    )
    own = Sheet(COLUMNS, parts, kept, {}, {})
    receipt = write_export(out, own, replace(EXPORT, rows=kept), "en", NOW, lambda *_: None)
    lines = out.read_bytes().decode("utf-8-sig").splitlines()
    assert (receipt.count, len(lines) - 1) == (kept, kept) == (12_500, 12_500)


def nothing_is_there(folder: Path) -> bool:
    return not list(folder.iterdir())


def test_another_count_than_requested_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    with pytest.raises(RequestRefused, match="of 1,200 customers, the list has 1,000 now"):
        write_export(out, sheet(1_000), EXPORT, "en", NOW, lambda *_: None)
    short = replace(sheet(1_000), count=1_200)
    with pytest.raises(OutputError, match="1,200 rows, and 1,000"):
        write_export(out, short, EXPORT, "en", NOW, lambda *_: None)
    long = replace(sheet(1_400), count=1_200)
    with pytest.raises(OutputError, match="1,200 rows, and 1,400 or more"):
        write_export(out, long, EXPORT, "en", NOW, lambda *_: None)
    assert nothing_is_there(tmp_path)


def test_what_recording_raises_leaves_nothing(tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise OutputError("the audit is full")

    with pytest.raises(OutputError, match="the audit is full"):
        write_export(tmp_path / "list.xlsx", sheet(), EXPORT, "en", NOW, refuse)
    assert nothing_is_there(tmp_path)


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    out.write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        write_export(out, sheet(), EXPORT, "en", NOW, lambda *_: None)
    assert out.read_text() == "mine"
    write_export(out, sheet(), EXPORT, "en", NOW, lambda *_: None, force=True)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")


def test_scores_with_fewer_digits_than_the_mark_needs_are_refused(tmp_path: Path) -> None:
    columns = (COLUMNS[0], SheetColumn("risk", 3), COLUMNS[2])
    with pytest.raises(ValueError, match="churn_risk is written with 3 digits; its mark needs 4"):
        write_export(
            tmp_path / "list.csv", replace(sheet(), columns=columns), EXPORT, "en", NOW,
            lambda *_: None,
        )  # fmt: skip


def test_a_revoked_export_says_so_beside_its_file(tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    write_export(out, sheet(), EXPORT, "en", NOW, lambda *_: None)
    mark_revoked(receipt_path(out), {"another": NOW})
    assert json.loads(receipt_path(out).read_text("utf-8"))["revoked_at"] is None
    mark_revoked(receipt_path(out), {EXPORT.id: NOW})
    said = json.loads(receipt_path(out).read_text("utf-8"))
    assert (said["revoked_at"], said["count"]) == ("2026-03-02T09:00:00", 1_200)
    mark_revoked(receipt_path(out), {EXPORT.id: NOW + timedelta(days=1)})
    assert json.loads(receipt_path(out).read_text("utf-8")) == said


def write_for_ever(out: Path) -> None:
    own = replace(sheet(), parts=table(EXPORT.rows).to_batches())
    while True:
        write_export(out, own, EXPORT, "en", NOW, lambda *_: None, force=True)
        out.unlink()
        receipt_path(out).unlink()


def main(folder: str, times: int) -> None:
    """Begin a writer in a process of its own and kill it, so many times."""
    chance = random.Random(folder)
    for number in range(times):
        out = Path(folder, str(number), "list.csv" if number % 2 else "list.xlsx")
        out.parent.mkdir()
        child = os.fork()
        if not child:
            write_for_ever(out)
        while not any(out.parent.iterdir()):
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.slow
def test_killed_at_any_moment_there_is_no_file_or_a_whole_one(tmp_path: Path) -> None:
    times = 10
    subprocess.run(
        [sys.executable, "-c", f"from {__name__} import main; main({str(tmp_path)!r}, {times})"],
        cwd=Path(__file__).parents[4], check=True,
    )  # fmt: skip
    whole = unfinished = 0
    for folder in tmp_path.iterdir():
        unfinished += any(path.suffix == UNFINISHED for path in folder.iterdir())
        for out in folder.glob("list.*[vx]"):  # not its receipt
            receipt = json.loads(receipt_path(out).read_text("utf-8"))
            assert hashlib.sha256(out.read_bytes()).hexdigest() == receipt["sha256"]
            whole += 1
    assert unfinished, "none was killed while it wrote"
    assert whole + unfinished <= times
