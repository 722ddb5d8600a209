"""The SQL of an expression for any moments: compiled for moments that stand in for them.

Ibis takes seconds to compile the matrix, and its text depends on how many moments there are, not
on which. A template holds the text with marks in the place of what a moment decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.operations import InMemoryTable
from ibis.expr.types import Table

from features import windows

STAND_IN = datetime(2222, 2, 2, 2, 2, 2, 222222)  # no fact is so late
APART = timedelta(days=9500)  # between two stand-ins; no expression looks so far from its moment
MAX_MOMENTS = 250  # the calendar ends with the year 9999
_FAR = APART / 2
_LITERAL = re.compile(r"MAKE_TIMESTAMP\((\d+), (\d+), (\d+), (\d+), (\d+), (\d+)\.(\d+)\)")
_OPEN, _CLOSE = "\ue002", "\ue003"  # around a mark: no text of ours holds them
_MARK = re.compile(f"{_OPEN}([a-z]+) (-?\\d+) ?(-?\\d*){_CLOSE}")

Literal = Callable[[int, timedelta], str]
Listed = Callable[[str, int], str]


def stand_ins(count: int) -> list[datetime]:
    """As many moments to compile an expression with, in order.

    Raises ValueError for more than `MAX_MOMENTS`.
    """
    if count > MAX_MOMENTS:
        raise ValueError(f"{count} moments in one query; at most {MAX_MOMENTS}")
    return [STAND_IN + APART * place for place in range(count)]


@dataclass(frozen=True)
class Query:
    """SQL, and the tables in memory that it reads, by name."""

    text: str
    tables: dict[str, pa.Table]


@dataclass(frozen=True)
class Template:
    """The text of a query over so many moments, with marks for what they decide."""

    text: str
    moments: int

    @classmethod
    def of(cls, table: Table, moments: int, others: dict[str, pa.Table] | None = None) -> Template:
        """The template of an expression over `stand_ins(moments)`.

        A table in memory that no moment decides is added to `others`, by the name that the text
        has. Raises TypeError where it reads one and none are taken.
        """
        text = str(ibis.to_sql(table, dialect="duckdb"))
        for node in table.op().find(InMemoryTable):
            mark = _listing(node, moments)
            if mark is not None:
                text = text.replace(f'"{node.name}"', mark)
            elif others is not None:
                others[node.name] = node.data.to_pyarrow(node.schema)
            else:
                raise TypeError(f"a table in memory that no moment decides: {node.schema}")
        return cls(_LITERAL.sub(_marked, text), moments)

    @classmethod
    def from_json(cls, text: str) -> Template:
        return cls(**json.loads(text))

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    def filled(self, literal: Literal, listed: Listed) -> str:
        """The text with what the two functions say in the place of its marks.

        `literal` is given the place of a moment and a distance from it; `listed` the kind of a
        list, as `features.windows.listed` has it, and how many weeks it looks back.
        """

        def fill(found: re.Match[str]) -> str:
            kind, first, second = found.groups()
            if kind == "at":
                return literal(int(first), timedelta(microseconds=int(second)))
            return listed(kind, int(first))

        return _MARK.sub(fill, self.text)

    def at(self, moments: Sequence[datetime], lag_days: int) -> Query:
        """The query at these moments, which ascend and are as many as the template was made for."""
        if len(moments) != self.moments or list(moments) != sorted(set(moments)):
            raise ValueError(f"{self.moments} ascending moments wanted, given {list(moments)}")
        tables: dict[str, pa.Table] = {}
        named = sha256(repr(moments).encode()).hexdigest()[:16]

        def literal(place: int, distance: timedelta) -> str:
            own = moments[place] + distance
            seconds = own.second + own.microsecond / 1e6
            parts = (own.year, own.month, own.day, own.hour, own.minute, seconds)
            return f"MAKE_TIMESTAMP({', '.join(map(str, parts))})"

        def listed(kind: str, weeks: int) -> str:
            table = windows.listed(kind, moments, weeks, lag_days)
            name = f"{kind}_{weeks}_{named}"
            tables[name] = table
            return f'"{name}"'

        return Query(self.filled(literal, listed), tables)


def _listing(node: Any, moments: int) -> str | None:
    """The mark of a table in memory that `features.windows` lists, null for another."""
    each = len(node.data.to_frame()) // moments
    weeks = {
        ("as_of",): ("moments", 0),
        ("as_of", "week", "age"): ("weeks", each),
        ("as_of", "day"): ("days", (each - 1) // 7),
    }
    found = weeks.get(tuple(node.schema.names))
    if found is None:
        return None
    return f"{_OPEN}{found[0]} {found[1]}{_CLOSE}"


def _marked(found: re.Match[str]) -> str:
    """The mark of a literal that was computed from a stand-in; others stay as they are."""
    *parts, fraction = found.groups()
    year, month, day, hour, minute, second = map(int, parts)
    own = datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")))
    place = round((own - STAND_IN) / APART)
    distance = own - STAND_IN - APART * place
    if place < 0 or abs(distance) > _FAR:
        return found[0]
    return f"{_OPEN}at {place} {distance // timedelta(microseconds=1)}{_CLOSE}"
