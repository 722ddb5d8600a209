"""Who knows whom, and the calls between them: the feed `calls`.

The friendships are there for good and in no feed; what the operator sees of them is who
calls whom. A friend who left is not called any more; contacts in other networks are stable, so
that their share of a customer's contacts is a trait of the customer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.simulate.events.ledger import DAY, HOUR, Ledger
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
MAX_FRIENDS = 30
FRIENDS, FRIENDS_SHAPE = 9.6, 1.6  # wanted, before doubles fall away
CLOSE_SHARE, CITY_SHARE = 0.5, 0.4  # of friendships; the others are with anybody
CLOSE_RANKS = 4.0  # how far the circle of close people reaches
OFF_NET, OFF_NET_SHAPE, MAX_OFF_NET = 2.8, 1.2, 12
# A week, in each direction; with both directions a friend is heard of about once a month.
CALLS_A_WEEK = 0.19
TIE_SPREAD = 0.6


def friends_of(n: int, city: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The friends of customers 0 to n - 1, in compressed rows.

    `city`: the city's number of each. Returns `offsets` (int64, n + 1) and `neighbours`
    (int64): the friends of i are `neighbours[offsets[i]:offsets[i + 1]]`, ascending, without i.
    Friendship is mutual. About 8 friends a customer, from 0 to MAX_FRIENDS, with a heavy tail
    (a gamma mixture of Poisson numbers); half of them in a circle of people who know each
    other, most others in the same city.

    Method: the configuration model (Newman 2003, SIAM Review 45:167), pairing the loose ends
    of each kind at random; ends that would meet twice or meet themselves stay loose.
    """
    wanted = np.minimum(
        rng.poisson(rng.gamma(FRIENDS_SHAPE, FRIENDS / FRIENDS_SHAPE, n)), MAX_FRIENDS
    )
    ends = np.repeat(np.arange(n), wanted)
    kind = np.searchsorted([CLOSE_SHARE, CLOSE_SHARE + CITY_SHARE], rng.random(len(ends)))
    # Each customer's place in a circle of their city; near places know each other.
    place = np.empty(n)
    place[np.lexsort((rng.random(n), city))] = np.arange(n)
    pairs = []
    for number in range(3):
        loose = ends[kind == number]
        if number == 0:
            key = place[loose] + rng.normal(0, CLOSE_RANKS, len(loose))
            loose = loose[np.lexsort((key, city[loose]))]
        elif number == 1:
            loose = loose[np.lexsort((rng.random(len(loose)), city[loose]))]
        else:
            loose = rng.permutation(loose)
        loose = loose[: len(loose) // 2 * 2]
        pairs.append(loose.reshape(-1, 2))
    one, other = np.concatenate(pairs).T
    distinct = one != other
    one, other = one[distinct], other[distinct]
    edge = np.unique(np.concatenate([one * n + other, other * n + one]))
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(edge // n, minlength=n), out=offsets[1:])
    return offsets, (edge % n).astype(np.int64)


class CallBook:
    """Writes who called whom, week by week."""

    def __init__(
        self, ids: Array, offsets: Array, neighbours: Array, rng: np.random.Generator
    ) -> None:
        """`ids`: customer ids; the friends as `friends_of` gives them."""
        n = len(ids)
        mean = rng.gamma(OFF_NET_SHAPE, OFF_NET / OFF_NET_SHAPE, n)
        others = np.minimum(rng.poisson(mean), MAX_OFF_NET)
        off_caller = np.repeat(np.arange(n), others)
        number = np.arange(len(off_caller)) - np.repeat(np.cumsum(others) - others, others)
        off_ids = [f"X{ids[i][1:]}-{k}" for i, k in zip(off_caller, number, strict=True)]
        self._caller = np.concatenate([np.repeat(np.arange(n), np.diff(offsets)), off_caller])
        # Whom the call reaches, -1 where not a customer of ours.
        self._callee = np.concatenate([neighbours, np.full(len(off_caller), -1)])
        names = pa.array([*ids, *off_ids], pa.string())
        off_net = len(ids) + np.arange(len(off_caller))
        self._names = names.take(pa.array(np.concatenate([neighbours, off_net])))
        spread = rng.standard_normal(len(self._caller), dtype=np.float32)
        self._rate = np.exp(TIE_SPREAD * spread - TIE_SPREAD**2 / 2) * np.float32(CALLS_A_WEEK)

    def add_week(
        self,
        ledger: Ledger,
        week: Week,
        first: Array,
        last: Array,
        level: Array,
        rng: np.random.Generator,
    ) -> None:
        """Adds the week's calls, known the next morning.

        Both must be there on the day, from their day `first` to `last` (0 to 6; `last` <
        `first`: not there). `level` multiplies each caller's rate, 1 being usual.
        """
        rate = self._rate * level.astype(np.float32)[self._caller]
        called = np.flatnonzero(rng.random(len(rate), dtype=np.float32) < -np.expm1(-rate))
        day = rng.integers(0, 7, len(called))
        caller, callee = self._caller[called], self._callee[called]
        there = (day >= first[caller]) & (day <= last[caller])
        there &= (callee < 0) | ((day >= first[callee]) & (day <= last[callee]))
        who, day, called = caller[there], day[there], called[there]
        calls = 1 + rng.poisson(0.4, len(who))
        seconds = np.rint(calls * np.exp(4.3 + 0.9 * rng.standard_normal(len(who)))) + 1
        begin = microseconds(week.monday) + day * DAY
        ledger.add(
            "calls",
            who,
            begin + DAY + 3 * HOUR + rng.integers(0, 3 * 3600, len(who)) * SECOND,
            event_time=begin + DAY - SECOND,
            other_id=self._names.take(pa.array(called)),
            day=begin,
            seconds=seconds.astype(np.int64),
            calls=calls,
        )
