"""The compiled ranking of reasons against the same rule written with sorting."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.scoring.ranking import NONE, ReasonRules, ranked

FEATURES, FACTS = 9, 4


def expected(
    rules: ReasonRules, effects: Any, values: Any, max_reasons: int, min_leaving: int
) -> list[int]:
    """The places of one row's reasons."""

    def is_said(place: int) -> bool:
        value, effect = values[place], effects[place]
        zero = rules.none[place] or (rules.calm[place] and effect < 0)
        sign = value > 0 or (rules.less[place] if value < 0 else zero)
        return bool(np.isfinite(value) and abs(value) >= rules.least[place] and effect and sign)

    said = [place for place in range(FEATURES) if rules.fact[place] != NONE and is_said(place)]
    best: dict[int, int] = {}
    for place in sorted(said, key=lambda place: (-abs(effects[place]), place)):
        best.setdefault(int(rules.fact[place]), place)
    found, leaving = [], 0
    for rank, place in enumerate(best.values()):
        leaving += effects[place] > 0
        if rank < max_reasons or (effects[place] > 0 and leaving <= min_leaving):
            found.append(place)
    return found


def each(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=FEATURES, max_size=FEATURES)


@settings(deadline=None)
@given(
    each(st.integers(NONE, FACTS - 1)),
    st.tuples(*[each(st.booleans())] * 3),
    each(st.sampled_from([0.0, 0.5])),
    each(st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])),
    each(st.sampled_from([-1.0, -0.1, 0.0, 0.1, 1.0, np.nan, np.inf])),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_the_pass_over_a_row_is_the_rule(
    fact: list[int], signs: Any, least: list[float], effects: list[float], values: list[float],
    max_reasons: int, min_leaving: int,
) -> None:  # fmt: skip
    less, none, calm = (np.array(own, dtype=bool) for own in signs)
    rules = ReasonRules(np.array(fact), less, none, calm, np.array(least))
    row, own = np.array([effects]), np.array([values], dtype=np.float32)
    places, found, pushed = ranked(rules, row, own, max_reasons, min_leaving)
    chosen = places[0][places[0] != NONE]
    assert chosen.tolist() == expected(rules, row[0], own[0], max_reasons, min_leaving)
    np.testing.assert_array_equal(found[0][: len(chosen)], own[0][chosen])
    np.testing.assert_array_equal(pushed[0][: len(chosen)], row[0][chosen])
