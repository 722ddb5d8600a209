"""Operators whose world no choice was tuned to: a world and its feeds, drawn from stated ranges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from features.simulate import World, read_world

CAUSES = (
    "bill_shock", "complaint", "contract_end", "network_trouble", "fading", "rival", "friends",
    "arrears", "early_life", "cancel_request",
)  # fmt: skip
ABSENT = 0.15  # the chance that a cause is not at work at all
FACTOR = 30.0  # between the weakest and the strongest that a cause may be
MONTHLY = (0.008, 0.05)  # of customers who leave in a month, about
OPTIONAL = ("bills", "payments", "complaints", "surveys", "calls", "contacts")
Values = dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """What differs from the default world, and the feed of which some weeks are missing."""

    values: Values
    feed: str = ""
    weeks: tuple[int, int] = (0, 0)  # from, to, of the missing ones

    def mapping(self, text: str, first_day: date) -> str:
        """The mapping of the feeds without the weeks that are missing."""
        if not self.feed:
            return text
        first, last = (f"{first_day + timedelta(weeks=own):%F}" for own in self.weeks)
        whole = f"select * from '{self.feed}/*.parquet'"
        there = f"event_time < '{first}' or event_time >= '{last}'"
        return text.replace(whole, f"{whole} where {there}")

    def text(self, seed: int) -> str:
        """The world as a file for `--world`."""
        lines = [f"# drawn with seed {seed}", 'extends = "default"']
        tables = {name: own for name, own in self.values.items() if isinstance(own, dict)}
        lines += [f"{name} = {own}" for name, own in self.values.items() if name not in tables]
        for name, own in tables.items():
            lines += ["", f"[{name}]", *(f"{key} = {value!r}" for key, value in own.items())]
        return "\n".join(lines) + "\n"


def drawn(seed: int, weeks: int) -> Drawn:
    """The world of this seed. `weeks`: how many are simulated."""
    luck, default = np.random.default_rng([seed, 17]), read_world("default")
    strength = _strengths(luck, default)
    stepped = luck.random() < 0.5
    values: Values = {
        "strength": strength,
        "hazard": {
            "base_postpaid": _log(luck, 0.00005, 0.0005),
            "base_prepaid": _log(luck, 0.00015, 0.0015),
            "season": round(float(luck.uniform(0.0, 0.5)), 3),
            "step": round(_log(luck, 0.6, 1.7), 3) if stepped else 1.0,
            "step_week": int(luck.integers(weeks // 3, 2 * weeks // 3)),
        },
        "people": {
            "prepaid_share": round(float(luck.uniform(0.05, 0.9)), 3),
            "contract_share": round(float(luck.uniform(0.2, 0.95)), 3),
            "contract_weeks": int(luck.choice([26, 52, 104])),
            "group_share": round(float(luck.uniform(0.0, 0.2)), 3),
        },
        "rival": {
            "promotion_share": round(float(luck.uniform(0.0, 0.4)), 3),
            "interest_onset_promotion": _log(luck, 0.0005, 0.01),
        },
        "unmeasured": {"onset": _log(luck, 0.0002, 0.003), "end": _log(luck, 0.01, 0.1)},
        "bills": {
            "tolerance": round(float(luck.uniform(0.1, 0.6)), 3),
            "late_share": round(float(luck.uniform(0.0, 0.1)), 3),
        },
        "network": {"onset": _log(luck, 0.00007, 0.001), "scale": _log(luck, 5.0, 30.0)},
        "fading": {"onset_prepaid": _log(luck, 0.003, 0.02), "tolerance": 0.24},
        "clocks": {
            "roaming_late_days": int(luck.integers(3, 45)),
            "corrected_share": round(_log(luck, 0.001, 0.03), 4),
        },
    }  # fmt: skip
    if luck.random() < 0.3:
        first = int(luck.integers(weeks // 4, 3 * weeks // 4))
        return Drawn(values, str(luck.choice(OPTIONAL)), (first, first + int(luck.integers(2, 7))))
    return Drawn(values)


def _strengths(luck: np.random.Generator, default: World) -> dict[str, float]:
    own = {name: getattr(default.strength, name) for name in CAUSES} | {"unmeasured": 0.07}
    found = {
        name: 0.0 if luck.random() < ABSENT else one * FACTOR ** luck.uniform(-0.5, 0.5)
        for name, one in own.items()
    }
    if luck.random() < 0.5:
        found["unmeasured"] = 0.0
    return {name: round(float(one), 5) for name, one in found.items()}


def _log(luck: np.random.Generator, low: float, high: float) -> float:
    """Between the two, evenly by its logarithm."""
    return float(f"{np.exp(luck.uniform(np.log(low), np.log(high))):.4g}")
