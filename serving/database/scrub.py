"""Deleted rows leave the disk, not only the tables."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine

from serving.database.tables import metadata


def scrub(engine: Engine) -> None:
    """Write the database again without what was deleted.

    A file of SQLite is written again, its log emptied; PostgreSQL removes the deleted rows from its
    pages (copies in its own backups and logs end as the operator's rules for those say).
    """
    # Without our own `begin`: neither database does this within a transaction.
    own = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    try:
        with own.connect() as connection:
            if own.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
                connection.exec_driver_sql("VACUUM")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                return
            for table in metadata.sorted_tables:
                connection.exec_driver_sql(f"VACUUM {table.name}")
    finally:
        own.dispose()
