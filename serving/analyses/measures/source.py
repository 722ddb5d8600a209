"""What a source of measures is: a table of rows that add up, and from which feeds it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ibis.expr.types import IntegerValue, Table, Value

from serving.analyses.lake import Lake


@dataclass(frozen=True)
class Source:
    """Rows with customer_id, `as_of` (the period's end) and measures that are summed.

    `feeds` must be there. `gives` names all measures; one whose column is not delivered is absent
    from the rows. `dimensions` are the rows' own ones, beside those of the customer. `from_feed`
    is the feed without whose facts a period is not known, null where it always is. `has_tiers`: it
    reads where the value tiers begin.
    """

    feeds: tuple[str, ...]
    gives: tuple[str, ...]
    rows: Callable[[Lake], Table]
    dimensions: tuple[str, ...] = ()
    from_feed: str | None = None
    has_tiers: bool = False


def one_if(holds: Value) -> IntegerValue:
    """1 where it holds, else 0, null counting as not."""
    return holds.fill_null(False).cast("int64")


def sums_by_customer(rows: Table, measures: Sequence[str]) -> Table:
    """One row a customer and period with the sums of the measures."""
    return rows.group_by("customer_id", "as_of").agg(
        {name: rows[name].sum().cast("int64") for name in measures}
    )


def own_columns(rows: Table, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns that the feed has."""
    return tuple(name for name in names if name in rows.columns)
