"""The last commercial contact of each customer: the ledger and the feed alike, as known now.

Of the ledger it is what counts against the cap, however long ago: the commercial outcomes, and all
of campaigns, unless undone. Of the feed it is the contacts of the treated, delivered or posted; who
was only drawn (`assigned`) takes up the cap already, and was not contacted yet. A contact is of the
moment at which it was sent, or, while that is not known, of the first sign that it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import pandas as pd
from ibis.expr.types import Table
from sqlalchemy import Connection

from features import lake, windows
from features.engine.store import connect
from features.feeds import FEEDS
from serving.retention.retention_settings import RuleSettings
from serving.retention.rules.recorded import TREATED, Reader
from serving.service_settings import serving_settings

LAST = ("last_contact", "last_channel")
NOT_YET = "assigned"
FACTS = ibis.schema(
    {
        "customer_id": "string", "contact_id": "string", "event_time": "timestamp(6)",
        "channel": "string",
    }
)  # fmt: skip


def last_contacts(
    home: Path,
    connection: Connection,
    customer_ids: Sequence[str],
    settings: RuleSettings,
    as_of: datetime,
    now: datetime,
) -> pd.DataFrame:
    """`LAST` of these customers, in their order: the day as a text and the channel, else null.

    The lake is read as it is known at `now`, or at the night `as_of` where that is later.
    """
    database = connect(home)
    facts = ibis.memtable(_recorded(home, connection, settings, now), schema=FACTS)
    if lake.has_feed(home, "contacts"):
        delivered = lake.open_feed(database, home, "contacts")
        facts = facts.union(_delivered(delivered, max(as_of, now)))
    wanted = ibis.memtable(
        {"customer_id": list(customer_ids), "place": list(range(len(customer_ids)))},
        schema=ibis.schema({"customer_id": "string", "place": "int64"}),
    )
    last = _last(facts.semi_join(wanted, "customer_id"))
    found: pd.DataFrame = database.execute(
        wanted.left_join(last, "customer_id").order_by("place").select(*LAST)
    )
    return found.astype(object).where(found.notna(), None)


def _delivered(contacts: Table, moment: datetime) -> Table:
    """The lake's facts of contacts that were made, as known at the moment."""
    seen = windows.known(windows.versions(contacts, FEEDS["contacts"].key), [moment])
    seen = seen.filter(seen.arm == TREATED, seen.event != NOT_YET)
    return seen.select(
        "customer_id", "contact_id", seen.event_time.cast("timestamp(6)").name("event_time"),
        "channel",
    )  # fmt: skip


def _recorded(
    home: Path, connection: Connection, settings: RuleSettings, now: datetime
) -> pd.DataFrame:
    """What the database has: of each customer the ledger's last contact, and what was posted."""
    reader = Reader(connection, now)
    rows = list(reader.last_contacted(settings.counted))
    since = now - timedelta(days=serving_settings(home).events.max_age_days)
    for fact in reader.posted(since):
        own = fact.fields
        if fact.feed == "contacts" and own.get("arm") == TREATED and own.get("event") != NOT_YET:
            rows.append(
                (fact.customer_id, str(own["contact_id"]), fact.event_time, own.get("channel"))
            )
    return pd.DataFrame(rows, columns=list(FACTS.names))


def _last(facts: Table) -> Table:
    """customer_id and `LAST` of who was contacted."""
    each = facts.group_by("customer_id", "contact_id").agg(
        at=facts.event_time.min(), by=facts.channel.argmin(facts.event_time)
    )
    return each.group_by("customer_id").agg(
        last_contact=each["at"].max().strftime("%Y-%m-%d"), last_channel=each.by.argmax(each["at"])
    )
