"""Looks at what a campaign brought: each state of the data that anyone looked at counts once."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select

from serving.database.tables import contacts, looks


def data_of(connection: Connection, campaign_id: str, *known: Any) -> str:
    """A hash of what a read-out rests on: the ledger's rows of the campaign, and `known`."""
    own = contacts.c
    query = select(func.count(), func.max(own.id)).where(own.campaign_id == campaign_id)
    ledger = list(connection.execute(query).one())
    return sha256(json.dumps([ledger, *known], default=str).encode()).hexdigest()


def look(connection: Connection, campaign_id: str, data: str, caller: str, now: datetime) -> int:
    """Keep the look, unless the same data were looked at before; how many looks there are.

    To be called under the audit's lock, so that of two equal looks the second sees the first.
    """
    own = looks.c
    seen = select(own.id).where(own.campaign_id == campaign_id, own.data_sha256 == data)
    if connection.execute(seen).first() is None:
        row = {"campaign_id": campaign_id, "data_sha256": data, "at": now, "caller": caller}
        connection.execute(insert(looks).values(row))
    return looked(connection, campaign_id)


def looked(connection: Connection, campaign_id: str) -> int:
    """How many looks at the campaign were taken."""
    query = select(func.count()).select_from(looks).where(looks.c.campaign_id == campaign_id)
    return int(connection.execute(query).scalar_one())
