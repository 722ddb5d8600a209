"""Every table of the operational database."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Index, Integer, MetaData, String, Table

LONGEST_ID = 64

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("created_at", DateTime, nullable=False),
    Column("revoked_at", DateTime),
)

confirmations = Table(
    "potential_confirmations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("manager_id", String(LONGEST_ID), nullable=False),
    Column("confirmed_at", DateTime, nullable=False),
    Column("until", Date, nullable=False),
    Index(None, "customer_id"),
)
