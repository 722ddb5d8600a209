"""Why the standing changed: the night's inputs, or other rules, each by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from serving.customers.standing.standing_settings import StandingSettings, Term
from tests.serving.customers.standing.test_nights import FIRST, SECOND, THIRD, changes, night
from tests.serving.customers.standing.test_rules import RULES


def test_other_rules_are_named_as_the_cause(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    stricter = replace(RULES, credit=replace(RULES.credit, base=30.0))
    night(tmp_path, SECOND, stricter)
    assert ("2025-07-08", "credit", "B", "D", "rules_changed") in changes(tmp_path)
    night(tmp_path, THIRD, stricter, tenure_days=9000.0)
    assert ("2025-07-15", "credit", "D", "C", "tenure") in changes(tmp_path)


def test_rules_of_another_measure_cause_nothing(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    recency = replace(RULES.rfm.recency, bounds=(2.0, 3.0))
    night(tmp_path, SECOND, replace(RULES, rfm=replace(RULES.rfm, recency=recency)),
          overdue_bills=1.0)  # fmt: skip
    assert changes(tmp_path)[3:] == [
        ("2025-07-08", "credit", "B", "C", "overdue"),
        ("2025-07-08", "points", "60", "120", "earned"),
        ("2025-07-08", "rfm", "553", "353", "rules_changed"),
    ]


def test_terms_in_another_order_are_the_same_rules(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    night(tmp_path, SECOND, with_terms(dict(reversed(RULES.credit.terms.items()))), suspensions=1.0)
    assert ("2025-07-08", "credit", "B", "C", "suspensions") in changes(tmp_path)


def test_rules_that_left_the_measure_as_it_was_cause_nothing_later(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    milder = replace(RULES, credit=replace(RULES.credit, base=65.0))
    night(tmp_path, SECOND, milder)
    night(tmp_path, THIRD, milder, overdue_bills=1.0)
    assert [own for own in changes(tmp_path) if own[1] == "credit"] == [
        ("2025-07-01", "credit", None, "B", "first"),
        ("2025-07-15", "credit", "B", "C", "overdue"),
    ]


def test_a_new_term_is_a_change_of_the_rules(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    term = Term("unresolved_complaints", -20.0, 40.0)
    night(tmp_path, SECOND, with_terms(RULES.credit.terms | {"complaints": term}),
          unresolved_complaints=1.0)  # fmt: skip
    assert ("2025-07-08", "credit", "B", "C", "rules_changed") in changes(tmp_path)


def with_terms(terms: dict[str, Term]) -> StandingSettings:
    return replace(RULES, credit=replace(RULES.credit, terms=terms))
