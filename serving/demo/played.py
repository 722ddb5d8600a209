"""A campaign played on a simulated operator: contacts, answers, and who leaves thereafter.

What the call centre would return is written as its file and recorded by the command's own way, and
what the operator's systems would deliver is imported as feeds; so the read-out of a played campaign
goes through everything that a real one does. Only here the truth stands beside it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine

from features.home import Home
from features.imports.sources import import_feeds
from features.lake import feed_columns, feed_files
from features.progress import Progress, silent
from features.simulate.truth import aftermath
from features.simulate.truth.aftermath import CONTACTED_DAYS, Aftermath
from features.simulate.truth.respond import respond
from serving.audit.entry import Entry
from serving.campaigns.outcomes.importing import OutcomesImported, import_outcomes
from serving.campaigns.publishing import publish_contacts
from serving.retention.campaign import store
from serving.retention.drawing.arms import TREATED

CALLS = ("hotline", "visit")  # by another channel something was sent to those not reached
MAPPING = """
[feed.{name}]
sql = "select * from '{name}.parquet'"
event_time = "event_time"
known_at = "known_at"
"""


@dataclass(frozen=True)
class Played:
    """A campaign that was played, and the truth about its members.

    `stay` and `margin_fen`: of all members the mean effect of being contacted, on staying until
    `until` and on the margin of twelve months, offers and contacts not paid; the luck is that of
    the play. `departures` are of everyone.
    """

    outcomes: OutcomesImported
    until: datetime
    stay: float
    margin_fen: float
    departures: int


def play(
    home: Path,
    engine: Engine,
    campaign_id: str,
    days: int,
    window_days: int,
    draw: int = 0,
    progress: Progress = silent,
) -> Played:
    """Play the campaign, and the operator's next `days` days with it.

    `window_days`: from the night on, after which staying is judged. The home must be a simulated
    one, and its simulation's last day the campaign's night. Raises LakeError, and what importing
    raises.
    """
    members = pd.read_parquet(store.folder(home, campaign_id) / store.MEMBERS)
    as_of: datetime = members["as_of"].iloc[0].to_pydatetime()
    truth, people = Home(home).truth, _people(home)
    offers = members.loc[members["arm"] == TREATED].set_index("customer_id")["offer"]
    everyone = pd.DataFrame({"customer_id": sorted(people)})
    everyone["offer"] = everyone["customer_id"].map(offers.to_dict()).astype(object)
    everyone["offer"] = everyone["offer"].where(everyone["offer"].notna(), None)
    own = aftermath.after(truth, everyone, people, as_of, draw)
    outcomes = _report(home, engine, campaign_id, members, own, as_of, draw)
    until = as_of + timedelta(days=days)
    publish_contacts(home, engine, until, progress)
    _deliver(home, own, as_of, days, progress)
    stay, margin = _effect(truth, members, people, as_of, window_days, draw)
    left = int(own.left_at.lt(pd.Timestamp(until)).sum())
    return Played(outcomes, until, stay, margin, left)


def _people(home: Path) -> dict[str, str]:
    """Of the feed's customers who have a future in the truth the payment mode that is last."""
    files = [str(path) for path in feed_files(home, "customers")]
    names = ["customer_id", "payment_mode", "event_time"]
    rows = pd.concat([pq.read_table(file, columns=names).to_pandas() for file in files])
    rows = rows.sort_values("event_time").drop_duplicates("customer_id", keep="last")
    modes = rows.set_index("customer_id")["payment_mode"]
    there = pq.read_table(Home(home).truth / "future.parquet", columns=["customer_id"])
    ids = np.unique(there["customer_id"].to_numpy())
    return {str(own): str(modes[own]) for own in ids if own in modes.index}


