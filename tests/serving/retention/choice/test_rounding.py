"""From a choice in parts to one of whole customers."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from serving.retention.choice import rounding
from serving.retention.choice.pricing import NONE, Priced, used
from serving.retention.choice.problem import numbered
from serving.retention.choice.relaxation import Relaxed, relax
from serving.retention.choice.rounding import rounded
from tests.serving.retention.choice.cases import operator, usage_holds


def test_a_choice_beyond_the_limits_is_brought_within_them() -> None:
    options, limits = operator(2_000)
    problem, _ = numbered(options, limits)
    free = Priced(problem, np.zeros(len(problem.limit)))
    assert (used(problem, free.chosen) > problem.limit).sum() > 5
    chosen = rounded(problem, Relaxed(free, free.chosen, False))
    place = chosen[chosen != NONE]
    assert usage_holds(options, limits, place)
    assert options.gain_fen[place].sum() > 0.5 * relax(problem).priced.bound_fen


def test_the_search_finds_what_filling_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = [numbered(*operator(300, seed=seed))[0] for seed in range(6)]
    relaxed = [relax(problem) for problem in problems]

    def gain(place: int) -> float:
        chosen = rounded(problems[place], relaxed[place])
        return float(problems[place].gain[chosen[chosen != NONE]].sum())

    searched = [gain(place) for place in range(6)]
    monkeypatch.setattr(rounding, "MAX_SEARCHED", 0)
    filled = [gain(place) for place in range(6)]
    assert all(np.array(filled) <= searched)
    assert any(np.array(filled) < searched)
    assert all(searched <= np.array([one.priced.bound_fen for one in relaxed]))


def test_what_the_limits_leave_is_filled() -> None:
    options, limits = operator(2_000)
    problem, _ = numbered(options, replace(limits, budget_fen=None))
    nothing = np.full(len(problem.first) - 1, NONE)
    relaxed = relax(problem)
    chosen = rounded(problem, replace(relaxed, chosen=nothing))
    gain = problem.gain[chosen[chosen != NONE]].sum()
    assert gain > 0.999 * relaxed.priced.bound_fen


def test_lines_that_the_search_prints_go_to_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with rounding._standard_output_kept():
        os.write(1, b"a line of a library\n")
    os.write(1, b"our own\n")
    found = capfd.readouterr()
    assert (found.out, found.err) == ("our own\n", "a line of a library\n")


def test_two_searches_at_once_leave_standard_output_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def search(_: int) -> None:
        with rounding._standard_output_kept():
            os.write(1, b"x")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(search, range(50)))
    os.write(1, b"our own")
    assert capfd.readouterr() == ("our own", 50 * "x")
