"""What the texts of a search mean, and what is said of those that mean nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import RequestRefused
from serving.customers.base.grammar import LIMIT, Filter, Search, Sorting, parsed
from serving.customers.fields import FIELDS, SHOWN_FIRST


def test_without_texts_everyone_is_found() -> None:
    assert parsed({}) == Search(columns=tuple(FIELDS[name] for name in SHOWN_FIRST), limit=LIMIT)


def test_values_are_any_of_and_may_hold_a_comma() -> None:
    (own,) = parsed({"city": "Suzhou,A\\,B,"}).filters
    assert own == Filter(FIELDS["city"], ("Suzhou", "A,B", None))


def test_a_range_is_one_condition() -> None:
    texts = {"churn_risk_max": "0.5", "churn_risk_min": "0.2", "consent": "true,false"}
    assert set(parsed(texts).filters) == {
        Filter(FIELDS["churn_risk"], None, 0.2, 0.5),
        Filter(FIELDS["consent"], (True, False)),
    }


def test_sorting_columns_and_counts_are_lists_of_fields() -> None:
    found = parsed({"sort": "-churn_risk, city", "columns": "city", "by": "plan", "limit": "7"})
    assert found.sort == (Sorting(FIELDS["churn_risk"], True), Sorting(FIELDS["city"], False))
    assert (found.columns, found.by, found.limit) == ((FIELDS["city"],), (FIELDS["plan"],), 7)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"town": "A"}, "there is no field or parameter 'town'"),
        ({"tenur_days_min": "1"}, "'tenur_days'. Is tenure_days meant?"),
        ({"sorted": "city"}, "'sorted'. Is sort meant?"),
        ({"city_min": "A"}, "city_min: city is not a number"),
        ({"value_tier": "golden"}, "'golden' is not one of .* Is gold meant?"),
        ({"consent": "yes"}, "'yes' is not one of true, false"),
        ({"churn_risk_min": "nan"}, "'nan' is not a number"),
        ({"churn_risk": "1e999"}, "'1e999' is not a number"),
        ({"city": "x" * 201}, "201 characters"),
        ({"city": "," * 1000}, "1001 values"),
        ({"sort": "city,-city"}, "sort names a field twice"),
        ({"columns": "churn"}, "there is no field 'churn'. Is churn_risk meant?"),
        ({"limit": "0"}, "from 1 to 500"),
        ({"limit": "１"}, "from 1 to 500"),
        ({"by": ",".join(list(FIELDS)[:9])}, "by: 9 fields"),
    ],
)
def test_what_means_nothing_is_refused(texts: dict[str, str], message: str) -> None:
    with pytest.raises(RequestRefused, match=message) as refusal:
        parsed(texts)
    assert refusal.value.code == "invalid_request"


def test_a_field_that_a_role_may_not_see_does_not_exist_for_it() -> None:
    for texts in ({"universal_holdout": "true"}, {"sort": "margin"}, {"columns": "expected_loss"}):
        assert parsed(texts, "marketing")
        with pytest.raises(RequestRefused, match="there is no field") as refusal:
            parsed(texts, "store")
        assert not {"universal_holdout", "margin"} & set(refusal.value.details["fields"])


@given(st.dictionaries(st.sampled_from([*FIELDS, "sort", "by", "after", "x"]), st.text()))
def test_any_text_is_read_or_refused(texts: dict[str, str]) -> None:
    with suppress(RequestRefused):
        assert isinstance(parsed(texts), Search)
