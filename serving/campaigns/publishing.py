"""The campaigns' facts into the lake, as an import like any other: the night does it first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine, select

from features.disk.locks import writing
from features.feeds import CLOCKS, FEEDS
from features.home import Home
from features.imports.sources import import_feeds
from features.lake import read_manifest
from features.progress import Progress, silent
from serving.campaigns.facts import contact_facts
from serving.database import opened
from serving.database.tables import holds
from serving.retention.retention_settings import retention_settings
from serving.service_settings import serving_settings

FEED = "contacts"
MAPPING = """\
max_bad_share = 0.0

[feed.contacts]
sql = "select * from 'contacts.parquet'"
event_time = "event_time"
known_at = "known_at"
"""
TYPES = {"string": pa.string(), "int64": pa.int64()}


@dataclass(frozen=True)
class Published:
    """How many facts the ledger gave, and how many of them the lake did not have."""

    facts: int
    new: int


def publish_contacts(
    home: Path, engine: Engine, now: datetime, progress: Progress = silent
) -> Published:
    """Bring what the ledger knows of campaigns into the lake; again, it changes nothing.

    Raises ImportRefused, LakeError, SettingsError, OutputError, HomeBusy.
    """
    channels = retention_settings(home).channels
    costs = {name: channel.cost_fen for name, channel in channels.items()}
    with writing(home, "liuke campaign facts"):
        with engine.connect() as connection:
            facts = contact_facts(connection, costs, now)
        if facts.empty:
            return Published(0, 0)
        return Published(len(facts), _import(home, facts, now, progress))


def publish_last(home: Path, as_of: datetime, progress: Progress = silent) -> None:
    """As `publish_contacts`, of the home's own database; nothing where it has no campaign."""
    url = serving_settings(home).database_url
    if not url and not Home(home).operational.exists():
        return
    with opened(home, url, looking=True) as engine:
        with engine.connect() as connection:
            if connection.execute(select(holds.c.id).limit(1)).first() is None:
                return
        publish_contacts(home, engine, as_of, progress)


def _import(home: Path, facts: pd.DataFrame, now: datetime, progress: Progress) -> int:
    """Import the facts, of the columns that the lake has of the feed; how many were new."""
    stored = read_manifest(home).get(FEED)
    names = list(facts.columns) if stored is None else list(stored.columns)
    latest = max(now, facts["known_at"].max().to_pydatetime())
    with TemporaryDirectory(prefix=".campaigns-", dir=home) as own:
        folder = Path(own)
        (folder / "mapping.toml").write_text(MAPPING, "utf-8")
        table = pa.Table.from_pandas(facts[names], schema_of(names), preserve_index=False)
        pq.write_table(table, folder / "contacts.parquet")
        report = import_feeds(home, folder / "mapping.toml", folder, latest, progress)
    return sum(feed.new + feed.versions for feed in report.feeds)


def schema_of(names: Sequence[str]) -> pa.Schema:
    """The types of these columns of the feed."""
    kinds = {column.name: TYPES[column.type] for column in FEEDS[FEED].columns}
    kinds |= dict.fromkeys(CLOCKS, pa.timestamp("us"))
    return pa.schema([(name, kinds[name]) for name in names])
