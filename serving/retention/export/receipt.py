"""A list as a file with its receipt beside it, in one step: both, or neither.

list.csv, list.csv.receipt.json
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.disk.atomic import json_text, replace_json, replacing_together
from features.disk.outputs import check_out
from features.errors import RequestRefused
from features.words import say
from serving.retention.export.approval import Export
from serving.retention.export.sheets import ENDINGS, Sheet, write_sheet
from serving.retention.export.watermark import MARKED, marked

RECEIPT = ".receipt.json"  # after the name of the file


@dataclass(frozen=True)
class Receipt:
    """What an export certifies. `watermark` is its id, by which `liuke trace` names the file.

    `phones`: `whole` or `masked`, null where the file has no numbers.
    """

    file: str
    count: int
    sha256: str
    made_at: str
    purpose: str
    requested_by: str
    approved_by: str | None
    recipient: str
    expires_at: str
    watermark: str
    phones: str | None
    legend: dict[str, str]
    revoked_at: str | None = None


Recorded = Callable[[Receipt, Path], None]  # with the complete file, before it is in its place


def receipt_path(out: Path) -> Path:
    return out.with_name(f"{out.name}{RECEIPT}")


def write_export(
    out: Path,
    sheet: Sheet,
    export: Export,
    language: str,
    now: datetime,
    recorded: Recorded,
    phones: str | None = None,
    *,
    force: bool = False,
) -> Receipt:
    """Write the sheet, marked for its recipient, to `out` (CSV or XLSX) and its receipt beside it.

    The columns of the sheet's parts have the names that the program uses. `recorded` gets the
    receipt and the file before they are in their places: what it raises leaves neither. Raises
    OutputError for another ending, where a file is there already and not `force`, and where the
    disk refuses; RequestRefused (`conflict`) where the sheet has another count than the export was
    requested for.
    """
    check_out(out, ENDINGS, force=force, beside=[receipt_path(out)])
    if sheet.count != export.rows:
        raise RequestRefused(
            "conflict",
            f"the export is of {export.rows:,} customers, the list has {sheet.count:,} now. "
            f"Request it again.",
        )
    parts = (_marked(part, sheet, export.watermark_key) for part in sheet.parts)
    mark = {say("export", "about_watermark", language): say("export", "watermark_means", language)}
    own = replace(sheet, parts=parts, about=dict(sheet.about) | mark)
    with replacing_together(receipt_path(out), out) as (temporary_receipt, temporary):
        write_sheet(temporary, out.suffix, own, language, now)
        receipt = _receipt(out.name, temporary, own, export, now, phones)
        temporary_receipt.write_text(json_text(asdict(receipt)), "utf-8")
        recorded(receipt, temporary)
    return receipt


def _receipt(
    name: str, written: Path, sheet: Sheet, export: Export, now: datetime, phones: str | None
) -> Receipt:
    with written.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Receipt(
        file=name,
        count=sheet.count,
        sha256=sha256,
        made_at=now.isoformat(timespec="seconds"),
        purpose=export.purpose,
        requested_by=export.requested_by,
        approved_by=export.approved_by,
        recipient=export.recipient,
        expires_at=export.expires_at.isoformat(timespec="seconds"),
        watermark=export.id,
        phones=phones,
        legend=dict(sheet.legend),
    )


def _marked(part: pa.RecordBatch, sheet: Sheet, key: bytes) -> pa.RecordBatch:
    for name, column in zip(part.schema.names, sheet.columns, strict=True):
        needed = MARKED.get(name, column.digits)
        if needed != column.digits:
            raise ValueError(
                f"{name} is written with {column.digits} digits; its mark needs {needed}"
            )
    return marked(part, key)


def mark_revoked(receipt: Path, moments: Mapping[str, datetime]) -> None:
    """Say in this receipt that its export is revoked, if it is one of `moments`, by id.

    One that says so already stays as it is.
    """
    said = json.loads(receipt.read_text("utf-8"))
    at = moments.get(said.get("watermark", ""))
    if at is not None and said["revoked_at"] is None:
        replace_json(receipt, said | {"revoked_at": at.isoformat(timespec="seconds")})
