"""A campaign that is played goes the way of a real one, and what follows is the truth's."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pyarrow.parquet as pq

from features.home import Home
from features.lake import feed_files
from features.simulate.truth import aftermath
from tests.serving.campaigns.played import DAYS, PlayedHome


def feed(own: PlayedHome, name: str) -> pd.DataFrame:
    """The part of the feed that the play delivered."""
    found: pd.DataFrame = pq.read_table(feed_files(own.home, name)[-1]).to_pandas()
    return found


def test_every_treated_member_is_reported_once(played_home: PlayedHome) -> None:
    members = pd.read_parquet(
        Home(played_home.home).lists / played_home.campaign / "members.parquet"
    )
    treated = members[members["arm"] == "treated"]
    outcomes = played_home.played.outcomes
    assert (outcomes.read, outcomes.new, outcomes.bad) == (len(treated), len(treated), 0)
    assert outcomes.crossovers == 0


def test_who_left_uses_nothing_more_and_who_stays_goes_on(played_home: PlayedHome) -> None:
    use, ends = feed(played_home, "usage"), feed(played_home, "contracts")
    last = pd.to_datetime(use.groupby("customer_id")["day"].max())
    left = ends.set_index("customer_id")["event_time"]
    both = pd.concat([last, left.rename("left")], axis=1, join="inner")
    assert len(both)
    assert (both["day"] <= both["left"]).all()
    end = pd.Timestamp(played_home.as_of) + timedelta(days=DAYS)
    assert (last > end - timedelta(days=30)).mean() > 0.7


def test_bills_leave_the_margin_of_the_truth(played_home: PlayedHome) -> None:
    bills = feed(played_home, "bills")
    future = pq.read_table(Home(played_home.home).truth / "future.parquet").to_pandas()
    margin = future.drop_duplicates("customer_id").set_index("customer_id")["margin_fen"]
    own = bills["revenue_fen"] - bills["cost_fen"]
    same = own == bills["customer_id"].map(margin)
    assert same.mean() > 0.9  # the others accepted an offer that changes it
    assert bills["period"].nunique() >= 2


def test_the_same_luck_gives_the_same_departures(played_home: PlayedHome) -> None:
    truth = Home(played_home.home).truth
    ids = pq.read_table(truth / "future.parquet", columns=["customer_id"])["customer_id"]
    contacts = pd.DataFrame({"customer_id": sorted(set(ids.to_pylist()))[:50]}).assign(offer=None)
    one, again, other = (
        aftermath.after(truth, contacts, {}, played_home.as_of, draw) for draw in (1, 1, 2)
    )
    pd.testing.assert_series_equal(one.left_at, again.left_at)
    assert not one.left_at.equals(other.left_at)
