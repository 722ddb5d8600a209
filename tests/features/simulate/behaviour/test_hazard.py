"""Every cause has its strength, and contacts act on the hazards."""

from __future__ import annotations

import numpy as np

from features.simulate import World
from features.simulate.behaviour.hazard import CAUSES, GROUP_OF, PUSHED_BY, ROWS_OF, strengths
from features.simulate.world.offers import GROUPS


def test_every_cause_has_its_strength(world: World) -> None:
    assert strengths(world).shape == (len(CAUSES), 1)
    assert strengths(world)[CAUSES.index("fading"), 0] == np.float32(world.strength.fading)


def test_every_cause_but_the_unmeasured_one_has_a_hidden_trait() -> None:
    assert [cause for cause in CAUSES if GROUP_OF[cause] is None] == ["unmeasured"]
    assert sorted(row for rows in ROWS_OF for row in rows) == list(range(len(CAUSES) - 1))
    assert GROUPS[PUSHED_BY[CAUSES.index("unmeasured")]] == "loyalty"
