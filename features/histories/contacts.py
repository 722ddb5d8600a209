"""Contacts: who may be contacted at all, and which contacts were made, as they were known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS
from features.settings import HoldoutSettings


def in_universal_holdout(customer_id: str, holdout: HoldoutSettings) -> bool:
    """Is the customer in the permanent random share outside all commercial contact?

    Drawn by a salted hash of the id, so that it needs no store, never changes, and is
    independent of everything known of the customer.

    >>> in_universal_holdout("C0000001", HoldoutSettings(share=0.0, salt="s"))
    False
    """
    digest = hashlib.sha256(f"{holdout.salt}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < holdout.share * 2**64


def contacts(facts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a moment and treated contact known at it, aged by its first event.

    A control is drawn not to be contacted and counts as no contact, and so does what was reported
    by mistake and withdrawn. Columns: customer_id, as_of, contact_id, `age`, `days`, `at`,
    `treated` (1), `sent`, `reached`, `accepted` and `refused` (answered and not accepted), each 1
    or 0, and `sent_days` (since it was sent, or null).
    """
    seen = windows.known(windows.versions(facts, FEEDS["contacts"].key), as_of)
    seen = seen.filter(seen.arm == "treated")
    sent, answered = seen.event == "sent", seen.event == "answered"
    contacts_seen = seen.group_by("customer_id", "as_of", "contact_id")
    whole = contacts_seen.having((seen.event == "withdrawn").sum() == 0).agg(
        age=seen.age.max(),
        days=seen.days.max(),
        at=seen["at"].min(),
        sent=sent.max().cast("int64"),
        sent_days=seen.days.max(where=sent),
        reached=(seen.event == "reached").max().cast("int64"),
        accepted=(seen.event == "accepted").max().cast("int64"),
        answered=answered.max().cast("int64"),
    )
    return whole.mutate(
        treated=1, refused=((whole.answered == 1) & (whole.accepted == 0)).cast("int64")
    ).drop("answered")
