"""Where the header of a delimited text is, and what in the text is not a row.

Taken only where it is certain: lines above the header, lines of one field that begin with `#`,
and empty fields that every row has beyond the header's are not data and are passed over. Other
differences between the header and the rows are refused with their cause.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from features.errors import FileRefused
from features.files.text.dialects import (
    DELIMITERS,
    QUOTE,
    Dialect,
    dialect_of,
    is_comment,
    records_of,
)

MAX_TITLES = 30
DELIMITER_LINE = re.compile(r'"?sep=(.)"?,*(?:\r\n|\n|\r)', re.IGNORECASE)
NUMBER = re.compile(r"[\s\d.,:/+-]*\d[\s\d.,:/+%-]*")


@dataclass(frozen=True)
class Declared:
    """What was declared of a file; None where nothing was.

    `lenient`: rows may have more or fewer fields than the header. `quarantine_uneven`: such rows
    are quarantined, and do not refuse the file. `each_record`: rows are looked at one by one.
    `remedy` says how to declare an encoding.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header: bool | None = None
    names: tuple[str, ...] | None = None
    skipped: int = 0
    comment: str | None = None
    sheet: str | None = None
    json: bool = False
    lenient: bool = False
    quarantine_uneven: bool = False
    each_record: bool = False
    remedy: str = "declare it"


@dataclass(frozen=True)
class Layout:
    """`title_lines` are the physical lines above the header; `names` its fields.

    Without a header `names` are those of the first row. `extra` is how many empty fields each
    row has beyond the header's. `comment`, if any, begins lines that are not rows.
    """

    dialect: Dialect
    names: tuple[str, ...]
    title_lines: int = 0
    extra: int = 0
    comment: str | None = None
    header: bool = True


def layout_of(sample: str, name: str, declared: Declared) -> Layout:
    """The layout of the text that begins with `sample`. Raises FileRefused."""
    first = None if declared.skipped else DELIMITER_LINE.match(sample)
    above = declared.skipped if first is None else 1
    skipped = re.match(rf"(?:[^\r\n]*(?:\r\n|\n|\r)){{{above}}}", sample)
    body = sample[skipped.end() :] if skipped else ""
    dialect = dialect_of(
        body,
        name,
        declared.delimiter or (first[1] if first else None),
        QUOTE if declared.quote is None else declared.quote,
        declared.escape or "",
    )
    records = records_of(body, dialect)
    sign = declared.comment or "#"
    rows = [one for one in records if not is_comment(one[1], sign)]
    if not rows:
        raise FileRefused(f"{name} is empty; expected at least its column names")
    several = max(len(record) for _, record in rows) > 1
    comment = sign if several or declared.comment else None
    layout = Layout(dialect, tuple(rows[0][1]), above, comment=comment)
    if not _has_header(declared, rows[0][1]):
        return replace(layout, title_lines=above + rows[0][0], header=False)
    return _headed(layout, rows if several else records, name)


def _has_header(declared: Declared, first: Sequence[str]) -> bool:
    """Whether the first row is a header: as declared, or if it has the given names."""
    if declared.header is None and declared.names is not None:
        return [one.strip().lower() for one in first] == [one.lower() for one in declared.names]
    return declared.header is not False


def _headed(layout: Layout, rows: list[tuple[int, list[str]]], name: str) -> Layout:
    """The layout with its header, which is below what is above it."""
    records = [record for _, record in rows]
    widths = Counter(map(len, records))
    width = max(widths, key=lambda one: (widths[one], one == len(records[0])))
    place = _header_place(records, width, name)
    header = records[place]
    beyond = [record[len(header) :] for record in records[place + 1 :]]
    extra = len(beyond[0]) if beyond and len(set(map(len, beyond))) == 1 else 0
    if extra and any(any(one) for one in beyond):
        if len(beyond) > 1:
            raise FileRefused(
                f"{name}: data row 1 has {len(header) + extra} fields, the header {len(header)}, "
                f"and so has every row: the header lacks a name (R, for one, writes row names "
                f"without one), or the first line is a title. Add the name, or remove the title."
            )
        extra = 0
    names, lines = tuple(header), layout.title_lines + rows[place][0]
    return replace(layout, names=names, title_lines=lines, extra=extra)


def _header_place(records: list[list[str]], width: int, name: str) -> int:
    """Where the header is among the records: below the titles, if there are any."""
    first = records[0]
    if len(first) > 2 and _is_padded_title(first):
        place = _first(records, lambda one: not _is_padded_title(one))
        return place if _names_columns(records[place], width) and all(records[place]) else 0
    if len(first) >= width or not any(any(one[len(first) :]) for one in records):
        return 0
    place = _first(records, lambda one: len(one) > len(first))
    below = records[place]
    _check_delimiters(first, len(below), name)
    may_be_header = (
        _names_columns(below, len(below))
        and not any(any(one[len(below) :]) for one in records)
        and not _is_like_a_row(below, records[place + 1 :])
    )
    if len(first) == 1 and may_be_header:
        return place
    if len(first) > 1 and not may_be_header:
        return 0
    fields = "1 field" if len(first) == 1 else f"{len(first)} fields"
    raise FileRefused(
        f"{name}: its first line has {fields}, the rows below have {width}. If it is a title, "
        f"remove it, so that the first line has the column names. If it is the header, it lacks "
        f"names."
    )


def _check_delimiters(first: list[str], width: int, name: str) -> None:
    """Refuse a first line that is the header, but written with other signs than the rows."""
    signs = [sign for sign in DELIMITERS if first[0].count(sign) == width - 1]
    if len(first) == 1 and signs:
        raise FileRefused(
            f"{name}: its first line is one field, with {DELIMITERS[signs[0]]} between {width} "
            f"names, but the rows below are {width} fields each. Write the header with the same "
            f"signs between columns as the rows."
        )


def _is_like_a_row(record: list[str], below: list[list[str]]) -> bool:
    """Whether a field stands again in a row below it, or is a code as all of them are (C0001)."""
    rows = [one for one in below if len(one) == len(record)]
    return any(
        field in own or (len(own) > 1 and {_shape(each) for each in own} == {_shape(field)})
        for place, field in enumerate(record)
        if field.strip() and (own := {one[place] for one in rows})
    )


def _shape(field: str) -> str:
    """A field with a 0 for each digit; its own for one without any."""
    return re.sub(r"\d+", "0", field) if re.search(r"\d", field) else f"={field}"


def _first(records: list[list[str]], is_right: Callable[[list[str]], bool]) -> int:
    places = (at for at, one in enumerate(records[: MAX_TITLES + 1]) if is_right(one))
    return next(places, 0)


def _is_padded_title(record: list[str]) -> bool:
    """One field and nothing else, as spreadsheets write a title above a table."""
    return bool(record[0].strip()) and not any(field.strip() for field in record[1:])


def _names_columns(record: list[str], width: int) -> bool:
    """Whether a record reads as column names: of the rows' width, different, not numbers."""
    named = [field.strip() for field in record if field.strip()]
    return (
        len(record) == width
        and len(named) >= width - 1
        and len(set(named)) == len(named)
        and not any(NUMBER.fullmatch(field) for field in named)
    )
