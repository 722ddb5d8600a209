"""The matrix of one moment in parts, so that the memory does not grow with the customers.

The histories lie in the order of the customers, so a part reads little more than its own rows.
The query is compiled once: its text holds two marks in the place of the ids that bound a part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import pandas as pd
from ibis.expr.operations import InMemoryTable
from ibis.expr.types import StringValue, Table, Value

from features.builder import Chosen, matrix
from features.engine.store import Histories
from features.histories import people
from features.histories.bills.tiers import SUMS, recent_bills

CUSTOMERS = 50_000  # in a part: some of its cost does not depend on how many, its memory does
FIRST, BEYOND = "\ue000first", "\ue000beyond"  # no id holds characters of private use
BELONGS = ("group_id", "manager_id", "store_id")  # of the profile; no features, too many levels
LAST = "\U0010ffff"  # sorts behind every id


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
    table = _with_others(histories, as_of, _in_part)
    query = _planned(histories, table.order_by("customer_id"))
    bounds, of = _bounds(histories, customers)
    for number, (first, beyond) in enumerate(pairwise(bounds)):
        text = query.replace(_quoted(FIRST), _quoted(first))
        text = text.replace(_quoted(BEYOND), _quoted(beyond))
        arrow = histories.connection.con.sql(text).to_arrow_table()
        found = arrow.to_pandas(split_blocks=True, self_destruct=True)  # never all of it twice
        del arrow
        yield MatrixPart(found, number * customers, of)


def matrix_rows(histories: Histories, as_of: datetime, customers: Sequence[str]) -> pd.DataFrame:
    """The rows of these customers, as `matrix_parts` has them; none for who is not in the network.

    They are in order of customer. The time of compiling the query is the same for one as for all.
    """
    own = list(customers)
    table = _with_others(histories, as_of, lambda customer_id: customer_id.isin(own))
    found: pd.DataFrame = histories.connection.execute(table.order_by("customer_id"))
    return found


def _with_others(histories: Histories, as_of: datetime, chosen: Chosen) -> Table:
    """The matrix of these customers; with whom they belong to, and the sums of their bills."""
    table = matrix(histories, [as_of], chosen)
    profiles = histories.tables["customers"]
    own = [name for name in BELONGS if name in profiles.columns]
    if own:
        found = people.profile(profiles.filter(chosen(profiles.customer_id)), [as_of])
        table = table.left_join(found.select("customer_id", *own), "customer_id")
        table = table.drop("customer_id_right")
    if "bills" not in histories.tables:
        return table
    bills = histories.tables["bills"]
    sums = recent_bills(bills.filter(chosen(bills.customer_id)), [as_of])
    table = table.left_join(sums.select("customer_id", *SUMS), "customer_id")
    return table.drop("customer_id_right")


def _in_part(customer_id: StringValue) -> Value:
    return (customer_id >= FIRST) & (customer_id < BEYOND)


def _planned(histories: Histories, table: Table) -> str:
    """The table's query, once the tables that live in memory are brought in.

    They are there as long as the expression that made them.
    """
    for inside in table.op().find(InMemoryTable):
        histories.connection.to_pyarrow(inside.to_expr())
    return str(histories.connection.compile(table))


def _bounds(histories: Histories, customers: int) -> tuple[list[str], int]:
    """The first id of each part and one behind the last; and how many customers there are."""
    ids = histories.tables["contracts"].select("customer_id").distinct()
    ordered = histories.connection.compile(ids.order_by("customer_id"))
    query = (
        "with ids as (select customer_id, row_number() over () - 1 as place"
        f" from ({ordered})) select customer_id, (select count(*) from ids) from ids"
        f" where place % {customers} = 0 order by place"
    )
    found = histories.connection.con.execute(query).fetchall()
    return ["", *(row[0] for row in found[1:]), LAST], found[0][1] if found else 0


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
