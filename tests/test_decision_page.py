"""docs/decision.md says what the code does: fields, rules, outcomes, numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from serving.decision.decision_settings import decision_settings
from serving.decision.outcomes.reported import CHANGES_SERVICE, OUTCOMES
from serving.http.contract.forms.decide import Blocked, DecideAnswer
from serving.http.contract.forms.outcomes import Outcome

PAGE = (Path(__file__).parents[1] / "docs" / "decision.md").read_text("utf-8")
SETTINGS = decision_settings(Path("no home"))


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]


def names(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_its_fields_are_those_of_the_answer() -> None:
    rungs = {"gain", "margin_effect"}
    named = {name for row in table("What the answer holds") for name in names(row[0])}
    assert named - rungs <= set(DecideAnswer.model_fields)


def test_its_rules_are_all_that_can_block() -> None:
    named = {name for row in table("Rules that no button bypasses") for name in names(row[1])}
    hint = Blocked.model_fields["because"].annotation
    assert named == set(get_args(get_args(hint)[0]))


def test_its_outcomes_are_all_and_need_what_it_says() -> None:
    rows = table("How it ended")
    assert {name for row in rows for name in names(row[0])} == set(OUTCOMES)
    assert set(get_args(Outcome)) == set(OUTCOMES)
    confirmed = {name for row in rows if "`confirmation`" in row[1] for name in names(row[0])}
    assert confirmed == set(CHANGES_SERVICE)


def test_its_numbers_are_the_settings() -> None:
    own = SETTINGS.clusters
    assert f"{SETTINGS.undo_seconds:g} seconds" in PAGE
    assert f"at most {own.false_alarms_a_month:.0%}".replace("%", " %") in PAGE
    assert f"at least {own.min_count}, and twice" in " ".join(PAGE.split())
    assert own.min_ratio == 2
