"""Facts posted at the counter, counted in a replay as known from the moment they were posted.

Written apart from the counter's own way of doing so, over the same builder: what a posted fact's
feed can change is built at the decision's moment, all else stays the night's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from ibis.expr.operations import UnboundTable
from ibis.expr.types import Table
from sqlalchemy import Engine, select

from features import windows
from features.builder import FACTS_OF
from features.builder.parts import matrix_rows
from features.engine.store import Histories
from features.engine.streams import StreamRequest
from features.feeds import FEEDS
from features.histories.bills import accounts
from features.topics import Topics, openings, with_topics
from serving.database.tables import events

NIGHTLY = ("days", "weeks", "group", "neighbours", "city")  # of use, and of other customers too


@dataclass(frozen=True)
class PostedFact:
    """One fact of `feed`: its columns by name, the clocks and the customer among them."""

    feed: str
    row: Mapping[str, Any]

    @property
    def known_at(self) -> datetime:
        known_at: datetime = self.row["known_at"]
        return known_at

    def is_same(self, delivered: Mapping[str, Any]) -> bool:
        """Whether the operator's extract speaks of this fact: its key, or its key on that day."""
        return all(_day(self.row[name]) == _day(delivered[name]) for name in FEEDS[self.feed].key)


def posted_facts(engine: Engine, customer_id: str, until: datetime) -> list[PostedFact]:
    """What was posted about the customer before `until`, the oldest first."""
    own = events.c
    query = select(own.feed, own.event_time, own.known_at, own.content).where(
        own.customer_id == customer_id, own.known_at < until
    )
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(own.id)).all()
    return [
        PostedFact(
            row.feed,
            {
                **json.loads(row.content)["fields"],
                "customer_id": customer_id,
                "event_time": row.event_time,
                "known_at": row.known_at,
            },
        )
        for row in rows
    ]


def with_posted(
    histories: Histories,
    night: pd.DataFrame,
    posted: Sequence[PostedFact],
    moment: datetime,
    topics: Topics | None,
) -> pd.DataFrame | None:
    """The customer's row of the `night` with what was posted by `moment`; null where that is none.

    `night` is one row of `matrix_rows`. A fact that the extract had brought before the night's
    moment changes nothing; one that it brought since is the extract's.
    """
    as_of = night["as_of"].iloc[0].to_pydatetime()
    customer_id = str(night["customer_id"].iloc[0])
    feeds, tables = set[str](), dict(histories.tables)
    for feed in sorted({fact.feed for fact in posted} & tables.keys()):
        lake = tables[feed].filter(tables[feed].customer_id == customer_id)
        known = histories.connection.execute(lake.filter(lake.known_at < moment)).to_dict("records")
        own = [fact for fact in posted if fact.feed == feed]
        new = [one for one in own if not _known_before(one, known, as_of)]
        if new:
            feeds.add(feed)
            kept = [one.row for one in new if not _known_before(one, known, moment)]
            tables |= _added(tables, feed, customer_id, kept, topics)
    if not feeds:
        return None
    now = matrix_rows(replace(histories, tables=tables), moment, [customer_id])
    changed = _features_of(histories, feeds)
    return None if now.empty else night.assign(**{name: now[name] for name in changed})


def _known_before(
    fact: PostedFact, delivered: Sequence[Mapping[str, Any]], moment: datetime
) -> bool:
    return any(fact.is_same(row) and row["known_at"] < moment for row in delivered)


def _added(
    tables: Mapping[str, Table],
    feed: str,
    customer_id: str,
    rows: Sequence[Mapping[str, Any]],
    topics: Topics | None,
) -> dict[str, Table]:
    """The customer's facts of the feed with these, and the tables that are computed from them."""
    lake = tables[feed].filter(tables[feed].customer_id == customer_id)
    bare = lake.drop("superseded_at")
    fresh = _table(rows, bare)
    found = {feed: windows.versions(ibis.union(bare, fresh), FEEDS[feed].key)}
    if feed == "payments" and "bills" in tables:
        own_bills = tables["bills"].filter(tables["bills"].customer_id == customer_id)
        found["settlements"] = accounts.settlements(own_bills, found[feed])
    if feed == "complaints" and "topics" in tables and topics is not None:
        own = with_topics(topics, openings(fresh).to_pyarrow())
        about = tables["topics"]
        found["topics"] = ibis.union(about, ibis.memtable(own, schema=about.schema()))
    return found


def _table(rows: Sequence[Mapping[str, Any]], like: Table) -> Table:
    """These rows with the columns and types of another table."""
    schema = like.schema().to_pyarrow()
    schema = pa.schema([own.with_nullable(True) for own in schema])
    typed = [{own.name: _typed(row.get(own.name), own.type) for own in schema} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(typed, schema), schema=like.schema())


def _typed(value: Any, kind: pa.DataType) -> Any:
    return date.fromisoformat(value) if value is not None and pa.types.is_date(kind) else value


def _features_of(histories: Histories, feeds: set[str]) -> list[str]:
    """The features that facts of these feeds can change, whatever else they are computed from."""
    unbound = {name: ibis.table(own.schema(), name=name) for name, own in histories.tables.items()}
    if "payments" in unbound and "bills" in unbound:
        unbound["settlements"] = accounts.settlements(unbound["bills"], unbound["payments"])
    request = StreamRequest(unbound, unbound, [datetime(2000, 1, 1)], 1, histories.settings)
    streams = {feature.stream for feature in histories.features} - set(NIGHTLY)
    changed = {name for name in streams if feeds & _read_by(request, name)}
    return [feature.name for feature in histories.features if feature.stream in changed]


def _read_by(request: StreamRequest, stream: str) -> set[str]:
    tables = request.stream(stream).op().find(UnboundTable)
    return {FACTS_OF.get(own.name, own.name) for own in tables}


def _day(value: Any) -> Any:
    """A moment's local day: an extract may know no more of it."""
    return value.date() if isinstance(value, datetime) else value
