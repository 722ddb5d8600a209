"""What the imports so far brought: rows quarantined, rows known already, and the last of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.doctor.damage import readable
from features.feeds import FEEDS
from features.home import Home
from features.imports.fields.checks import literal
from features.imports.records import ImportRecord


@dataclass(frozen=True)
class QuarantineReason:
    """Rows quarantined for one reason."""

    reason: str
    rows: int


@dataclass(frozen=True)
class Delivered:
    """Of one feed: rows quarantined by accepted imports; `latest` names the newest file of them.

    A row that came again with a later import is one row; a file that was removed counts no more.
    `known_already`: rows that repeated what the lake knew, as far as imports were recorded.
    """

    quarantined: int = 0
    reasons: tuple[QuarantineReason, ...] = ()
    latest: str | None = None
    known_already: int = 0


def deliveries(
    connection: Any, home: Path, records: Sequence[ImportRecord]
) -> dict[str, Delivered]:
    """By feed; of every feed of which rows were quarantined or known already.

    Raises LakeError where a file of the quarantine is damaged.
    """
    refused = {record.import_id for record in records if not record.accepted}
    known: Counter[str] = Counter()
    for record in records:
        if record.accepted:
            known.update({one.feed: one.ignored for one in record.feeds})
    files_of: dict[str, list[Path]] = {}
    for path in sorted(Home(home).quarantine.glob("*.parquet")):
        import_id, _, feed = path.stem.rpartition("-")
        if feed in FEEDS and import_id not in refused:
            files_of.setdefault(feed, []).append(path)
    return {
        feed: _delivered(connection, files_of.get(feed, []), known[feed])
        for feed in FEEDS
        if feed in files_of or known[feed]
    }


def _delivered(connection: Any, files: list[Path], known_already: int) -> Delivered:
    if not files:
        return Delivered(known_already=known_already)
    named = ", ".join(literal(str(path)) for path in files)
    by_file = (
        f"SELECT reason, row, count(*) AS times FROM read_parquet([{named}], filename = true) "
        "GROUP BY filename, reason, row"
    )
    by_row = f"SELECT reason, max(times) AS times FROM ({by_file}) GROUP BY reason, row"
    with readable(files[0].parent, "remove the damaged file: it is read by nothing else"):
        rows = connection.con.execute(
            f"SELECT reason, sum(times) FROM ({by_row}) GROUP BY reason "
            "ORDER BY sum(times) DESC, reason"
        ).fetchall()
    reasons = tuple(QuarantineReason(reason, int(count)) for reason, count in rows)
    return Delivered(
        sum(one.rows for one in reasons), reasons, files[-1].name, known_already=known_already
    )
