"""What a month's use costs on a plan: the public tariff, the same as in the feed `plans`.

    fee + overage for each GB beyond the allowance + a price for each minute beyond the other

The plans of one brand are a ladder, ordered by fee, on which customers move up and down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.simulate.world import World

Array = NDArray[Any]

KB_PER_GB = 1_000_000


@dataclass(frozen=True)
class Tariff:
    """One element per plan of the world; `up` and `down`: the next plan of the brand's ladder."""

    prepaid: Array
    fee_fen: Array
    allowance_kb: Array
    overage_fen_kb: Array
    allowance_s: Array
    voice_fen_s: Array
    cost_fen: Array
    cost_share: Array
    up: Array
    down: Array

    def charge(self, plan: Array, kb: Array, voice_s: Array) -> Array:
        """The charge of a month in fen, before extras, roaming and rounding."""
        data = np.maximum(kb - self.allowance_kb[plan], 0) * self.overage_fen_kb[plan]
        voice = np.maximum(voice_s - self.allowance_s[plan], 0) * self.voice_fen_s[plan]
        return np.asarray(self.fee_fen[plan] + data + voice)


@cache
def tariff_of(world: World) -> Tariff:
    plans = world.plans

    def each(values: list[float]) -> Array:
        return np.array(values, dtype=np.float32)

    up, down = np.arange(len(plans)), np.arange(len(plans))
    for brand in sorted({(plan.brand, plan.prepaid) for plan in plans}):
        ladder = [i for i, plan in enumerate(plans) if (plan.brand, plan.prepaid) == brand]
        ladder.sort(key=lambda i: plans[i].fee_fen)
        up[ladder[:-1]], down[ladder[1:]] = ladder[1:], ladder[:-1]
    return Tariff(
        prepaid=np.array([plan.prepaid for plan in plans]),
        fee_fen=each([plan.fee_fen for plan in plans]),
        allowance_kb=each([plan.allowance_gb * KB_PER_GB for plan in plans]),
        overage_fen_kb=each([plan.overage_fen_gb / KB_PER_GB for plan in plans]),
        allowance_s=each([plan.allowance_min * 60 for plan in plans]),
        voice_fen_s=each([plan.voice_fen_min / 60 for plan in plans]),
        cost_fen=each([plan.cost_fen for plan in plans]),
        cost_share=each([plan.cost_share for plan in plans]),
        up=up,
        down=down,
    )


def price_list(world: World, since: date) -> pa.Table:
    """The feed `plans`: every plan on sale, and known, since that day."""
    plans = world.plans
    moment = pa.array([np.datetime64(since, "us")] * len(plans), pa.timestamp("us"))

    def whole(values: list[float]) -> pa.Array:
        return pa.array([round(value) for value in values], pa.int64())

    return pa.table(
        {
            "plan": pa.array([plan.name for plan in plans], pa.string()),
            "payment_mode": pa.array(
                ["prepaid" if plan.prepaid else "postpaid" for plan in plans], pa.string()
            ),
            "brand": pa.array([plan.brand for plan in plans], pa.string()),
            "fee_fen": whole([plan.fee_fen for plan in plans]),
            "allowance_kb": whole([plan.allowance_gb * KB_PER_GB for plan in plans]),
            "overage_fen_gb": whole([plan.overage_fen_gb for plan in plans]),
            "allowance_s": whole([plan.allowance_min * 60 for plan in plans]),
            "voice_fen_min": whole([plan.voice_fen_min for plan in plans]),
            "cost_fen": whole([plan.cost_fen for plan in plans]),
            "event_time": moment,
            "known_at": moment,
        }
    )
