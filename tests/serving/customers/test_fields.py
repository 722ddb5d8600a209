"""The fields of the base: each is a column of the night's scores, and named once."""

from __future__ import annotations

import pytest

from features.errors import RequestRefused
from serving.access.permissions import ROLES
from serving.customers.fields import FIELDS, SHOWN_FIRST, field_of, seen_by
from serving.scores import SCORES

KINDS = {"string": "text", "bool": "flag", "int64": "whole", "double": "number"}


def test_each_field_is_a_column_of_the_scores_of_its_kind() -> None:
    for field in FIELDS.values():
        assert KINDS[str(SCORES.field(field.source).type)] == field.kind, field.name


def test_each_field_has_words_and_numbers_have_bands() -> None:
    for field in FIELDS.values():
        assert field.en
        assert field.zh
        assert field.is_number == bool(field.bands), field.name
        assert list(field.bands) == sorted(field.bands)
    assert set(SHOWN_FIRST) <= set(FIELDS)


def test_roles_that_see_a_field_exist_and_the_command_line_sees_all() -> None:
    assert {role for own in FIELDS.values() for role in own.seen_by} <= {*ROLES, "approver"}
    assert seen_by(None) == list(FIELDS.values())
    assert set(FIELDS) - {field.name for field in seen_by("store")} == {
        "margin", "expected_loss", "potential", "eligible", "universal_holdout",
    }  # fmt: skip


def test_a_wrong_name_names_the_nearest_field() -> None:
    with pytest.raises(RequestRefused, match=r"no field 'risk'\. Is churn_risk meant\?") as refusal:
        field_of("risk")
    assert refusal.value.details["fields"] == list(FIELDS)
