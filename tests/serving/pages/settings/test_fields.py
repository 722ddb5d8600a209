"""What is filled in comes back as the values of a settings file."""

from __future__ import annotations

import pytest

from features.settings import parse_toml
from serving.decision.decision_settings import SHIPPED
from serving.pages.settings.fields import GROUPS, kind_of, parsed_values

ACTIONS = parse_toml(SHIPPED)["actions"]


@pytest.mark.parametrize("table", ["actions", "limits", "words", "promises", "reasons"])
def test_a_form_that_nothing_was_changed_in_changes_nothing(table: str) -> None:
    for values in parse_toml(SHIPPED)[table].values():
        filled = {}
        for name, own in values.items():
            kind = kind_of(name, own)
            texts = own if kind == "some" else ["\n".join(own)] if kind == "lines" else [f"{own}"]
            filled[name] = (["yes"] if own else ["no"]) if kind == "flag" else texts
        assert parsed_values(values, filled) == values


def test_the_groups_name_every_value_of_an_offer_once() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(next(iter(ACTIONS.values())))


def test_what_is_not_a_number_stays_for_the_reader_to_refuse() -> None:
    values = {"cost": 60, "months": 3}
    assert parsed_values(values, {"cost": ["a lot"], "months": ["2.5"]}) == {
        "cost": "a lot", "months": 2.5,
    }  # fmt: skip
    assert parsed_values(values, {"cost": ["1,250.5"], "months": ["2"]}) == {
        "cost": 1250.5, "months": 2,
    }  # fmt: skip
