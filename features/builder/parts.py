"""The matrix of one moment in parts, so that the memory does not grow with the customers.

The histories lie in the order of the customers, so a part reads little more than its own rows.
The query is compiled once, and kept: its text holds two marks in the place of a part's first and
last id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd
import pyarrow as pa
from ibis.expr.types import StringValue, Table, Value

from features.builder import matrix
from features.builder.queries import query, run
from features.builder.templates import Query
from features.engine.store import Histories
from features.histories import people
from features.histories.bills.tiers import SUMS, recent_bills

CUSTOMERS = 50_000  # in a part: some of its cost does not depend on how many, its memory does
FIRST, LAST = "\ue000first", "\ue000last"  # no id holds characters of private use
BELONGS = ("group_id", "manager_id", "store_id")  # of the profile; no features, too many levels


@dataclass(frozen=True)
class MatrixPart:
    """Rows of the matrix, ordered by customer.

    They were found by looking at customers from place `start` on, of `of` in all.
    """

    rows: pd.DataFrame
    start: int
    of: int


def matrix_parts(
    histories: Histories, as_of: datetime, customers: int = CUSTOMERS
) -> Iterator[MatrixPart]:
    """The rows of `features.builder` at `as_of`, in order of customer, a part after the other.

    A part looks at so many customers who ever had a contract; it may have no row. The rows have
    those of `BELONGS` that the profile has, and where bills are delivered `SUMS`, null without a
    known bill.
    """
    query = _query(histories, as_of)
    bounds, of = _bounds(histories, customers)
    for number, (first, last) in enumerate(bounds):
        arrow = run(histories, _between(query, first, last))
        found = arrow.to_pandas(split_blocks=True, self_destruct=True)  # never all of it twice
        del arrow
        yield MatrixPart(found, number * customers, of)


def matrix_rows(histories: Histories, as_of: datetime, customers: Sequence[str]) -> pd.DataFrame:
    """The rows of these customers, as `matrix_parts` has them; none for who is not in the network.

    They are in order of customer. Each is requested by itself: this is for a handful of them.
    """
    found = _query(histories, as_of)
    rows = [run(histories, _between(found, own, own)) for own in sorted(set(customers))]
    together: pd.DataFrame = pa.concat_tables(rows).to_pandas()
    return together


def _query(histories: Histories, as_of: datetime) -> Query:
    return query(histories, [as_of], _with_others)


def _between(query: Query, first: str, last: str) -> Query:
    text = query.text.replace(_quoted(FIRST), _quoted(first)).replace(_quoted(LAST), _quoted(last))
    return replace(query, text=text)


def _with_others(histories: Histories, as_of: Sequence[datetime]) -> Table:
    """The matrix of a part, in order; with whom customers belong to, and their bills' sums."""
    table = matrix(histories, as_of, _in_part)
    profiles = histories.tables["customers"]
    own = [name for name in BELONGS if name in profiles.columns]
    if own:
        found = people.profile(profiles.filter(_in_part(profiles.customer_id)), as_of)
        table = table.left_join(found.select("customer_id", *own), "customer_id")
        table = table.drop("customer_id_right")
    if "bills" not in histories.tables:
        return table.order_by("customer_id")
    bills = histories.tables["bills"]
    sums = recent_bills(bills.filter(_in_part(bills.customer_id)), as_of)
    table = table.left_join(sums.select("customer_id", *SUMS), "customer_id")
    return table.drop("customer_id_right").order_by("customer_id")


def _in_part(customer_id: StringValue) -> Value:
    return (customer_id >= FIRST) & (customer_id <= LAST)


def _bounds(histories: Histories, customers: int) -> tuple[list[tuple[str, str]], int]:
    """The first and the last id of each part, at least one; and how many customers there are."""
    ids = histories.tables["contracts"].select("customer_id").distinct()
    found = histories.connection.con.execute(
        "with ids as (select customer_id, row_number() over (order by customer_id) - 1 as place"
        f" from ({histories.connection.compile(ids)}))"
        " select min(customer_id), max(customer_id), count(*) from ids"
        f" group by place // {customers} order by 1"
    ).fetchall()
    bounds = [(first, last) for first, last, _ in found]
    return bounds or [("", "")], sum(count for _, _, count in found)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