def _report(
    home: Path,
    engine: Engine,
    campaign_id: str,
    members: pd.DataFrame,
    own: Aftermath,
    as_of: datetime,
    draw: int,
) -> OutcomesImported:
    """Write what the call centre returns, and record it."""
    treated = members[members["arm"] == TREATED].reset_index(drop=True)
    responses = own.responses.set_index("customer_id")[["reached", "accepted"]]
    # Who left unseen before the list was made is contacted too, and not reached.
    found = responses.reindex(treated["customer_id"]).fillna(value=False).astype(bool)
    luck = np.random.default_rng([draw, 7]).random(len(treated))
    hours = 8 + luck * (24 * CONTACTED_DAYS - 10)
    start = pd.Timestamp(as_of)
    moments = [f"{start + timedelta(hours=float(hour)):%F %H:%M:%S}" for hour in hours]
    silence = np.where(treated["channel"].isin(CALLS), "no_answer", "sent")
    answer = np.where(found["accepted"], "accepted", "refused")
    result = np.where(found["reached"].to_numpy(), answer, silence)
    header = ["campaign_id", "contact_id", "customer_id", "at", "channel", "offer", "result"]
    with TemporaryDirectory(prefix=".played-", dir=home) as folder:
        file = Path(folder) / "outcomes.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text)
            rows.writerow(header)
            for place, row in enumerate(treated.itertuples(index=False)):
                rows.writerow(
                    [campaign_id, f"{campaign_id[:8]}-{place:07}", row.customer_id,
                     moments[place], row.channel, row.offer, result[place]]
                )  # fmt: skip
        entry = Entry("played", "COMMAND", "liuke demo", 200, "", caller="demo")
        latest = as_of + timedelta(days=CONTACTED_DAYS)
        return import_outcomes(home, engine, file, entry, latest)


def _deliver(home: Path, own: Aftermath, as_of: datetime, days: int, progress: Progress) -> None:
    """Import what the operator's systems deliver of these days."""
    until = as_of + timedelta(days=days)
    found = {
        "usage": aftermath.usage_after(_feed(home, "usage"), own, as_of, days),
        "contracts": _contracts(home, own, as_of),
        "bills": aftermath.bills_after(Home(home).truth, _feed(home, "bills"), own, as_of, days),
    }
    with TemporaryDirectory(prefix=".played-", dir=home) as folder:
        mapping = "max_bad_share = 0.0\n"
        for name, rows in found.items():
            if rows.empty:
                continue
            rows = rows[rows["known_at"] < until]
            columns = feed_columns(home, name)
            absent = {column: None for column in columns if column not in rows.columns}
            _write(rows.assign(**absent)[list(columns)], home, name, Path(folder))
            mapping += MAPPING.format(name=name)
        (Path(folder) / "mapping.toml").write_text(mapping, "utf-8")
        import_feeds(home, Path(folder) / "mapping.toml", Path(folder), until, progress)


def _contracts(home: Path, own: Aftermath, as_of: datetime) -> pd.DataFrame:
    """The ends of contracts, those among them that the last night did not know yet."""
    people = set(own.responses["customer_id"])
    unseen = aftermath.unseen_contracts(Home(home).truth, people, as_of)
    known = _feed(home, "contracts")
    ends = known[known["event"].isin(["pre_cancelled", "ported", "cancelled"])]
    unseen = unseen[~unseen["customer_id"].isin(ends["customer_id"])]
    return pd.concat([aftermath.contracts_after(own), unseen], ignore_index=True)


def _feed(home: Path, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in feed_files(home, name)])


def _write(rows: pd.DataFrame, home: Path, name: str, folder: Path) -> None:
    schema = pa.schema(
        [own.with_nullable(True) for own in pq.read_schema(feed_files(home, name)[0])]
    )
    table = pa.Table.from_pandas(rows, schema, preserve_index=False)
    pq.write_table(table, folder / f"{name}.parquet")


def _effect(
    truth: Path,
    members: pd.DataFrame,
    people: dict[str, str],
    as_of: datetime,
    window_days: int,
    draw: int,
) -> tuple[float, float]:
    """By the same luck with a contact and without: on staying the window, and on the margin."""
    contacts = members.loc[members["customer_id"].isin(people.keys()), ["customer_id", "offer"]]
    none = contacts.assign(offer=pd.Series([None] * len(contacts), dtype=object))
    stays: list[Any] = []
    for own in (contacts, none):
        after = aftermath.after(truth, own.reset_index(drop=True), people, as_of, draw)
        stays.append(aftermath.stayed_days(after, as_of) >= window_days)
    saved = respond(truth, contacts, draw)["saved_margin_fen"]
    return float(np.mean(stays[0]) - np.mean(stays[1])), float(saved.mean())
