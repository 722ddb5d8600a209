"""What is planted in a night is found and named first; of a quiet night nothing is reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from features.builder.parts import matrix_parts
from features.engine.store import open_histories
from features.errors import LakeError
from features.home import Home
from serving.monitoring.profiles import FeedState, NightProfile, kept_profiles
from serving.monitoring.watch import Alarm, Watched, compared, last_watch, watch
from serving.monitoring.watch_settings import watch_settings
from tests.conftest import set_home
from tests.serving.monitoring.nights import Change, Operator, operator

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LAST = datetime(2026, 3, 2)
SEEDS = range(4)
BILLS = ("bill_cny_13w_latest", "bill_cny_13w_mean", "bill_cny_13w_max", "mean_bill_cny")
SURVEYS = ("survey_score_52w_latest", "survey_score_52w_mean")


@pytest.fixture(scope="module")
def real(small_home: SmallHome) -> Operator:
    return operator(small_home.home, small_home.as_of)


def alarms(real: Operator, home: Path, seed: int, change: Change) -> list[Alarm]:
    reference, last = real.nights(home, LAST, seed, change)
    return list(compared(reference, last, [], watch_settings(home)).alarms)


def with_feeds(own: NightProfile, **feeds: FeedState) -> NightProfile:
    return replace(own, feeds=feeds)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_that_rose_in_one_city(real: Operator, tmp_path: Path, seed: int) -> None:
    city = real.rows["city"].value_counts().index[2]

    def dearer(rows: pd.DataFrame) -> pd.DataFrame:
        factor = np.where(rows["city"] == city, 1.3, 1.0)
        return rows.assign(**{name: rows[name] * factor for name in BILLS})

    first, *others = alarms(real, tmp_path, seed, dearer)
    assert first.moved.name in BILLS
    assert first.moved.places == (city,)
    assert (first.owner, first.since) == ("data engineering", "2026-03-02")
    assert {own.moved.name for own in others} <= set(BILLS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_feature_in_another_unit(real: Operator, tmp_path: Path, seed: int) -> None:
    (own,) = alarms(
        real, tmp_path, seed, lambda rows: rows.assign(data_mb_4w=rows["data_mb_4w"] * 1024)
    )
    assert (own.moved.name, own.moved.kind, own.moved.factor) in {
        ("data_mb_4w", "unit", factor) for factor in (1000, 1024)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_that_was_renamed(real: Operator, tmp_path: Path, seed: int) -> None:
    plan = real.rows["plan"].value_counts().index[-1]
    own, *_ = alarms(
        real, tmp_path, seed, lambda rows: rows.assign(plan=rows["plan"].replace({plan: "P7"}))
    )
    assert (own.moved.name, own.moved.kind) == ("plan", "levels")
    assert [level for level, _ in own.moved.new] == ["P7"]
    assert [level for level, _ in own.moved.gone] == [plan]


@pytest.mark.parametrize("seed", SEEDS)
def test_features_of_a_feed_that_is_missing(real: Operator, tmp_path: Path, seed: int) -> None:
    found = alarms(real, tmp_path, seed, lambda rows: rows.assign(**dict.fromkeys(SURVEYS, np.nan)))
    assert {name for own in found for name in (own.moved.name, *own.moved.more)} == set(SURVEYS)
    assert found[0].moved.missing_after == 1.0


def test_a_feed_that_stopped_stands_before_its_features(real: Operator, tmp_path: Path) -> None:
    before, after = real.nights(
        tmp_path, LAST, 1, lambda rows: rows.assign(**dict.fromkeys(SURVEYS, np.nan))
    )
    fresh = FeedState(1000, "2026-02-22T00:00:00", 1.0, 1000, 0)
    late = replace(fresh, late_days=9.0)
    before = with_feeds(before, payments=fresh, contracts=fresh, bills=fresh, calls=fresh)
    after = with_feeds(after, payments=late, contracts=fresh, bills=late)
    found = compared(before, after, [], watch_settings(tmp_path)).alarms
    assert [(own.moved.name, own.moved.kind) for own in found[:2]] == [
        ("calls", "absent"), ("payments", "late"),
    ]  # fmt: skip
    assert {own.about for own in found[2:]} == {"feature"}


def test_a_feed_whose_rows_are_quarantined_more_than_before(real: Operator, tmp_path: Path) -> None:
    before, after = real.nights(tmp_path, LAST, 2, lambda rows: rows)
    read = FeedState(1000, None, None, 10_000, 20)
    before = with_feeds(before, bills=read, usage=read, payments=read)
    after = with_feeds(
        after,
        bills=replace(read, read=11_000, quarantined=420),
        usage=replace(read, read=11_000, quarantined=22),
        payments=replace(read, read=10_010, quarantined=21),
    )
    (own,) = compared(before, after, [], watch_settings(tmp_path)).alarms
    assert (own.moved.name, own.moved.kind, own.moved.after) == ("bills", "quarantined", 0.4)


def test_nothing_is_reported_of_twenty_quiet_nights(real: Operator, tmp_path: Path) -> None:
    reference, settings = real.night(tmp_path, LAST, 0), watch_settings(tmp_path)
    for seed in range(1, 21):
        night = real.night(tmp_path, LAST + timedelta(days=seed), seed)
        assert compared(reference, night, [], settings).alarms == ()


@pytest.mark.slow(1)
def test_nothing_is_reported_of_twenty_simulated_nights(
    small_home: SmallHome, real: Operator, tmp_path: Path
) -> None:
    """The same customers a day older each night, as the world of the simulation moves them."""
    histories = open_histories(small_home.home)
    nights: list[NightProfile] = []
    for day in range(21):
        as_of = small_home.as_of - timedelta(days=20 - day)
        rows = pd.concat([part.rows for part in matrix_parts(histories, as_of)])
        scores = real.scores.iloc[: len(rows)].reset_index(drop=True)
        rows = rows.reset_index(drop=True).iloc[: len(scores)]
        own = Operator(rows, scores, real.features, real.definitions)
        nights.append(
            own.night(tmp_path, as_of, 0, lambda _, rows=rows: rows, customers=len(rows))  # type: ignore[misc]
        )
    for night in nights[1:]:
        found = compared(nights[0], night, [], watch_settings(tmp_path)).alarms
        assert [own for own in found if own.about != "score"] == []


def test_since_when_it_has_moved(real: Operator, tmp_path: Path) -> None:
    def in_kb(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(data_mb_4w=rows["data_mb_4w"] * 1024)

    planted = [False, True, False, True, True, True]
    nights = [
        real.night(tmp_path, LAST + timedelta(days=day), day, in_kb if own else lambda rows: rows)
        for day, own in enumerate(planted)
    ]
    between = kept_profiles(tmp_path)[1:-1]
    (own,) = compared(nights[0], nights[-1], between, watch_settings(tmp_path)).alarms
    assert own.since == "2026-03-05"


def test_scores_of_another_version_are_not_compared(real: Operator, tmp_path: Path) -> None:
    before = real.night(tmp_path, LAST, 1)
    lower = replace(real, scores=real.scores.assign(churn_risk=real.scores["churn_risk"] / 3))
    after = lower.night(tmp_path, LAST + timedelta(days=1), 2)
    settings = watch_settings(tmp_path)
    (own,) = compared(before, after, [], settings).alarms
    assert (own.about, own.moved.name, own.owner) == ("score", "churn_risk", "data science")
    other = compared(before, replace(after, model_version="2"), [], settings)
    assert (other.other_model, other.alarms) == (True, ())


def test_the_first_night_of_a_version_is_its_reference(small_home: SmallHome) -> None:
    found = watch(small_home.home)
    assert (found.is_first, found.alarms) == (True, ())
    assert found.customers > 0


def test_a_night_is_compared_with_the_one_that_is_named(
    small_home: SmallHome, real: Operator, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    day = small_home.as_of - timedelta(days=9)
    real.night(home, day, 1)
    assert watch(home).reference == f"{day:%F}"
    set_home(home, "watch", f'reference = "{small_home.as_of:%F}"\n')
    assert watch(home).is_first
    assert watch(home, day).reference == f"{day:%F}"
    set_home(home, "watch", 'reference = "2020-01-01"\n')
    with pytest.raises(LakeError, match="no profile is kept of 2020-01-01, the reference"):
        watch(home)


def test_without_a_night_or_its_profile_what_to_run_is_said(
    small_home: SmallHome, tmp_path: Path
) -> None:
    with pytest.raises(LakeError, match="Run `liuke score --as-of DATE`"):
        watch(tmp_path)
    home = small_home.copied_to(tmp_path / "home")
    for path in Home(home).profiles.iterdir():
        path.unlink()
    with pytest.raises(LakeError, match=r"Run `liuke score --as-of .*` again, which keeps one"):
        watch(home)
    assert isinstance(last_watch(home), str)


def test_the_last_watch_is_made_again_when_the_settings_change(
    small_home: SmallHome, tmp_path: Path
) -> None:
    home = small_home.copied_to(tmp_path / "home")
    assert isinstance(last_watch(home), Watched)
    assert last_watch(home) is last_watch(home)
    set_home(home, "watch", "psi = 0\n")
    assert "psi is 0.0" in str(last_watch(home))
