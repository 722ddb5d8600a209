"""Whether the chain is whole: every row as it was written, none missing, none between.

Rows are read in pages, so that the memory does not grow with them. The head is read first; what
the service writes meanwhile lies behind it and is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from features.progress import Progress, silent
from serving.audit.chain import Head, row_hash
from serving.database.tables import THE_HEAD, audit, audit_head, audit_subjects

PAGE = 5_000


@dataclass(frozen=True)
class Verified:
    """How far the chain is whole: `rows` of them; `head` is where it ends.

    `broken` is the number of the first row that is not as it was written, null where there is
    none; `fault` names what is wrong (a word of `audit.toml`), `found` and `expected` its details.
    """

    rows: int
    head: Head
    broken: int | None = None
    fault: str | None = None
    found: str = ""
    expected: str = ""


class _BrokenError(Exception):
    def __init__(self, number: int, fault: str, found: object = "", expected: object = "") -> None:
        super().__init__(fault)
        self.number, self.fault = number, fault
        self.found, self.expected = str(found), str(expected)


def verify(engine: Engine, kept: Sequence[Head] = (), progress: Progress = silent) -> Verified:
    """Read the whole chain; `kept` are heads that were kept elsewhere, in any order.

    `engine` is best one opened for `reading`: nothing is locked then. The first fault found ends
    the reading.
    """
    with engine.connect() as connection:
        head, last = _end(connection)
        walked = Head()
        due = sorted(kept, key=lambda own: own.number)
        try:
            for walked in _walked(connection, head, progress):
                while due and due[0].number == walked.number:
                    _check_kept(due.pop(0), walked)
            _check_end(walked, head, last)
            for own in due:
                raise _BrokenError(walked.number + 1, "truncated", walked.number, own.number)
        except _BrokenError as error:
            return Verified(
                error.number - 1, head, error.number, error.fault, error.found, error.expected
            )
    return Verified(walked.number, walked)


def _end(connection: Connection) -> tuple[Head, int]:
    """The head as the database holds it, and the number of the last row, seen at one moment."""
    ends = (select(func.max(table.c.number)).scalar_subquery() for table in (audit, audit_subjects))
    query = select(audit_head.c.number, audit_head.c.hash, *ends)
    row = connection.execute(query.where(audit_head.c.id == THE_HEAD)).first()
    if row is None:
        return Head(-1, ""), 0
    number, digest, *last = row
    return Head(number, digest), max((own for own in last if own is not None), default=0)


def _walked(connection: Connection, head: Head, progress: Progress) -> Iterator[Head]:
    """The head after each row up to `head`, beginning before the first."""
    walked = Head()
    yield walked
    for start in range(1, head.number + 1, PAGE):
        end = min(start + PAGE - 1, head.number)
        progress("audit", start - 1, head.number)
        subjects = _subjects(connection, start, end)
        columns = connection.execute(
            select(audit).where(audit.c.number.between(start, end)).order_by(audit.c.number)
        ).mappings()
        for row in columns:
            walked = _next(walked, row, subjects.pop(row["number"], []))
            yield walked
        if subjects:
            raise _BrokenError(min(subjects), "missing")
    progress("audit", head.number, head.number)


def _subjects(connection: Connection, start: int, end: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    columns = audit_subjects.c
    rows = connection.execute(
        select(columns.number, columns.pseudonym)
        .where(columns.number.between(start, end))
        .order_by(columns.number, columns.place)
    )
    for number, pseudonym in rows:
        found.setdefault(number, []).append(pseudonym)
    return found


def _next(before: Head, row: Any, pseudonyms: Sequence[str]) -> Head:
    number = before.number + 1
    if row["number"] != number:
        raise _BrokenError(number, "missing", row["number"], number)
    expected = row_hash(before.hash, row, pseudonyms)
    if row["hash"] != expected:
        raise _BrokenError(number, "altered", row["hash"], expected)
    return Head(number, expected)


def _check_kept(kept: Head, walked: Head) -> None:
    if kept.hash != walked.hash:
        raise _BrokenError(max(walked.number, 1), "rewritten", walked.hash, kept.hash)


def _check_end(walked: Head, head: Head, last: int) -> None:
    """Raise where the rows end before or behind the head that the database holds."""
    if head.number < 0:
        raise _BrokenError(1, "no_head")
    if walked.number < head.number:
        raise _BrokenError(walked.number + 1, "missing", walked.number, head.number)
    if walked.hash != head.hash:
        raise _BrokenError(max(walked.number, 1), "head", walked.hash, head.hash)
    if last > head.number:
        raise _BrokenError(head.number + 1, "inserted", last, head.number)
