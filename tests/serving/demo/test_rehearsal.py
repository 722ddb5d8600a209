"""The demo's campaign is played in a home of its own, and the demo's home stays as it was."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from features.home import Home
from features.lake import fingerprint
from serving.database import opened
from serving.demo.rehearsal import rehearse
from tests.conftest import SmallHome
from tests.serving.retention.campaign.conftest import Marketing


def names_in(home: Path) -> set[str]:
    """Of what lies there, but for what SQLite keeps beside an open database."""
    return {path.name for path in home.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_a_campaign_is_read_out_beside_the_truth_and_leaves_no_trace(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    with opened(home) as engine:
        own = Marketing(home, engine, small_home.as_of.replace(hour=6))
        campaign, _ = own.made(control_share=0.4)
        before, names = fingerprint(home), names_in(home)
        found = rehearse(home, engine, campaign, "en")
    assert found is not None
    assert (fingerprint(home), names_in(home)) == (before, names)
    assert found["is_known"]
    assert set(found["true"]) == {"stay", "margin"}
    members = pd.read_parquet(Home(home).lists / campaign / "members.parquet")
    counted = {arm: sum(counts.values()) for arm, counts in found["outcomes"].items()}
    assert counted == members["arm"].value_counts().to_dict()


def test_a_list_without_controls_has_none(small_home: SmallHome, tmp_path: Path) -> None:
    home = small_home.copied_to(tmp_path / "home")
    with opened(home) as engine:
        own = Marketing(home, engine, small_home.as_of.replace(hour=6))
        campaign, _ = own.made(control_share=0.0)
        assert rehearse(home, engine, campaign, "en") is None
