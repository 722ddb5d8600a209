"""Answers to surveys as they were known."""

from __future__ import annotations

from functools import partial

from tests import facts as given
from tests.facts import MOMENTS, Fact, day, fact, joined

rows = partial(given.rows, of=("surveys",))  # all features at once would take long


def answer(at: float, score: int, known: float | None = None, survey: str | None = None) -> Fact:
    moment = None if known is None else day(known)
    return fact("surveys", "C1", day(at), moment, survey_id=survey or f"S{at}", score=score)


def test_scores_are_shown_by_the_latest_the_mean_and_their_change() -> None:
    facts = [*joined("C1"), answer(-90, 8), answer(-30, 6), answer(-9, 1), answer(-400, 0)]
    row = rows(facts)["C1", day(0)]
    assert row["survey_score_52w_latest"] == 1
    assert row["survey_score_52w_mean"] == 5
    assert round(row["survey_score_52w_change"], 1) == -85.7  # 1 against the mean of 8 and 6
    assert row["days_since_survey"] == 9


def test_without_answers_nothing_is_known() -> None:
    row = rows(joined("C1"))["C1", day(0)]
    assert row["survey_score_52w_latest"] is row["days_since_survey"] is None


def test_of_two_answers_of_one_moment_the_lower_is_the_later() -> None:
    facts = [*joined("C1"), answer(-9, 10, survey="S1"), answer(-9, 3, survey="S2")]
    assert rows(facts)["C1", day(0)]["survey_score_52w_latest"] == 3


def test_an_answer_counts_from_the_day_it_is_known_and_so_does_its_correction() -> None:
    first, corrected = answer(-9, 10, known=-1.5, survey="S1"), answer(-9, 2, 1.5, survey="S1")
    found = rows([*joined("C1"), first, corrected])
    scores = [found["C1", moment]["survey_score_52w_latest"] for moment in MOMENTS]
    assert scores == [None, None, None, None, 10, 10, 10, 2, 2, 2, 2]
