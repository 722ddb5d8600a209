"""What happened to the arms that should not have: contacts of controls, contacts by others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, select

from serving.database.tables import contacts
from serving.decision.outcomes.reported import UNDONE, US
from serving.retention.drawing.arms import CONTROL, TREATED


@dataclass(frozen=True)
class Holding:
    """`crossovers`: controls whom the campaign reached or who came by themselves and were served.

    `elsewhere`: by arm the members whom another campaign or contact of ours got during the window.
    `untouched`: the treated without a contact.
    """

    crossovers: int
    elsewhere: Mapping[str, int]
    untouched: int

    @property
    def is_broken(self) -> bool:
        """Whether any hold was: a member was contacted by another one."""
        return any(self.elsewhere.values())


def holding(
    connection: Connection,
    members: pd.DataFrame,
    campaign_id: str,
    since: datetime,
    until: datetime,
) -> Holding:
    """Of these members (customer_id, arm, reached, contacts), from launch to the window's end."""
    others = _contacted_elsewhere(connection, campaign_id, since, until)
    is_elsewhere = members["customer_id"].isin(others)
    is_control, is_treated = (members["arm"] == arm for arm in (CONTROL, TREATED))
    touched = members["reached"] | members["contacts"].gt(0)
    return Holding(
        crossovers=int((is_control & touched).sum()),
        elsewhere={
            arm: int((is_elsewhere & (members["arm"] == arm)).sum()) for arm in (CONTROL, TREATED)
        },
        untouched=int((is_treated & ~touched).sum()),
    )


def _contacted_elsewhere(
    connection: Connection, campaign_id: str, since: datetime, until: datetime
) -> set[str]:
    """Whom we contacted in the window otherwise than for the campaign."""
    own = contacts.c
    query = select(own.customer_id, own.campaign_id).where(
        own.at >= since, own.at < until, own.started_by == US, own.outcome != UNDONE
    )
    rows = connection.execute(query)
    return {row.customer_id for row in rows if row.campaign_id != campaign_id}
