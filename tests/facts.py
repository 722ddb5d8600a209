"""A small operator for tests: facts written down one by one, and what the features make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.operations import InMemoryTable
from ibis.expr.types import Table

import features
from features.builder import matrix
from features.catalogue import available
from features.engine.history_tables import steps_for
from features.engine.store import TOPIC, Histories
from features.feeds import CLOCKS, FEEDS
from features.imports.sources import ImportReport, import_feeds
from features.settings import FeatureSettings, HoldoutSettings, TierSettings, read_toml
from features.topics import Script, Topics, openings, with_topics

ARROW = {
    "string": pa.string(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
LAG_DAYS = 2
SETTINGS = read_toml(Path(features.__file__).parent / "settings.toml", FeatureSettings)
TIERS = TierSettings("vip_individual", (0.6, 0.85, 0.97), (666, 1500, 3000), (1000, 5000, 20000))
# Topics that tests know by heart: the word "aaaa" is topic 1, ..., "ffff" topic 6.
WORDS = tuple(4 * letter for letter in "abcdef")
TOPICS = Topics(
    datetime(2024, 1, 1),
    None,
    Script(
        texts=100,
        vocabulary=WORDS,
        idf=(1.0,) * len(WORDS),
        components=tuple(tuple(float(a == b) for b in WORDS) for a in WORDS),
        top_terms=tuple((word,) for word in WORDS),
    ),
)
TOPICS_SCHEMA = ibis.schema(
    {
        "customer_id": "string",
        "complaint_id": "string",
        "event": "string",
        "event_time": "timestamp(6)",
        "known_at": "timestamp(6)",
        "topic": "int64",
    }
)
MONDAY = datetime(2025, 6, 2)
Row = dict[str, Any]
Rows = dict[tuple[str, datetime], Row]
Fact = tuple[str, Row]  # the feed, and all its columns


def day(number: float, hour: float = 0) -> datetime:
    """The moment `number` days after `MONDAY` (before it if negative), at `hour`."""
    return MONDAY + dt.timedelta(days=number, hours=hour)


# The moments that tests query; each other set costs seconds of compiling.
MOMENTS = tuple(day(number) for number in (-28, -14, -7, -2, -1, 0, 1, 2, 3, 7, 14))

# What a fact says where a test does not say it.
USUAL: dict[str, Row] = {
    "customers": {
        "birth_year": 1990,
        "city": "A",
        "brand": None,
        "payment_mode": "postpaid",
        "group_id": None,
        "manager_id": None,
        "consent": True,
    },
    "contracts": {"plan": None, "contract_end": None},
    "usage": {
        "voice_out_s": 0,
        "sms": 0,
        "data_kb": 0,
        "voice_in_s": 0,
        "voice_rival_s": 0,
        "roaming_s": 0,
        "dropped_calls": 0,
        "rival_hotline_calls": 0,
    },
    "bills": {"revenue_fen": 0, "due": None, "cost_fen": 0},
    "payments": {"amount_fen": 1},
    "complaints": {"category": None, "severity": None, "rating": None, "text": None},
    "surveys": {"channel": None, "text": None},
    "contacts": {"campaign": "K1", "arm": "treated", "channel": None, "offer": None},
    "calls": {"seconds": 60, "calls": 1},
    "plans": {
        "payment_mode": "postpaid",
        "brand": None,
        "fee_fen": 5000,
        "allowance_kb": 10_000_000,
        "overage_fen_gb": 300,
        "allowance_s": 6000,
        "voice_fen_min": 10,
    },
    "offers": {"name": None, "payment_mode": None, "cost_fen": 0, "months": None},
}
CATALOGUES = ("plans", "offers")  # they speak of no customer


def fact(
    feed: str, customer_id: str, event_time: datetime, known_at: datetime | None = None, **own: Any
) -> Fact:
    """One fact; known when it happened unless `known_at` is said.

    In the catalogues `customer_id` is the plan's or the offer's name.
    """
    clocks = {"event_time": event_time, "known_at": known_at or event_time}
    name = FEEDS[feed].key[0] if feed in CATALOGUES else "customer_id"
    return feed, {name: customer_id, **USUAL[feed], **own, **clocks}


def used(
    customer_id: str, number: int, known: float | None = None, *, ended: float = 0.999, **own: Any
) -> Fact:
    """Use on the day `number`, known on day `known` (default: 3 h after the day is over)."""
    known_at = day(number + 1, 3) if known is None else day(known)
    return fact("usage", customer_id, day(number + ended), known_at, day=day(number).date(), **own)


def joined(customer_id: str, number: float = -200, **profile: Any) -> list[Fact]:
    """A customer with a profile and a contract from day `number` on."""
    return [
        fact("customers", customer_id, day(number), **profile),
        fact("contracts", customer_id, day(number), event="started", plan="P1"),
    ]


class Operator:
    """A small operator in memory: `load` facts, then query the one builder for `rows`.

    `without` names feeds and columns (`bills`, `usage.sms`) that it does not deliver. Compiling
    the matrix takes far longer than running it on ten rows, so each question is compiled and
    planned once.
    """

    def __init__(self, without: Collection[str] = (), lag_days: int = LAG_DAYS) -> None:
        connection = ibis.duckdb.connect(threads=1)
        self._feeds = {name: _schema(name, without) for name in FEEDS if name not in without}
        feeds = {
            name: connection.create_table(f"feed_{name}", schema=ibis.Schema.from_pyarrow(schema))
            for name, schema in self._feeds.items()
        }
        tables, self._made = dict(feeds), {}
        for step in steps_for(feeds):
            made = step.make(tables, lag_days)
            self._made[step.name] = (step.feeds, connection.compile(made))
            tables[step.name] = connection.create_table(step.name, schema=made.schema())
        self._has_topics = (
            "text" in tables["complaints"].columns if "complaints" in tables else False
        )
        columns = frozenset(f"{name}.{column}" for name in feeds for column in feeds[name].columns)
        if self._has_topics:
            tables["topics"] = connection.create_table("topics", schema=TOPICS_SCHEMA)
            columns |= {TOPIC}
        settings = replace(
            SETTINGS, usage_lag_days=lag_days, holdout=HoldoutSettings(0.0, "salt"), tiers=TIERS
        )
        self.histories = Histories(connection, tables, available("CNY", columns), settings, "test")
        self._questions: dict[Hashable, tuple[Table, str]] = {}  # and the name of its plan

    def load(self, facts: Iterable[Fact]) -> None:
        """Forget all facts and take these, in this order."""
        rows: dict[str, list[Row]] = {name: [] for name in self._feeds}
        for feed, row in facts:
            if feed in rows:
                rows[feed].append(row)
        raw = self.histories.connection.con
        for name, schema in self._feeds.items():
            raw.execute(f"DELETE FROM feed_{name}")
            raw.register("incoming", pa.Table.from_pylist(rows[name], schema=schema))
            raw.execute(f"INSERT INTO feed_{name} SELECT * FROM incoming")
            raw.unregister("incoming")
        for name, (inputs, query) in self._made.items():
            raw.execute(f"DELETE FROM {name}")
            if any(rows[feed] for feed in inputs):
                raw.execute(f"INSERT INTO {name} {query}")
        if self._has_topics:
            raw.execute("DELETE FROM topics")
        if self._has_topics and rows["complaints"]:
            opened = openings(self.histories.tables["complaints"]).to_pyarrow()
            raw.register("incoming", with_topics(TOPICS, opened))
            raw.execute("INSERT INTO topics BY NAME SELECT * FROM incoming")
            raw.unregister("incoming")

    def rows(
        self,
        as_of: Sequence[datetime],
        customers: Sequence[str] | None = None,
        of: Sequence[str] = (),
    ) -> Rows:
        """The matrix as plain values by customer and moment.

        `of` names the streams whose features are wanted, all if none: few are much faster.
        """
        wanted = None if customers is None else tuple(customers)
        question = ("matrix", tuple(as_of), wanted, tuple(of))
        histories = self.histories
        if of:
            some = tuple(feature for feature in histories.features if feature.stream in of)
            histories = replace(histories, features=some)
        listed = self.query(question, lambda: matrix(histories, as_of, wanted))
        found = {(row.pop("customer_id"), row.pop("as_of")): row for row in listed}
        assert len(found) == len(listed), "a customer has two rows of one moment"
        return found

    def query(self, question: Hashable, expression: Callable[[], Table]) -> list[Row]:
        """The rows of an expression over `histories.tables`; one question, one expression."""
        connection = self.histories.connection
        if question not in self._questions:
            table, plan = expression(), f"question_{len(self._questions)}"
            # Reading them through Ibis brings in the tables that live in memory, for as long as
            # the expression lives.
            for inside in table.op().find(InMemoryTable):
                connection.to_pyarrow(inside.to_expr())
            connection.con.execute(f"PREPARE {plan} AS {connection.compile(table)}")
            self._questions[question] = (table, plan)
        cursor = connection.con.execute(f"EXECUTE {self._questions[question][1]}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


@cache
def operator(without: frozenset[str] = frozenset(), lag_days: int = LAG_DAYS) -> Operator:
    """One operator for all tests that want the same feeds: each test loads its own facts."""
    return Operator(without, lag_days)


def rows(
    facts: Iterable[Fact],
    as_of: Sequence[datetime] = MOMENTS,
    customers: Sequence[str] | None = None,
    of: Sequence[str] = (),
) -> Rows:
    """The features of an operator with these facts, by customer and moment (see `Operator`)."""
    loaded = operator()
    loaded.load(facts)
    return loaded.rows(as_of, customers, of)


def stream(
    make: Callable[[Table, Sequence[datetime]], Table],
    feed: str,
    facts: Iterable[Fact],
    as_of: Sequence[datetime] = (MONDAY,),
) -> list[Row]:
    """The rows of a history's stream, of these facts of one feed, in order of customer."""
    loaded = operator()
    loaded.load(facts)
    tables = loaded.histories.tables
    found = loaded.query((make, feed, tuple(as_of)), lambda: make(tables[feed], as_of))
    return sorted(found, key=lambda row: (row["customer_id"], row["as_of"]))


