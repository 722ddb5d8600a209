"""The hidden traits: four multipliers of the hazard that no feed shows, one per group of causes.

Each is Gamma (shape k, mean 1), independent of the others. Given survival until the group's
cumulated hazard H and `leavings` earlier departures for a cause of the group, it is
Gamma(k + leavings) / (k + H): the traits can be integrated out in closed form, group by group
(Vaupel, Manton and Stallard 1979, Demography 16:439). Neither how customers behave nor how they
take an offer (`offers`) depends on them, so that nothing else depends on them. Of the few who came
back the cause that they left for counts as known; for most, it is the reason in the contract event.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.behaviour.hazard import GROUP_OF
from features.simulate.world import World
from features.simulate.world.offers import GROUPS

Array = NDArray[Any]


def shapes(world: World) -> Array:
    """The Gamma shapes as a column in the order of GROUPS."""
    return np.array([getattr(world.traits, group) for group in GROUPS])[:, None]


def draw_traits(past_hazard: Array, world: World, rng: np.random.Generator) -> Array:
    """Traits (rows as GROUPS) of those who stayed through `past_hazard` (groups x customers)."""
    k = shapes(world)
    return np.asarray(rng.gamma(k, size=past_hazard.shape) / (k + past_hazard))


def by_cause(traits: Array) -> Array:
    """What multiplies the hazard of each cause (rows as CAUSES); 1 for `unmeasured`."""
    rows = [
        np.ones(traits.shape[1]) if group is None else traits[GROUPS.index(group)]
        for group in GROUP_OF.values()
    ]
    return np.array(rows, dtype=np.float32)


def expected(past_hazard: Array, leavings: Array, world: World) -> Array:
    """The mean of each trait given survival, groups x customers."""
    k = shapes(world)
    return np.asarray((k + leavings) / (k + past_hazard))


def survival(hazard: Array, past_hazard: Array, leavings: Array, world: World) -> Array:
    """Probability of staying through a cumulated `hazard`, the traits integrated out.

    All are groups x customers; `hazard` may have an axis of paths between them.
    """
    k = shapes(world)
    shape, scale = k + leavings, 1 / (k + past_hazard)
    if hazard.ndim == 3:
        shape, scale = shape[:, None], scale[:, None]
    gone = shape.astype(hazard.dtype) * np.log1p(hazard * scale.astype(hazard.dtype))
    return np.asarray(np.exp(-gone.sum(axis=0)))
