"""Customers who object to automated decisions: their predictions are shown to no caller."""

from __future__ import annotations

from sqlalchemy import Engine, select

from serving.database.tables import objections


def objectors(engine: Engine) -> tuple[str, ...]:
    """Their ids, in order; an objection that was withdrawn no longer counts."""
    columns = objections.c
    query = select(columns.customer_id).where(columns.withdrawn_at.is_(None)).distinct()
    with engine.connect() as connection:
        return tuple(connection.execute(query.order_by(columns.customer_id)).scalars())
