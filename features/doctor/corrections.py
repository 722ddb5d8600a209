"""How many rows of a feed correct another one: rows less facts.

A fact is told by its key (`features.feeds`). Usage and calls have too many to be held at once;
their key ends with the day, so that the days of one customer (and other party) are one string
of bits.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ibis.expr.types import Table

from features.feeds import Feed
from features.imports.checks import literal, quoted


def corrections(
    connection: Any, rows: Table, feed: Feed, count: int, first: date, last: date
) -> int:
    """Of `count` rows those that speak of a fact another row speaks of.

    `first` and `last` are the first and the last day that the rows speak of.
    """
    if feed.key[-1] == "day":
        facts = _facts_by_day(connection, rows, feed, first, last)
    else:
        facts = int(connection.execute(rows.select(*feed.key).distinct().count()))
    return count - facts


def _facts_by_day(connection: Any, rows: Table, feed: Feed, first: date, last: date) -> int:
    of = ", ".join(quoted(name) for name in feed.key[:-1])
    number = f"date_diff('day', DATE {literal(f'{first:%F}')}, day)"
    # No engine but DuckDB has it, and no Ibis function: see the module.
    ((facts,),) = connection.con.execute(
        f"SELECT sum(facts) FROM (SELECT bit_count(bitstring_agg({number}, 0, "
        f"{(last - first).days})) AS facts FROM ({connection.compile(rows)}) GROUP BY {of})"
    ).fetchall()
    return int(facts)
