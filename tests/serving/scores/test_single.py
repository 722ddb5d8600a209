"""The kept score of one customer, found without the service's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from features.errors import LakeError, UnknownCustomers
from features.home import Home
from serving.scores import last_scores
from serving.scores.single import one_score

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SmallHome


def test_it_is_the_score_of_last_night(own_home: SmallHome) -> None:
    expected = last_scores(own_home.home).iloc[7]
    Home(own_home.home).latest.unlink()
    found = one_score(own_home.home, expected["customer_id"])
    assert found["churn_risk"] == expected["churn_risk"]
    assert found["model_version"] == expected["model_version"]
    with pytest.raises(UnknownCustomers):
        one_score(own_home.home, "C-none")


def test_a_damaged_file_or_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no scores are kept"):
        one_score(tmp_path, "C1")
    folder = Home(tmp_path).scores
    folder.mkdir(parents=True)
    (folder / "2026-03-02-x.parquet").write_bytes(b"nothing")
    with pytest.raises(LakeError, match="cannot be read"):
        one_score(tmp_path, "C1")
