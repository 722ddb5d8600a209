"""A week's use spread over its days, as the feed `usage` reports it.

Data, dropped calls and hotline calls of the week are the world's; which day they fall on, and
all other measures, are drawn here and matter to nobody's leaving.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.behaviour import Happened
from features.simulate.customers import Customers
from features.simulate.ledger import DAY, HOUR, Ledger
from features.simulate.weeks import Week, microseconds
from features.simulate.world import World

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
DATA_MEASURES = ("data_kb", "voice_out_s", "voice_in_s", "voice_rival_s", "sms", "contacts")


def add_usage(
    ledger: Ledger,
    customers: Customers,
    week: Week,
    happened: Happened,
    first: Array,
    last: Array,
    must_last: Array,
    world: World,
    rng: np.random.Generator,
) -> None:
    """Adds the rows of customers who are there from day `first` to day `last` (0 to 6).

    `last` < `first`: not there. `must_last`: their last day of use is known to be `last`.
    """
    rows = np.flatnonzero(last >= first)
    active = _active_days(happened.fade[rows], first[rows], last[rows], must_last[rows], world, rng)
    n = len(rows)
    weight = (rng.standard_exponential((n, 7), dtype=np.float32) + np.float32(0.4)) * active
    share = weight / weight.sum(axis=1, keepdims=True)
    data_kb = np.maximum(happened.kb[rows, None] * share, 1)
    dropped = _spread(happened.drops[rows], active, rng)
    hotline = _spread(happened.hotline[rows], active, rng)

    i, day = np.nonzero(active)
    who = rows[i]
    voice = customers.voice_s[who] * happened.fade[who]
    u = rng.random((4, len(i)), dtype=np.float32)
    out = voice * rng.standard_exponential(len(i), dtype=np.float32) * (u[0] < 0.8)
    back = voice * rng.standard_exponential(len(i), dtype=np.float32) * (u[1] < 0.8)
    roaming = np.where(u[2] < world.clocks.roaming_share, 30 + 0.3 * out, 0)
    begin = microseconds(week.monday) + day * DAY
    known = begin + DAY + 3 * HOUR + rng.integers(0, 3 * 3600, len(i)) * SECOND
    late = rng.integers(0, world.clocks.roaming_late_days * 86400 + 1, len(i)) * SECOND
    columns = {
        "day": begin,
        "voice_out_s": _whole(out),
        "sms": rng.poisson(0.6, len(i)),
        "data_kb": _whole(data_kb[i, day]),
        "voice_in_s": _whole(back),
        "voice_rival_s": _whole(out * 0.5 * u[3]),
        "roaming_s": _whole(roaming),
        "dropped_calls": dropped[i, day],
        "contacts": 1 + _whole(np.sqrt(out + back) / 8),
        "rival_hotline_calls": hotline[i, day],
        "event_time": begin + DAY - SECOND,
    }
    known = np.where(roaming > 0, known + late, known)
    ledger.add("usage", who, known, **columns)

    fixed = np.flatnonzero(rng.random(len(i), dtype=np.float32) < world.clocks.corrected_share)
    corrected = {name: values[fixed] for name, values in columns.items()}
    corrected["data_kb"] = corrected["data_kb"] + rng.integers(1, 5_000, len(fixed))
    delay = rng.integers(3 * 86400, 20 * 86400, len(fixed)) * SECOND
    ledger.add("usage", who[fixed], known[fixed] + delay, **corrected)


def _active_days(
    fade: Array, first: Array, last: Array, must_last: Array, world: World, rng: np.random.Generator
) -> Array:
    """Which days have use; at least one a week, so that a silence means a departure."""
    n, days = len(fade), np.arange(7)
    there = (days >= first[:, None]) & (days <= last[:, None])
    share = world.usage.active_days_share * (0.55 + 0.45 * fade)
    active = there & (rng.random((n, 7), dtype=np.float32) < share[:, None])
    must = must_last | ~active.any(axis=1)
    active[must, last[must]] = True
    return np.asarray(active)


def _spread(counts: Array, active: Array, rng: np.random.Generator) -> Array:
    """The week's counts on its active days, each unit on a random one."""
    unit = np.repeat(np.arange(len(counts)), counts)
    day = (rng.random((len(unit), 7), dtype=np.float32) * active[unit]).argmax(axis=1)
    return np.bincount(unit * 7 + day, minlength=7 * len(counts)).reshape(-1, 7)


def _whole(values: Array) -> Array:
    return np.asarray(values).astype(np.int64)
