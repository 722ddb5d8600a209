"""Every table of the operational database that holds what is known of a customer."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, Table, delete, select

from serving.database.tables import metadata, person_keys

CUSTOMER = "customer_id"


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
