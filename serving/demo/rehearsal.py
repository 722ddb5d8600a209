"""The demo's campaign played and read out beside the truth, in a home of its own that goes again.

The demo's home stays at the morning after its night. What the campaign's members did in the weeks
before is copied into a small home; there their next weeks are played, and read out as any campaign.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Engine, insert, select

from features.engine.store import build_histories, open_histories
from features.errors import RequestRefused
from features.imports.sources import import_feeds
from features.lake import feed_files, read_manifest
from features.progress import Progress, silent
from serving.campaigns.readout import reading
from serving.database import opened
from serving.database.tables import campaigns, holds
from serving.demo.played import MAPPING, Played, play
from serving.retention.campaign import store
from training.fit_settings import LabelSettings

FEEDS = ("customers", "contracts", "usage", "bills", "offers", "contacts")
WEEKS = {"usage": 10}  # of history that labels look back on
LINKED = ("models", "truth", "lists", "settings")
SPARE_DAYS = 3
NO_CONTROL = "no_control"


def rehearse(
    home: Path, engine: Engine, campaign_id: str, language: str, progress: Progress = silent
) -> dict[str, Any] | None:
    """The read-out of the demo's campaign, with `true`: the effect on staying and on the margin.

    Null where a tiny demo has no control customer. Raises what playing and reading out raise.
    """
    members = pd.read_parquet(store.folder(home, campaign_id) / store.MEMBERS)
    as_of: datetime = members["as_of"].iloc[0].to_pydatetime()
    with TemporaryDirectory(prefix=".rehearsal-", dir=home) as folder:
        own = Path(folder) / "home"
        own.mkdir()
        for name in LINKED:
            if (home / name).exists():
                (own / name).symlink_to((home / name).resolve())
        _copy_feeds(home, own, members["customer_id"], as_of, progress)
        with opened(own) as store_of_it:
            _copy_rows(engine, store_of_it, campaign_id)
            try:
                return _read_out(own, store_of_it, campaign_id, as_of, language, progress)
            except RequestRefused as refused:
                if refused.code == NO_CONTROL:
                    return None
                raise


def _read_out(
    home: Path,
    engine: Engine,
    campaign_id: str,
    as_of: datetime,
    language: str,
    progress: Progress,
) -> dict[str, Any]:
    rules = reading.label_rules(home, engine, campaign_id)
    days, window = _days(rules), rules.lead_days + rules.horizon_days
    found = play(home, engine, campaign_id, days, window, progress=progress)
    build_histories(home, progress)
    now = as_of + timedelta(days=days)
    with engine.connect() as connection:
        known = reading.gathered(home, connection, open_histories(home), campaign_id, now)
    return {**reading.read_out(known, 1, language), "true": _truth(found)}


def _days(rules: LabelSettings) -> int:
    """How many days until the last label is known."""
    lag_days = SPARE_DAYS  # more than any feed's
    return rules.maturity(lag_days, "prepaid").days + SPARE_DAYS


def _truth(found: Played) -> Mapping[str, float]:
    return {"stay": found.stay, "margin": found.margin_fen / 100}


def _copy_feeds(home: Path, own: Path, ids: pd.Series, as_of: datetime, progress: Progress) -> None:
    """Import what the night knew of the members, of use the last weeks alone."""
    names = [name for name in FEEDS if name in read_manifest(home)]
    mapping = "max_bad_share = 0.0\n" + "".join(MAPPING.format(name=name) for name in names)
    with TemporaryDirectory(prefix="feeds-", dir=own) as folder:
        for name in names:
            parts = [_part(path, name, ids, as_of) for path in feed_files(home, name)]
            pq.write_table(
                pa.concat_tables(parts, promote_options="permissive"),
                Path(folder) / f"{name}.parquet",
            )
        (Path(folder) / "mapping.toml").write_text(mapping, "utf-8")
        import_feeds(own, Path(folder) / "mapping.toml", Path(folder), as_of, progress)


def _part(path: Path, name: str, ids: pd.Series, as_of: datetime) -> pa.Table:
    chosen = pc.field("known_at") < pd.Timestamp(as_of)
    if "customer_id" in pq.read_schema(path).names:
        chosen = chosen & pc.field("customer_id").isin(pa.array(ids.unique(), pa.string()))
    if name in WEEKS:
        since = pd.Timestamp(as_of - timedelta(weeks=WEEKS[name]))
        chosen = chosen & (pc.field("event_time") >= since)
    return pq.read_table(path, filters=chosen)


def _copy_rows(engine: Engine, own: Engine, campaign_id: str) -> None:
    """The campaign and whom it holds, into the small home's database."""
    with engine.connect() as source, own.begin() as target:
        for table, column in ((campaigns, campaigns.c.id), (holds, holds.c.campaign_id)):
            rows = source.execute(select(table).where(column == campaign_id)).mappings().all()
            target.execute(insert(table), [dict(row) for row in rows])
