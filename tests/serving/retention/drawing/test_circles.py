"""Who is drawn together, and how many ties cross the arms."""

from __future__ import annotations

import numpy as np

from serving.retention.drawing.circles import MAX_CIRCLE, circles, crossing

ALONE = np.array([None] * 6, dtype=object)


def ties(*pairs: tuple[int, int]) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2)


def test_friends_and_members_of_a_group_are_one_unit() -> None:
    groups = np.array(["G1", None, "G1", None, None, None], dtype=object)
    found = circles(groups, ties((1, 3)))
    assert found[0] == found[2]
    assert found[1] == found[3]
    assert len(set(found.tolist())) == 4


def test_closer_ties_come_first_and_a_circle_has_an_end() -> None:
    chain = ties(*((own, own + 1) for own in range(19)))
    found = circles(np.array([None] * 20, dtype=object), chain)
    sizes = np.unique(found, return_counts=True)[1]
    assert sizes.max() <= MAX_CIRCLE
    assert found[0] == found[1]


def test_a_large_group_stays_whole() -> None:
    groups = np.array(["G1"] * 30, dtype=object)
    assert set(circles(groups, ties()).tolist()) == {0}


def test_ties_that_cross_are_counted() -> None:
    control = np.array([True, False, True, False, False, False])
    assert crossing(ties((0, 1), (0, 2), (3, 4)), control) == 1
    assert crossing(ties(), control) == 0


def test_without_ties_everyone_is_alone() -> None:
    assert len(set(circles(ALONE, ties()).tolist())) == 6