def import_facts(home: Path, facts: Iterable[Fact], folder: Path) -> ImportReport:
    """Import the facts into a home, in this order, by way of Parquet files in `folder`."""
    folder.mkdir(parents=True)
    mapping = ["max_bad_share = 0.0"]
    rows: dict[str, list[Row]] = {}
    for feed, row in facts:
        rows.setdefault(feed, []).append(row)
    for feed in rows:
        table = pa.Table.from_pylist(rows[feed], schema=_schema(feed, ()))
        pq.write_table(table, folder / f"{feed}.parquet")
        mapping += [f"[feed.{feed}]", f"sql = \"from '{feed}.parquet'\""]
        mapping += [f'{clock} = "{clock}"' for clock in CLOCKS]
    agreed = folder / "mapping.toml"
    agreed.write_text("\n".join(mapping), "utf-8")
    return import_feeds(home, agreed, folder, now=datetime(2026, 1, 1))


def files_of(folder: Path) -> dict[str, bytes]:
    """The content of every file in a folder and those below it, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _schema(feed: str, without: Collection[str]) -> pa.Schema:
    columns = [
        (column.name, ARROW[column.type])
        for column in FEEDS[feed].columns
        if (not column.optional or column.name in USUAL[feed])
        and f"{feed}.{column.name}" not in without
    ]
    return pa.schema([*columns, *((clock, ARROW["timestamp"]) for clock in CLOCKS)])
