"""Who was on the list, in which arm, and what the ledger says was done with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, select

from features.errors import LakeError, RequestRefused
from features.histories.bills.tiers import FEN
from serving.campaigns.outcomes.checking import Drawn
from serving.database.tables import contacts
from serving.decision.outcomes.reported import SENT, UNDONE, US
from serving.retention.campaign.store import MEMBERS

NEEDED = ("unit", "stratum", "margin")  # lists of earlier versions lack them
NOT_REACHED = (SENT, "no_answer")
DONE = ("contacts", "reached", "accepted", "contact_fen", "offer_fen")


def read_members(folder: Path, campaign: Drawn) -> pd.DataFrame:
    """The rows of the list, both arms, as its file keeps them; of who was erased there is none.

    Raises LakeError where the file is gone, or was made by an earlier version, RequestRefused
    (`no_control`) where it is empty.
    """
    path = folder / MEMBERS
    if not path.is_file():
        raise LakeError(f"{path} is not there; the list was removed from the home")
    found = pd.read_parquet(path)
    missing = [name for name in NEEDED if name not in found.columns]
    if missing:
        raise LakeError(
            f"{path} lacks {', '.join(missing)}: an earlier version made the list, and did not "
            "keep who was drawn together. Such a campaign has no read-out."
        )
    there = found[found["customer_id"].isin(campaign.members.keys())].reset_index(drop=True)
    if there.empty:
        raise RequestRefused("no_control", "the list is empty, so nothing can be compared")
    return there


def done_with(
    connection: Connection, campaign_id: str, channel_costs: Mapping[str, int]
) -> pd.DataFrame:
    """By customer (the index) what was done with them in the campaign.

    Columns: `contacts` (of ours), `reached` and `accepted` (flags), `contact_fen` and `offer_fen`.
    What was undone or corrected counts for nothing.
    """
    own = contacts.c
    query = select(contacts).where(own.campaign_id == campaign_id).order_by(own.id)
    rows = list(connection.execute(query))
    undone = {row.undoes for row in rows if row.undoes is not None}
    live = [row for row in rows if row.idempotency_key not in undone and row.outcome != UNDONE]
    found = pd.DataFrame(_lines(live, channel_costs), columns=["customer_id", *DONE])
    by_customer = found.groupby("customer_id")
    summed = by_customer[["contacts", "contact_fen", "offer_fen"]].sum()
    return summed.join(by_customer[["reached", "accepted"]].any())


def _lines(rows: Iterable[Row[Any]], channel_costs: Mapping[str, int]) -> list[tuple[Any, ...]]:
    return [
        (
            row.customer_id,
            int(_is_ours(row)),
            row.outcome not in NOT_REACHED,
            row.outcome in ("offer_accepted", "plan_changed"),
            _contact_fen(row, channel_costs),
            int(row.cost_fen or 0),
        )
        for row in rows
    ]


def _is_ours(row: Row[Any]) -> bool:
    return row.started_by == US and row.answers is None


def _contact_fen(row: Row[Any], channel_costs: Mapping[str, int]) -> int:
    if not _is_ours(row):
        return int(row.contact_fen or 0)
    return channel_costs.get(row.channel, 0) if row.contact_fen is None else int(row.contact_fen)


def with_what_was_done(members: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """The members with the columns of `done_with`, `cost` in the currency's unit among them."""
    found = members.join(done, on="customer_id")
    for name in ("contacts", "contact_fen", "offer_fen"):
        found[name] = found[name].fillna(0).astype(np.int64)
    for name in ("reached", "accepted"):
        found[name] = found[name].eq(other=True)
    found["cost"] = (found["contact_fen"] + found["offer_fen"]) / FEN
    return found
