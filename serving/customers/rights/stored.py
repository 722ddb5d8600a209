"""Every table of the operational database that holds what is known of a customer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, RowMapping, Table, delete, select

from serving.database.tables import (
    alarms,
    managers,
    metadata,
    person_keys,
    task_notes,
    tasks,
    views,
)

CUSTOMER = "customer_id"
# Texts that people write, or read.
WRITTEN = {
    views: ("name", "content"),
    alarms: ("detail",),
    managers: ("name", "note"),
    tasks: ("text", "reason"),
    task_notes: ("text",),
}


def tables_of_persons() -> list[Table]:
    """All tables with a customer's id but for the audit's keys; those that refer to others first.

    A new table is among them by its column.
    """
    ordered = reversed(metadata.sorted_tables)
    return [table for table in ordered if CUSTOMER in table.c and table is not person_keys]


def forget_everyone(engine: Engine) -> None:
    """Delete every customer's rows, as when the operator was a simulated one and is gone."""
    with engine.begin() as connection:
        for table in tables_of_persons():
            connection.execute(delete(table))


def is_known(connection: Connection, customer_id: str) -> bool:
    """Whether any table holds something of this customer."""
    return any(
        connection.execute(
            select(table.c[CUSTOMER]).where(table.c[CUSTOMER] == customer_id).limit(1)
        ).first()
        for table in (*tables_of_persons(), person_keys)
    )


def word_of(customer_id: str) -> re.Pattern[str]:
    """The id where it stands alone: C1 does not stand in C10."""
    return re.compile(rf"(?<![\w-]){re.escape(customer_id)}(?![\w-])")


def mentions(connection: Connection, customer_id: str) -> Iterator[tuple[Table, RowMapping]]:
    """The rows that are not about the customer, and in whose texts they are named."""
    word = word_of(customer_id)
    for table, names in WRITTEN.items():
        for row in connection.execute(select(table)).mappings().all():
            is_own = row.get(CUSTOMER) == customer_id
            if not is_own and any(word.search(row[name] or "") for name in names):
                yield table, row
