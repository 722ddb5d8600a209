"""Who goes in a week, on which day, how, and whether they come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.behaviour.hazard import CAUSES
from features.simulate.world import World

Array = NDArray[Any]

COMPETING = ("transferred", "death", "brand_change", "suspended")
OPENLY = ("ported", "pre_cancelled")
OVERDUE_BILLS = 2  # so many, and the operator may cut off
FORMAL_DAYS = 90
SILENT_CANCELLED_DAYS = 120


@dataclass(frozen=True)
class Departures:
    """Those who go in a week, one element each.

    `day`: 0 to 6, their last day; `cause`: of CAUSES, or the kind itself where it competes;
    `back_days`: days until they are back, -1 for never; `back_event`: `restored` or `started`;
    `cancelled_days`: days until the contract is formally cancelled, -1 for never.
    """

    who: Array
    day: Array
    kind: Array
    cause: Array
    back_days: Array
    back_event: Array
    cancelled_days: Array


def draw_departures(
    at_risk: Array,
    prepaid: Array,
    overdue: Array,
    hazards: Array,
    world: World,
    rng: np.random.Generator,
) -> Departures:
    """Departures of one week, given the week's hazards by cause, hidden traits included."""
    n = len(at_risk)
    total = hazards.sum(axis=0)
    waiting = rng.standard_exponential(n)
    leaves = at_risk & (waiting < total)
    cut_off = cut_off_rate(prepaid, overdue, world)
    competing = _competing(at_risk & ~leaves, cut_off, world, rng)
    who = np.flatnonzero(leaves | (competing >= 0))
    left, mode = leaves[who], prepaid[who]
    # The hazard is constant over the week, so the moment is where the waiting time ends.
    day = np.minimum(7 * waiting[who] / np.maximum(total[who], 1e-12), 6.999).astype(np.int64)
    day = np.where(left, day, rng.integers(0, 7, len(who)))
    shares = np.cumsum(hazards[:, who], axis=0, dtype=np.float64)
    u = rng.random(len(who)) * shares[-1]
    cause = np.array(CAUSES, dtype=object)[np.minimum((shares <= u).sum(axis=0), len(CAUSES) - 1)]
    ported = rng.random(len(who)) < np.where(
        cause == "rival", world.leaving.ported_share_rival, world.leaving.ported_share
    )
    other = np.where(mode, "silent", "pre_cancelled").astype(object)
    kind = np.where(ported, "ported", other).astype(object)
    names = np.array([*COMPETING, ""], dtype=object)[competing[who]]
    kind, cause = np.where(left, kind, names), np.where(left, cause, names)
    back_days, back_event = _returns(kind, world, rng)
    return Departures(
        who=who,
        day=day,
        kind=kind,
        cause=cause,
        back_days=back_days,
        back_event=back_event,
        cancelled_days=_cancellations(kind, back_days, world, rng),
    )


def cut_off_rate(prepaid: Array, overdue: Array, world: World) -> Array:
    """The chance of being cut off for arrears in a week."""
    owing = ~prepaid & (overdue >= OVERDUE_BILLS)
    return np.where(owing, np.float32(world.competing.cut_off), np.float32(0))


def _competing(staying: Array, cut_off: Array, world: World, rng: np.random.Generator) -> Array:
    """Position in COMPETING of what ends it, -1 for nothing; the same for whatever traits."""
    rates = world.competing
    u, kind = rng.random(len(staying)), np.full(len(staying), -1)
    bound: Array = np.zeros(len(staying))
    chances: tuple[Any, ...] = (rates.transferred, rates.death, rates.brand_change, cut_off)
    for i, rate in enumerate(chances):
        kind[staying & (u >= bound) & (u < bound + rate)] = i
        bound = bound + rate
    return kind


def _returns(kind: Array, world: World, rng: np.random.Generator) -> tuple[Array, Array]:
    rates, n = world.leaving, len(kind)
    u = rng.random((2, n))
    soon, late = rng.integers(3, 61, n), rng.integers(SILENT_CANCELLED_DAYS + 10, 281, n)
    days = np.full(n, -1)
    event = np.full(n, "started", dtype=object)
    rejoins = np.isin(kind, ("pre_cancelled", "ported", "silent")) & (u[0] < rates.rejoin_share)
    days[rejoins] = late[rejoins]
    cancels = kind == "pre_cancelled"
    at_once = cancels & (u[1] < rates.rejoin_at_once_share)
    days[at_once] = rng.integers(2, 9, at_once.sum())
    withdrawn = cancels & (u[1] > 1 - rates.withdrawn_share)
    paid = (kind == "suspended") & (u[1] < world.competing.cut_off_restored_share)
    days[withdrawn], days[paid] = soon[withdrawn], rng.integers(3, 26, paid.sum())
    event[withdrawn | paid] = "restored"
    return days, event


def _cancellations(kind: Array, back: Array, world: World, rng: np.random.Generator) -> Array:
    """Days until the formal cancellation: never for those who are back before it."""
    swept = rng.random(len(kind)) < world.leaving.silent_cancelled_share
    days = np.full(len(kind), -1)
    days[(kind == "pre_cancelled") | (kind == "suspended")] = FORMAL_DAYS
    days[(kind == "silent") & swept] = SILENT_CANCELLED_DAYS
    days[(back >= 0) & (back <= days)] = -1
    return days
