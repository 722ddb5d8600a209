from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.simulate.events.calls import MAX_FRIENDS, CallBook, friends_of
from features.simulate.events.ledger import Ledger
from features.simulate.world.weeks import microseconds, week_of

N = 1_500
MONDAY = date(2024, 12, 2)
CITY = np.random.default_rng(5).integers(0, 4, N)
IDS = np.array([f"C{i + 1:07d}" for i in range(N)], dtype=object)


@pytest.fixture(scope="module")
def friends() -> tuple[np.ndarray, np.ndarray]:
    return friends_of(N, CITY, np.random.default_rng(1))


def pairs(friends: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    offsets, neighbours = friends
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)), neighbours


def test_friendship_is_mutual_and_with_others(friends: tuple[np.ndarray, np.ndarray]) -> None:
    one, other = pairs(friends)
    assert (one != other).all()
    assert set(zip(one, other, strict=True)) == set(zip(other, one, strict=True))


def test_most_have_about_eight_friends_and_some_many(
    friends: tuple[np.ndarray, np.ndarray],
) -> None:
    number = np.diff(friends[0])
    assert 7 < number.mean() < 9
    assert number.max() <= MAX_FRIENDS
    assert np.quantile(number, 0.95) > 2 * number.mean()


def test_friends_live_mostly_in_the_same_city(friends: tuple[np.ndarray, np.ndarray]) -> None:
    one, other = pairs(friends)
    assert (CITY[one] == CITY[other]).mean() > 0.8


def test_friends_of_friends_are_friends_more_often_than_strangers(
    friends: tuple[np.ndarray, np.ndarray],
) -> None:
    known = np.zeros((N, N), dtype=np.float32)
    known[pairs(friends)] = 1
    paths = known @ known
    np.fill_diagonal(paths, 0)
    assert (paths * known).sum() / paths.sum() > 5 * known.mean()


def test_the_edge_cases_of_a_graph() -> None:
    for n in (0, 1, 2):
        offsets, neighbours = friends_of(n, np.zeros(n, np.int64), np.random.default_rng(1))
        assert len(offsets) == n + 1
        assert offsets[-1] == len(neighbours)


def calls(
    folder: Path,
    friends: tuple[np.ndarray, np.ndarray],
    first: np.ndarray,
    last: np.ndarray,
    level: float = 1.0,
    weeks: int = 4,
) -> pd.DataFrame:
    """The feed as written, with the two parties' positions; -1 in another network."""
    folder.mkdir()
    ledger = Ledger(folder, "0000", IDS, microseconds(date(2030, 1, 1)))
    rng = np.random.default_rng(2)
    book = CallBook(IDS, *friends, rng)
    for number in range(weeks):
        book.add_week(ledger, week_of(MONDAY, number), first, last, np.full(N, level), rng)
    ledger.close()
    rows = pd.read_parquet(folder / "calls" / "0000.parquet")
    where = pd.Series(np.arange(N), index=IDS)
    rows["who"] = where[rows["customer_id"]].to_numpy()
    rows["whom"] = where.reindex(rows["other_id"]).fillna(-1).astype(int).to_numpy()
    return rows


def all_week() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(N, np.int64), np.full(N, 6)


def test_customers_call_their_friends_and_people_elsewhere(
    tmp_path: Path, friends: tuple[np.ndarray, np.ndarray]
) -> None:
    rows = calls(tmp_path / "a", friends, *all_week())
    ours = rows[rows["whom"] >= 0]
    known = set(zip(*pairs(friends), strict=True))
    assert set(zip(ours["who"], ours["whom"], strict=True)) <= known
    assert rows.loc[rows["whom"] < 0, "other_id"].str.startswith("X").all()
    assert 0.15 < (rows["whom"] < 0).mean() < 0.4
    assert not rows.duplicated(["customer_id", "other_id", "day"]).any()
    # A call in each direction about every fifth week.
    assert len(ours) / 4 / len(known) == pytest.approx(0.17, abs=0.02)


def test_a_feed_of_fifteen_months_stays_below_three_million_rows(
    tmp_path: Path, friends: tuple[np.ndarray, np.ndarray]
) -> None:
    rows = calls(tmp_path / "a", friends, *all_week())
    assert len(rows) / 4 / N * 65 * 20_000 < 3_000_000


def test_who_is_not_there_neither_calls_nor_is_called(
    tmp_path: Path, friends: tuple[np.ndarray, np.ndarray]
) -> None:
    first, last = all_week()
    last[:100] = -1
    last[100:300], first[300:500] = 2, 5
    rows = calls(tmp_path / "a", friends, first, last)
    day = (rows["day"].astype("datetime64[us]") - pd.Timestamp(MONDAY)).dt.days % 7
    for party in ("who", "whom"):
        ours = rows[party].to_numpy()
        there = (day >= first[ours]) & (day <= last[ours])
        assert there[ours >= 0].all()


def test_a_call_is_known_the_next_morning(
    tmp_path: Path, friends: tuple[np.ndarray, np.ndarray]
) -> None:
    rows = calls(tmp_path / "a", friends, *all_week(), weeks=1)
    wait = rows["known_at"] - rows["day"].astype("datetime64[us]")
    assert wait.between(pd.Timedelta(hours=27), pd.Timedelta(hours=30)).all()
    assert (rows["event_time"] < rows["known_at"]).all()


def test_contacts_elsewhere_stay_the_same_and_their_share_is_a_trait(
    tmp_path: Path, friends: tuple[np.ndarray, np.ndarray]
) -> None:
    rows = calls(tmp_path / "a", friends, *all_week(), weeks=40)
    early = rows["day"].astype("datetime64[us]") < pd.Timestamp(MONDAY) + pd.Timedelta(weeks=20)
    off = (rows["whom"] < 0).groupby([rows["who"], early]).mean().unstack()
    assert off.corr().to_numpy()[0, 1] > 0.7


def test_a_lower_level_means_fewer_calls(
    tmp_path: Path, friends: tuple[np.ndarray, np.ndarray]
) -> None:
    usual, low = (
        len(calls(tmp_path / str(level), friends, *all_week(), level=level)) for level in (1, 0.3)
    )
    assert 0.2 < low / usual < 0.4
