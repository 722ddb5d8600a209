"""The geometry of pictures: within its place, gaps where nothing is known, zero at the foot."""

from __future__ import annotations

import re

from serving.pages.charts import columns, intervals, lengths, lines


def test_a_bar_of_nothing_has_no_length() -> None:
    assert lengths([]) == []
    assert lengths([0.0, None, -3.0]) == [0.0, 0.0, 0.0]


def test_intervals_lie_within_their_place() -> None:
    found, low, high = intervals([(1.0, None, None), (0.7, 0.4, 1.2), (None, None, None)], 1.0)
    assert (low, high) == (0.4, 1.2)
    assert found[2] is None
    for own in found[:2]:
        assert own is not None
        assert 0 <= own.low <= own.at <= own.high <= 100


def test_lines_have_gaps_and_lie_within_their_place() -> None:
    found = lines({"a": [1.0, None, 3.0, 2.0], "b": [None] * 4}, ["1", "2", "3", "4"])
    path = found.lines[0].path
    assert (path.count("M"), found.lines[1].path) == (2, "")
    numbers = [float(own) for own in re.findall(r"[\d.]+", path.replace("h.01", ""))]
    assert all(0 <= own <= 100 for own in numbers)
    assert (found.low, found.high) == (0.0, 3.0)


def test_a_line_of_zeros_lies_at_the_foot() -> None:
    assert lines({"": [0.0, 0.0]}, ["1", "2"]).lines[0].path == "M25 100L75 100"
    assert lines({}, []).lines == []


def test_of_many_labels_some_are_shown() -> None:
    labels = lines({"": [1.0] * 40}, [str(own) for own in range(40)]).labels
    assert len(labels) == 40
    assert 4 <= sum(bool(own) for own in labels) <= 6


def test_columns_fill_their_place_and_no_more() -> None:
    found = columns([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0]], ["a", "b", "c"])
    assert sum(part.height for part in found[0]) == 100.0
    assert min(part.top for part in found[0]) == 0.0
    assert [part.height for part in found[1]] == [0.0, 0.0, 0.0]
