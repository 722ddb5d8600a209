"""A week's use spread over its days, as the feed `usage` reports it.

The week's data, outgoing and roaming seconds, dropped and hotline calls are the world's, and so
is the number of active days. Which day they fall on, and all other measures, are drawn here
given those, so that the days show nothing of the hidden flags that the week does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.events.ledger import DAY, HOUR, Ledger
from features.simulate.people.use import Use
from features.simulate.world import World
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
CALLING_SHARE = np.float32(0.8)  # of active days


def active_days(
    share: Array, first: Array, last: Array, must_last: Array, rng: np.random.Generator
) -> Array:
    """Which days of the week have use (customers x 7), each with the customer's chance `share`.

    They are there from day `first` to day `last` (0 to 6); `last` < `first`: not there. At least
    one day is active, so that a silence means a departure; `must_last`: the last one is.
    """
    days = np.arange(7)
    there = (days >= first[:, None]) & (days <= last[:, None])
    active = there & (rng.random((len(first), 7), dtype=np.float32) < share[:, None])
    must = (must_last | ~active.any(axis=1)) & (last >= first)
    active[must, last[must]] = True
    return np.asarray(active)


def add_usage(
    ledger: Ledger, week: Week, use: Use, active: Array, world: World, rng: np.random.Generator
) -> None:
    """Adds a row for each active day of each customer."""
    rows = np.flatnonzero(active.any(axis=1))
    active = active[rows]
    i, day = np.nonzero(active)
    who = rows[i]
    shape = (len(rows), 7)
    weight = (rng.standard_exponential(shape, dtype=np.float32) + np.float32(0.4)) * active
    data_kb = _shared(use.kb[rows], weight)
    calling: Array = np.asarray(active & (rng.random(shape, dtype=np.float32) < CALLING_SHARE))
    silent = np.flatnonzero(~np.asarray(calling).any(axis=1))
    calling[silent] = active[silent]
    weight = (rng.standard_exponential(shape, dtype=np.float32) + np.float32(0.1)) * calling
    out = _shared(use.voice_s[rows], weight)[i, day]
    roaming = np.zeros(shape)
    away = np.flatnonzero(use.roaming_s[rows])
    roaming[away] = _shared(use.roaming_s[rows][away], active[away].astype(np.float32))
    roaming = roaming[i, day]
    dropped = _spread(use.drops[rows], active, rng)
    hotline = _spread(use.hotline[rows], active, rng)

    u = rng.random((2, len(i)), dtype=np.float32)
    back = out * np.float32(2) * u[0]
    begin = microseconds(week.monday) + day * DAY
    known = begin + DAY + 3 * HOUR + rng.integers(0, 3 * 3600, len(i)) * SECOND
    late = rng.integers(0, world.clocks.roaming_late_days * 86400 + 1, len(i)) * SECOND
    columns = {
        "day": begin,
        "voice_out_s": _whole(out),
        "sms": rng.poisson(0.6, len(i)),
        "data_kb": _whole(np.maximum(data_kb[i, day], 1)),
        "voice_in_s": _whole(back),
        "voice_rival_s": _whole(out * np.float32(0.5) * u[1]),
        "roaming_s": _whole(roaming),
        "dropped_calls": dropped[i, day],
        "contacts": 1 + _whole(np.sqrt(out + back) / 8),
        "rival_hotline_calls": hotline[i, day],
        "event_time": begin + DAY - SECOND,
    }
    known = np.where(roaming >= 1, known + late, known)
    ledger.add("usage", who, known, **columns)

    fixed = np.flatnonzero(rng.random(len(i), dtype=np.float32) < world.clocks.corrected_share)
    corrected = {name: values[fixed] for name, values in columns.items()}
    corrected["data_kb"] = corrected["data_kb"] + rng.integers(1, 5_000, len(fixed))
    delay = rng.integers(3 * 86400, 20 * 86400, len(fixed)) * SECOND
    ledger.add("usage", who[fixed], known[fixed] + delay, **corrected)


def _shared(total: Array, weight: Array) -> Array:
    """Each customer's total over the days, in proportion to the weights (customers x 7)."""
    return np.asarray(weight * (total / weight.sum(axis=1))[:, None])


def _spread(counts: Array, active: Array, rng: np.random.Generator) -> Array:
    """The week's counts on its active days, each unit on a random one."""
    unit = np.repeat(np.arange(len(counts)), counts)
    day = (rng.random((len(unit), 7), dtype=np.float32) * active[unit]).argmax(axis=1)
    return np.bincount(unit * 7 + day, minlength=7 * len(counts)).reshape(-1, 7)


def _whole(values: Array) -> Array:
    return np.asarray(values).astype(np.int64)
