"""The delimiter, quote and escape of a delimited text, and its records under them."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from features.errors import FileRefused

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
CTRL_A = "\x01"  # Hive writes it between columns; no text has it
RARE_DELIMITERS = {CTRL_A: "Ctrl-A", "^": "caret", "~": "tilde"}
SAMPLE_ROWS = 1000
QUOTE = '"'
END = "\0"  # after the last line; a quote that is left open swallows it


@dataclass(frozen=True)
class Dialect:
    """`escape` is the quote itself where a quote within a value is written twice."""

    delimiter: str
    quote: str = QUOTE
    escape: str = QUOTE

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Any:
        """The records of these lines, with `line_num` as csv.reader has it.

        `strict` raises csv.Error where a closed quote is followed by more of the value.
        """
        twice = self.escape in (self.quote, "")
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            doublequote=twice,
            escapechar=None if twice else self.escape,
            strict=strict,
        )

    def records(self, lines: Iterable[str], name: str) -> Iterator[tuple[int, list[str]]]:
        """The records of a file's lines, each with the number of its line. Raises FileRefused."""
        reader, line = self.reader(itertools.chain(lines, [END])), 1
        try:
            for record in reader:
                if record == [END]:
                    return
                if record and record[-1].endswith(END):
                    raise FileRefused(
                        f"{name}: in line {line} a quote is opened and never closed. Close it; a "
                        f"quote within a value is written twice."
                    )
                yield line, record
                line = reader.line_num + 1
        except csv.Error as error:
            raise FileRefused(
                f"{name} cannot be read below line {reader.line_num}: {error}. Most often a quote "
                f"is opened and never closed."
            ) from error

    @property
    def words(self) -> str:
        """What stands between columns."""
        return (DELIMITERS | RARE_DELIMITERS).get(self.delimiter, repr(self.delimiter))


def is_comment(record: Sequence[str], sign: str = "#") -> bool:
    """Whether a record is a line of one field that begins with the sign, as no row can be."""
    return len(record) == 1 and record[0].startswith(sign)


def records_of(text: str, dialect: Dialect) -> list[tuple[int, list[str]]]:
    """The first records that are not blank, each with the number of physical lines before it."""
    return list(_sampled(dialect.reader(io.StringIO(text, newline=""))))


def _sampled(reader: Any) -> Iterator[tuple[int, list[str]]]:
    taken = before = 0
    for record in reader:
        if record:
            yield before, record
            taken += 1
        if taken == SAMPLE_ROWS:
            return
        before = reader.line_num


def dialect_of(text: str, name: str, delimiter: str | None, quote: str, escape: str) -> Dialect:
    """The dialect under which most of the first records have as many columns, and the most.

    A `delimiter` or an `escape` that is not empty is taken as given. Raises FileRefused.
    """
    escapes = [escape or quote]
    if not escape and quote and f"\\{quote}" in text:
        escapes.append("\\")
    given = [delimiter] if delimiter else [CTRL_A] * (CTRL_A in text) + [*DELIMITERS]
    judged = _judged(text, [Dialect(one, quote, way) for one in given for way in escapes])
    best = max(judged, key=lambda one: one.rank, default=None)
    if best is None or best.width == 1:
        rare = [] if delimiter else [one for one in RARE_DELIMITERS if one in text]
        others = _judged(text, [Dialect(one, quote, way) for one in rare for way in escapes])
        best = max([*judged, *others], key=lambda one: one.rank, default=None)
    if best is None or (best.width == 1 and len(judged) < len(given) * len(escapes)):
        raise FileRefused(
            f"{name}: a field of the first rows has more than {csv.field_size_limit():,} "
            f"characters, most often for a quote that is opened and never closed"
        )
    alike = [one for one in judged if one.dialect.delimiter == best.dialect.delimiter]
    if len(alike) < 2:
        return best.dialect
    strict = [one.dialect for one in alike if _is_strict(text, one.dialect)]
    # A quote written twice comes first: it is the rule, and a value may end in a backslash.
    return strict[0] if strict else max(alike, key=lambda one: one.evenness).dialect


@dataclass(frozen=True)
class _Judged:
    """A dialect with the usual number of columns, and the share of records that have it.

    `evenness` is that share among the records below the first: how a quote within a value is
    written decides about rows, not about the header.
    """

    dialect: Dialect
    width: int
    share: float
    evenness: float

    @property
    def rank(self) -> tuple[bool, float, int]:
        return self.width > 1, self.share, self.width


def _judged(text: str, dialects: Sequence[Dialect]) -> list[_Judged]:
    """The dialects that can be read, judged."""
    judged = []
    for dialect in dialects:
        try:
            records = records_of(text, dialect)
        except csv.Error:
            continue
        widths = _widths([record for _, record in records if not is_comment(record)])
        width, share = _commonest(widths)
        judged.append(_Judged(dialect, width, share, _commonest(widths[1:])[1]))
    return judged


def _is_strict(text: str, dialect: Dialect) -> bool:
    """Whether each quote of the first records is closed where a value ends."""
    try:
        for _ in _sampled(dialect.reader(io.StringIO(text, newline=""), strict=True)):
            pass
    except csv.Error:
        return False
    return True


def _widths(records: Sequence[Sequence[str]]) -> list[int]:
    """How many fields each record has, but for empty ones beyond those of the header."""
    header = next((len(record) for record in records if len(record) > 1), 1)
    return [
        header if len(record) > header and not any(record[header:]) else len(record)
        for record in records
    ]


def _commonest(widths: Sequence[int]) -> tuple[int, float]:
    """The commonest width, of two the larger, and its share."""
    counts = Counter(widths)
    width = max(counts, key=lambda one: (counts[one], one), default=1)
    return width, round(counts[width] / max(len(widths), 1), 3)
