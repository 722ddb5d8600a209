"""A file of outcomes into the ledger, from the file to the audit's row: all or nothing."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine

from features.disk.atomic import replacing
from features.disk.erased import erased_hashes
from features.disk.locks import writing
from features.disk.secrets import made_secrets
from features.errors import ImportRefused
from features.imports.quarantine import quarantine_file
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.campaigns.outcomes.checking import Checked, check_lines
from serving.campaigns.outcomes.file import BadLine, OutcomeFile, read_outcomes
from serving.campaigns.outcomes.recording import Recorded, record_lines
from serving.retention.offers import offer_costs
from serving.retention.retention_settings import retention_settings

MAX_BAD_SHARE = 0.2  # more, and the file is not what it should be; one row may always be bad
SUBJECT = "outcomes"


@dataclass(frozen=True)
class OutcomesImported:
    """What became of a file's rows: read = new + unchanged + bad + erased.

    `quarantined`: how many rows for which reason, and `quarantine_file` where they are.
    """

    read: int
    new: int
    unchanged: int
    bad: int
    erased: int
    crossovers: int
    corrections: int
    unconfirmed: int
    campaigns: dict[str, int]
    quarantined: dict[str, int]
    quarantine_file: str | None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def import_outcomes(
    home: Path, engine: Engine, file: Path, entry: Entry, now: datetime
) -> OutcomesImported:
    """Record the outcomes of the file; the same file again changes nothing.

    Raises ImportRefused, with the first rows at fault by line, where rows contradict the campaigns
    or the ledger, or too many cannot be read; SettingsError, OutputError, HomeBusy. Nothing is
    changed then.
    """
    settings = retention_settings(home)
    found = read_outcomes(file, settings, now)
    with writing(home, "liuke campaign outcomes"):
        found, erased = _without_erased(home, found)
        costs = offer_costs(home, now)
        bad: tuple[BadLine, ...] = ()

        def work(connection: Connection) -> Recorded:
            nonlocal bad
            checked = check_lines(connection, found)
            _check_share(found, checked)
            bad = checked.bad
            return record_lines(connection, found.name, checked, costs, entry.caller or "", now)

        recorded = record_now(engine, replace(entry, detail=_detail(entry, found)), now, work)
        path = _quarantine(home, bad, now) if bad else None
    return OutcomesImported(
        read=len(found.lines) + len(found.bad) + erased,
        bad=len(bad),
        erased=erased,
        quarantined=dict(Counter(one.reason for one in bad).most_common()),
        quarantine_file=None if path is None else str(path),
        **asdict(recorded),
    )


def _detail(entry: Entry, found: OutcomeFile) -> dict[str, Any]:
    return {**entry.detail, "rows": len(found.lines)}


def _without_erased(home: Path, found: OutcomeFile) -> tuple[OutcomeFile, int]:
    """Without the rows of customers who were erased, and how many those are."""
    gone = erased_hashes(home)
    if not gone:
        return found, 0
    keys = made_secrets(home)

    def stays(customer_id: str) -> bool:
        return keys.erased_hash(customer_id) not in gone

    lines = tuple(line for line in found.lines if stays(line.customer_id))
    bad = tuple(one for one in found.bad if stays(one.row["customer_id"]))
    erased = len(found.lines) + len(found.bad) - len(lines) - len(bad)
    return OutcomeFile(found.name, lines, bad), erased


def _check_share(found: OutcomeFile, checked: Checked) -> None:
    """Raises ImportRefused where too many rows are bad for the file to be what it should be."""
    read, bad = len(found.lines) + len(found.bad), len(checked.bad)
    if bad <= max(MAX_BAD_SHARE * read, 1):
        return
    first = min(checked.bad, key=lambda one: one.number)
    raise ImportRefused(
        f"{found.name}: {bad:,} of {read:,} rows are bad, more than {MAX_BAD_SHARE:.0%}; nothing "
        f"was changed\n  line {first.number}: {first.reason}\nCorrect the file, then import it "
        "again."
    )


def _quarantine(home: Path, bad: Sequence[BadLine], now: datetime) -> Path:
    """Write the bad rows as imports do, so that erasure finds them."""
    path = quarantine_file(home, f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}", SUBJECT)
    rows = sorted(bad, key=lambda one: one.number)
    table = pa.table(
        {
            "row_number": [one.number for one in rows],
            "reason": [one.reason for one in rows],
            "row": [json.dumps(dict(one.row), ensure_ascii=False) for one in rows],
        }
    )
    with replacing(path) as temporary:
        pq.write_table(table, temporary)
    return path
