"""Who is drawn into the control group: before anything is chosen, whole units at once.

A unit is a customer, a corporate group or a circle of friends (`circles`). Within a stratum (tier,
fifth of the risk, alone or not) the units stand in the order of a keyed hash, and the draw is
systematic with a random start (Cochran 1977, Sampling Techniques, chapter 8), so that every unit
has exactly the declared chance and every stratum its share; the order of the customers changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

TREATED, CONTROL = "treated", "control"
RISK_SHARES = (0.2, 0.4, 0.6, 0.8)  # of the units, where a band of risk ends


@dataclass(frozen=True)
class Draw:
    """One draw: `control` by customer, the number of units, and of the strata they came from.

    `stratum`: by customer the number of that of their unit.
    """

    control: Flags
    units: int
    strata: int
    stratum: Codes


def draw(
    customer_ids: NDArray[Any],
    units: Codes,
    tiers: NDArray[Any],
    risk: NDArray[np.float64],
    share: float,
    seed: int,
) -> Draw:
    """Draw `share` of the units of these customers; `units` numbers each customer's unit from 0.

    A unit's tier is the most frequent of its members, its risk their mean.
    """
    if not len(units) or share <= 0:
        none = np.zeros(len(units), dtype=np.int64)
        return Draw(none.astype(bool), int(units.max()) + 1 if len(units) else 0, 0, none)
    order = _hashed(customer_ids, seed)
    members = pd.DataFrame({"unit": units, "tier": tiers.astype(str), "risk": risk, "order": order})
    by_unit = members.groupby("unit", sort=True)
    risk_of_unit = by_unit["risk"].mean().fillna(0.0)
    of_unit = pd.DataFrame(
        {
            "order": by_unit["order"].min(),
            "alone": by_unit.size() == 1,
            "band": np.digitize(risk_of_unit, np.quantile(risk_of_unit, RISK_SHARES)),
            "tier": _most_frequent(members),
        }
    )
    stratum = of_unit.groupby(["alone", "band", "tier"], sort=True).ngroup()
    place = of_unit.assign(stratum=stratum).groupby("stratum")["order"].rank(method="first") - 1
    start = np.random.default_rng(seed).random(int(stratum.max()) + 1)[stratum]
    before, after = (np.floor((place + step) * share + start) for step in (0, 1))
    drawn = (after > before).to_numpy()
    places = of_unit.index.get_indexer(pd.Index(units))
    return Draw(
        np.asarray(drawn[places], dtype=bool), len(of_unit), int(stratum.max()) + 1,
        np.asarray(stratum, dtype=np.int64)[places],
    )  # fmt: skip


def _hashed(customer_ids: NDArray[Any], seed: int) -> NDArray[np.uint64]:
    """A number of each customer under the seed: 64 bits of SipHash."""
    return pd.util.hash_array(np.asarray(customer_ids, dtype=object), hash_key=f"{seed:016x}")


def _most_frequent(members: pd.DataFrame) -> pd.Series:
    """By unit the tier that most of its members have, of equally many the first by name."""
    counts = members.groupby(["unit", "tier"], sort=True).size().reset_index(name="count")
    best = counts.sort_values(["unit", "count", "tier"], ascending=[True, False, True])
    return best.drop_duplicates("unit").set_index("unit")["tier"]
