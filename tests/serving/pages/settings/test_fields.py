"""What is filled in comes back as the values of a settings file."""

from __future__ import annotations

from typing import Any

import pytest

from features.settings import parse_toml
from serving.decision.decision_settings import SHIPPED
from serving.pages.settings.fields import GROUPS, flat, kind_of, parsed_values
from serving.retention.retention_settings import SHIPPED as OF_LISTS

ACTIONS = parse_toml(SHIPPED)["actions"]


@pytest.mark.parametrize("table", ["actions", "limits", "words", "promises", "reasons"])
def test_a_form_that_nothing_was_changed_in_changes_nothing(table: str) -> None:
    check_unchanged(list(parse_toml(SHIPPED)[table].values()))


@pytest.mark.parametrize("table", ["offers", "channels", "rules", "risk", "doubt"])
def test_so_does_a_form_of_what_lists_assume(table: str) -> None:
    own = parse_toml(OF_LISTS)[table]
    check_unchanged(list(own.values()) if table in ("offers", "channels") else [own])


def check_unchanged(entries: list[dict[str, Any]]) -> None:
    for values in map(flat, entries):
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
