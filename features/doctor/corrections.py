"""How many rows of a feed correct another one: rows less facts.

A fact is told by its key (`features.feeds`). Usage and calls have too many to be held at once;
their key ends with the day, so that `DAYS` days of one customer (and other party) are the bits
of one number.
"""

from __future__ import annotations

from typing import Any

from ibis.expr.types import Table

from features.feeds import Feed
from features.imports.checks import quoted

DAYS = 64


def corrections(connection: Any, rows: Table, feed: Feed, count: int) -> int:
    """Of `count` rows those that speak of a fact another row speaks of."""
    if feed.key[-1] == "day":
        facts = _facts_by_day(connection, rows, feed)
    else:
        facts = int(connection.execute(rows.select(*feed.key).distinct().count()))
    return count - facts


def _facts_by_day(connection: Any, rows: Table, feed: Feed) -> int:
    of = ", ".join(quoted(name) for name in feed.key[:-1])
    # No Ibis function counts bits.
    ((facts,),) = connection.con.execute(
        f"SELECT sum(bit_count(days)) FROM ("
        f"SELECT bit_or(1::UBIGINT << (number % {DAYS})::UBIGINT) AS days FROM ("
        f"SELECT {of}, date_diff('day', DATE '0001-01-01', day) AS number "
        f"FROM ({connection.compile(rows)})) GROUP BY {of}, number // {DAYS})"
    ).fetchall()
    return int(facts)
