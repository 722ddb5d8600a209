"""The file of outcomes that a call centre returns: its columns, and each row in its types.

CSV in UTF-8, a row a contact. A row that cannot be read is quarantined with its reason; what the
rows say is held against the campaigns elsewhere (`checking`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from features.errors import ImportRefused
from serving.database.tables import LONGEST_ID
from serving.decision.decision_settings import to_fen
from serving.retention.retention_settings import RetentionSettings

NEEDED = ("campaign_id", "contact_id", "customer_id", "at", "channel", "offer", "result")
OPTIONAL = ("cost", "propensity", "corrects", "confirmation")
LONGEST_KEY, LONGEST_TEXT = 96, 64
MAX_COST = 1e7

# What a file calls a result, and what the ledger calls it.
RESULTS: Mapping[str, str] = {
    "sent": "sent",
    "no_answer": "no_answer",
    "reached": "reached",
    "refused": "offer_refused",
    "accepted": "offer_accepted",
}


@dataclass(frozen=True)
class Line:
    """A row of the file in its types; `number` counts the lines from 1, the header among them.

    `cost_fen`: of the contact, null where the file does not say. `corrects`: the contact_id of the
    row that was wrong. `propensity`: null where the file does not say.
    """

    number: int
    campaign_id: str
    contact_id: str
    customer_id: str
    at: datetime
    channel: str
    offer: str
    result: str
    cost_fen: int | None
    propensity: float | None
    corrects: str | None
    confirmation: str | None

    @property
    def outcome(self) -> str:
        """The result as the ledger calls it."""
        return RESULTS[self.result]

    @property
    def content_sha256(self) -> str:
        """Of all that the row says, whatever its place in the file."""
        content = {name: own for name, own in vars(self).items() if name != "number"}
        return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class BadLine:
    """A row that was quarantined: its line, why, and the row as it stands in the file."""

    number: int
    reason: str
    row: Mapping[str, str]


@dataclass(frozen=True)
class OutcomeFile:
    """What a file says: its rows in order, and those that cannot be read."""

    name: str
    lines: tuple[Line, ...]
    bad: tuple[BadLine, ...]


class Unreadable(ValueError):
    """A value that is not what its column holds; the message is the reason."""


def read_outcomes(file: Path, settings: RetentionSettings, now: datetime) -> OutcomeFile:
    """The file's rows. Raises ImportRefused for another form of file."""
    lines: list[Line] = []
    bad: list[BadLine] = []
    for number, row in _rows(file):
        try:
            lines.append(_line(number, row, settings, now))
        except Unreadable as error:
            bad.append(BadLine(number, str(error), row))
    return OutcomeFile(file.name, tuple(lines), tuple(bad))


def _line(number: int, row: Mapping[str, str], settings: RetentionSettings, now: datetime) -> Line:
    at = _moment(row["at"])
    if at > now:
        raise Unreadable("at lies in the future")
    cost = _number("cost", row.get("cost"))
    if cost is not None and not 0 <= cost <= MAX_COST:
        raise Unreadable("cost is negative, or more than any contact costs")
    return Line(
        number,
        _text("campaign_id", row["campaign_id"], LONGEST_TEXT),
        _text("contact_id", row["contact_id"], LONGEST_KEY),
        _text("customer_id", row["customer_id"], LONGEST_ID),
        at,
        _one_of("channel", row["channel"], settings.channels),
        _one_of("offer", row["offer"], settings.offers),
        _one_of("result", row["result"], RESULTS),
        None if cost is None else to_fen(cost),
        _number("propensity", row.get("propensity")),
        _text("corrects", row.get("corrects") or "", LONGEST_KEY, may_lack=True) or None,
        _text("confirmation", row.get("confirmation") or "", LONGEST_TEXT, may_lack=True) or None,
    )


def _text(name: str, value: str, longest: int, *, may_lack: bool = False) -> str:
    if not may_lack and not value:
        raise Unreadable(f"{name} is missing")
    if len(value) > longest or not value.isprintable():
        raise Unreadable(f"{name} is longer than {longest} characters, or has control characters")
    return value


def _one_of(name: str, value: str, allowed: Mapping[str, object]) -> str:
    if value not in allowed:
        raise Unreadable(f"{name} is none of {', '.join(allowed)}")
    return value


def _moment(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable("at is not a moment such as 2026-03-05 14:30") from None
    if found.tzinfo is not None:
        raise Unreadable("at has an offset; expected the operator's local time without one")
    return found


def _number(name: str, value: str | None) -> float | None:
    if not value:
        return None
    try:
        found = float(value)
    except ValueError:
        raise Unreadable(f"{name} is not a number") from None
    if found != found or found in (float("inf"), float("-inf")):
        raise Unreadable(f"{name} is not a number")
    return found


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and fields of each row. Raises ImportRefused for another form of file."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            header = [name.strip() for name in next(rows, [])]
            _check_header(file, header)
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    raise ImportRefused(
                        f"{file.name}, line {rows.line_num}: {len(row)} fields; expected "
                        f"{len(header)}. Nothing was changed."
                    )
                fields = dict(zip(header, (value.strip() for value in row), strict=True))
                yield rows.line_num, fields
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise ImportRefused(
            f"{file} cannot be read as CSV in UTF-8 ({reason}). Nothing was changed."
        ) from None


def _check_header(file: Path, header: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in header]
    unknown = [name for name in header if name not in (*NEEDED, *OPTIONAL)]
    if missing or unknown or len(set(header)) < len(header):
        raise ImportRefused(
            f"{file.name} has the columns {', '.join(header) or 'none'}; expected "
            f"{', '.join(NEEDED)}, and of {', '.join(OPTIONAL)} those that are there. "
            "Nothing was changed."
        )
