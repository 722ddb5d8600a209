"""The ledger's campaigns are facts of the lake, once, and histories see them."""

from __future__ import annotations

from datetime import timedelta

import pyarrow.parquet as pq

from features.lake import feed_files, read_manifest
from serving.campaigns.publishing import publish_contacts, publish_last
from serving.database import opened
from tests.serving.campaigns.conftest import LATER, Desk
from tests.serving.campaigns.played import PlayedHome


def test_a_played_campaign_is_in_the_lake_with_both_arms(played_home: PlayedHome) -> None:
    parts = [pq.read_table(path).to_pandas() for path in feed_files(played_home.home, "contacts")]
    own = parts[-1][parts[-1]["campaign"] == played_home.campaign]
    assert set(own["arm"]) == {"treated", "control"}
    treated = own[own["event"] == "sent"]
    assert len(treated) == played_home.played.outcomes.new
    assert set(own.loc[own["arm"] == "control", "event"]) == {"assigned"}
    assert set(own["propensity_ppm"]) == {600_000}


def test_again_it_changes_nothing(played_home: PlayedHome) -> None:
    before = read_manifest(played_home.home)
    with opened(played_home.home) as engine:
        found = publish_contacts(played_home.home, engine, played_home.now)
    assert (found.facts > 0, found.new) == (True, 0)
    publish_last(played_home.home, played_home.now + timedelta(0))
    assert read_manifest(played_home.home) == before


def test_a_home_without_the_feed_gets_it(desk: Desk) -> None:
    (desk.home / "lake").mkdir()
    desk.imported(desk.row("K1", "C1", "accepted"))
    found = publish_contacts(desk.home, desk.engine, LATER)
    assert found.new == found.facts == 7  # five events and two controls
    desk.imported(desk.row("K2", "C2", "sent"))
    assert publish_contacts(desk.home, desk.engine, LATER).new == 2
