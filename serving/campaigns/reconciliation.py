"""Where two records of a campaign differ: the ledger's, and a file's or the lake's feed.

A contact is compared by how far it went: sent, reached, answered, accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from features import lake, windows
from features.engine.store import connect
from features.feeds import CONTACT_EVENTS, FEEDS
from serving.campaigns.facts import contact_facts
from serving.campaigns.outcomes.checking import Drawn, drawn
from serving.campaigns.outcomes.file import read_outcomes
from serving.retention.drawing.arms import CONTROL, TREATED
from serving.retention.retention_settings import retention_settings

WITHDRAWN, ASSIGNED = "withdrawn", "assigned"
FURTHEST = {name: place for place, name in enumerate(CONTACT_EVENTS) if name != WITHDRAWN}
# How far a contact went by what the file calls its result.
WENT = {
    "sent": "sent",
    "no_answer": "sent",
    "reached": "reached",
    "refused": "answered",
    "accepted": "accepted",
}
KINDS = (
    "only_file", "only_ledger", "differs", "not_on_the_list", "control_contacted",
    "not_contacted",
)  # fmt: skip
Contacts = Mapping[str, tuple[str, str]]  # by contact_id the customer, and how far it went


@dataclass(frozen=True)
class Difference:
    """One row: of which contact and customer, what differs, and what each record says, or null."""

    kind: str
    contact_id: str | None
    customer_id: str
    file: str | None
    ledger: str | None


@dataclass(frozen=True)
class Reconciled:
    """All differences of a campaign, in order of kind, customer and contact; `compared`: with what.

    `same`: how many contacts both records have alike.
    """

    campaign: str
    compared: str
    same: int
    differences: tuple[Difference, ...]

    def to_json(self) -> dict[str, Any]:
        counts = Counter(own.kind for own in self.differences)
        return {
            "campaign": self.campaign,
            "compared": self.compared,
            "same": self.same,
            "counts": {kind: counts.get(kind, 0) for kind in KINDS},
            "rows": [asdict(own) for own in self.differences],
        }


def reconcile(
    home: Path, connection: Connection, campaign_id: str, now: datetime, file: Path | None = None
) -> Reconciled:
    """Compare the ledger with the file of outcomes, or without one with the lake's feed.

    Raises RequestRefused (`unknown_campaign`, `conflict`), ImportRefused, LakeError.
    """
    campaign = drawn(connection, campaign_id)
    settings = retention_settings(home)
    costs = {name: own.cost_fen for name, own in settings.channels.items()}
    ledger = _of_facts(contact_facts(connection, costs, now), campaign_id)
    if file is None:
        other = _of_facts(_feed(home, now), campaign_id)
    else:
        lines = read_outcomes(file, settings, now).lines
        other = {
            line.contact_id: (line.customer_id, WENT[line.result])
            for line in sorted(lines, key=lambda line: (line.at, line.number))
            if line.campaign_id == campaign_id
        }
    rows = [*_between(other, ledger), *_beside(other, ledger, campaign)]
    rows.sort(key=lambda own: (KINDS.index(own.kind), own.customer_id, own.contact_id or ""))
    same = sum(ledger.get(key) == own for key, own in other.items())
    return Reconciled(campaign_id, "feed" if file is None else file.name, same, tuple(rows))


def _of_facts(facts: pd.DataFrame, campaign_id: str) -> Contacts:
    """The campaign's contacts that were made, and not withdrawn."""
    own = facts[facts["campaign"] == campaign_id]
    withdrawn = set(own.loc[own["event"] == WITHDRAWN, "contact_id"])
    made = own[~own["event"].isin([ASSIGNED, WITHDRAWN]) & ~own["contact_id"].isin(withdrawn)]
    made = made.assign(far=made["event"].map(FURTHEST)).sort_values("far", kind="stable")
    last = made.drop_duplicates("contact_id", keep="last")
    return {
        str(row.contact_id): (str(row.customer_id), str(row.event))
        for row in last.itertuples(index=False)
    }


def _feed(home: Path, now: datetime) -> pd.DataFrame:
    """The facts of the lake's feed as known now."""
    manifest = {own: feed for own, feed in lake.read_manifest(home).items() if own == "contacts"}
    if not manifest:
        return pd.DataFrame(columns=["campaign", "event", "contact_id", "customer_id"])
    connection = connect(home)
    facts = lake.open_delivered(connection, home, manifest)["contacts"]
    seen = windows.known(windows.versions(facts, FEEDS["contacts"].key), [now])
    found: pd.DataFrame = connection.execute(
        seen.select("campaign", "event", "contact_id", "customer_id")
    )
    return found


def _between(other: Contacts, ledger: Contacts) -> list[Difference]:
    found: list[Difference] = []
    for key in {*other, *ledger}:
        theirs, ours = other.get(key), ledger.get(key)
        if theirs == ours:
            continue
        customer_id = (theirs or ours or ("", ""))[0]
        kind = "only_ledger" if theirs is None else "only_file" if ours is None else "differs"
        shown = [None if own is None else own[1] for own in (theirs, ours)]
        found.append(Difference(kind, key, customer_id, *shown))
    return found


def _beside(other: Contacts, ledger: Contacts, campaign: Drawn) -> list[Difference]:
    """Contacts of those whom the draw did not send, and the treated without a contact."""
    found: list[Difference] = []
    contacted: set[str] = set()
    for key in {*other, *ledger}:
        theirs, ours = other.get(key), ledger.get(key)
        customer_id = (theirs or ours or ("", ""))[0]
        contacted.add(customer_id)
        member = campaign.members.get(customer_id)
        shown = [None if own is None else own[1] for own in (theirs, ours)]
        if member is None:
            found.append(Difference("not_on_the_list", key, customer_id, *shown))
        elif member.arm == CONTROL:
            found.append(Difference("control_contacted", key, customer_id, *shown))
    found += [
        Difference("not_contacted", None, own.customer_id, None, None)
        for own in campaign.members.values()
        if own.arm == TREATED and own.customer_id not in contacted
    ]
    return found
