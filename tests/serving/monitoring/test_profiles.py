"""The profile of a night: kept beside its scores, read again, and the same in parts."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.errors import LakeError
from features.home import Home
from features.imports.records import read_records
from serving.monitoring.profiles import (
    REASON,
    RISK,
    feeds_at,
    kept_profiles,
    read_profile,
    version_of,
)
from serving.scores import last_scores
from tests.serving.monitoring.nights import Operator, operator

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LAST = datetime(2026, 3, 2)


@pytest.fixture(scope="module")
def real(small_home: SmallHome) -> Operator:
    return operator(small_home.home, small_home.as_of)


def test_a_night_keeps_its_profile_beside_its_scores(small_home: SmallHome) -> None:
    (path,) = kept_profiles(small_home.home)
    profile, scores = read_profile(path), last_scores(small_home.home)
    assert (profile.as_of, version_of(path)) == (f"{small_home.as_of:%F}", profile.model_version)
    assert profile.customers == len(scores)
    eligible = scores.loc[scores["eligible"], "churn_risk"]
    places = range(profile.sketch.size)
    assert profile.sketch.mean(RISK, places) == pytest.approx(eligible.mean())
    assert profile.sketch.numbers[RISK][:, -1].sum() == len(scores) - len(eligible)
    cities = scores["city"].value_counts()
    found = dict(zip(profile.sketch.bins.places, profile.sketch.rows.tolist(), strict=False))
    assert found == cities.to_dict()
    first = scores["reasons"].str.extract(r'"feature": ?"(\w+)"', expand=False).value_counts()
    kept = {name: int(own.sum()) for name, own in profile.sketch.levels[REASON].items()}
    assert {name: kept[name] for name in first.index} == first.to_dict()
    assert path.stat().st_size < 100_000


def test_feeds_are_as_the_imports_left_them(small_home: SmallHome) -> None:
    found = feeds_at(small_home.home, small_home.as_of)
    (record,) = read_records(small_home.home)
    by_feed = {own.feed: own for own in record.feeds}
    assert {name: own.read for name, own in found.items()} == {
        name: own.read for name, own in by_feed.items()
    }
    usage = found["usage"]
    assert usage.latest is not None
    assert usage.late_days is not None
    assert 0 <= usage.late_days < 2
    later = feeds_at(small_home.home, small_home.as_of + timedelta(days=10))["usage"].late_days
    assert later == pytest.approx(usage.late_days + 10)


def test_feeds_of_an_earlier_night_are_not_of_the_future(small_home: SmallHome) -> None:
    before = small_home.as_of - timedelta(days=100)
    for own in feeds_at(small_home.home, before).values():
        assert own.latest is None or own.latest <= before.isoformat()


def test_a_profile_comes_back_and_later_nights_have_its_bins(
    real: Operator, tmp_path: Path
) -> None:
    one = real.night(tmp_path, LAST - timedelta(days=1), 1)
    two = real.night(tmp_path, LAST, 2)
    again = [read_profile(path) for path in kept_profiles(tmp_path)]
    assert [own.as_of for own in again] == ["2026-03-01", "2026-03-02"]
    assert again[0].sketch.to_json() == one.sketch.to_json()
    assert two.sketch.bins == one.sketch.bins
    assert again[0].feeds == {}


def test_a_night_that_is_scored_again_replaces_its_profile(real: Operator, tmp_path: Path) -> None:
    for version in ("1", "2"):
        real.night(tmp_path, LAST, 1, version=version, customers=300)
    (path,) = kept_profiles(tmp_path)
    assert version_of(path) == "2"


@pytest.mark.parametrize("content", [b"", b"not packed", b"\x1f\x8b\x08\x00cut off"])
def test_a_damaged_profile_is_named(tmp_path: Path, content: bytes) -> None:
    path = Home(tmp_path).profiles / "2026-03-02.1.json.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(LakeError, match="Remove it; `liuke score --as-of 2026-03-02` writes it"):
        read_profile(path)


def test_a_damaged_profile_stops_no_night(real: Operator, tmp_path: Path) -> None:
    path = Home(tmp_path).profiles / "2026-03-01.1.json.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert real.night(tmp_path, LAST, 1, customers=300).customers == 300
