"""The scores of a night as a file: one that an earlier version wrote is read by today's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from features.home import Home
from serving.scores import SCORES, last_scores, scores_of

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def test_scores_of_the_version_before_have_todays_columns(own_home: SmallHome) -> None:
    scores = last_scores(own_home.home)
    (path,) = Home(own_home.home).scores.glob("*.parquet")
    scores.rename(columns={"predicted_tier": "foretold_tier"}).to_parquet(path, index=False)
    assert list(last_scores(own_home.home)) == SCORES.names
    pd.testing.assert_frame_equal(last_scores(own_home.home), scores)
    pd.testing.assert_frame_equal(scores_of(own_home.home, own_home.as_of), scores)
