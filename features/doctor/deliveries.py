"""What the imports so far brought: rows set aside, rows known already, and the last of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.feeds import FEEDS
from features.imports.checks import literal
from features.imports.quarantine import quarantine_folder
from features.imports.records import ImportRecord


@dataclass(frozen=True)
class Reason:
    """Rows set aside for one reason."""

    reason: str
    rows: int


@dataclass(frozen=True)
class Delivered:
    """Of one feed: rows set aside by imports that went in; `latest` names the newest file of them.

    `known_already`: rows that repeated what the lake knew, as far as imports were recorded.
    """

    set_aside: int = 0
    reasons: tuple[Reason, ...] = ()
    latest: str | None = None
    known_already: int = 0


def deliveries(
    connection: Any, home: Path, records: Sequence[ImportRecord]
) -> dict[str, Delivered]:
    """By feed; of every feed that anything was set aside of or known already."""
    refused = {record.import_id for record in records if not record.accepted}
    known: Counter[str] = Counter()
    for record in records:
        if record.accepted:
            known.update({one.feed: one.ignored for one in record.feeds})
    aside: dict[str, list[Path]] = {}
    for path in sorted(quarantine_folder(home).glob("*.parquet")):
        import_id, _, feed = path.stem.rpartition("-")
        if feed in FEEDS and import_id not in refused:
            aside.setdefault(feed, []).append(path)
    return {
        feed: _delivered(connection, aside.get(feed, []), known[feed])
        for feed in FEEDS
        if feed in aside or known[feed]
    }


def _delivered(connection: Any, files: list[Path], known_already: int) -> Delivered:
    if not files:
        return Delivered(known_already=known_already)
    named = ", ".join(literal(str(path)) for path in files)
    rows = connection.con.execute(
        f"SELECT reason, count(*) FROM read_parquet([{named}]) GROUP BY reason "
        "ORDER BY count(*) DESC, reason"
    ).fetchall()
    reasons = tuple(Reason(reason, int(count)) for reason, count in rows)
    return Delivered(
        sum(one.rows for one in reasons), reasons, files[-1].name, known_already=known_already
    )
