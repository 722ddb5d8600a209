"""A request says what is wanted, or is refused with what is wrong."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from features.errors import RequestRefused
from serving.retention.selection.request import ListRequest, parsed, read_request

NOW = datetime(2026, 3, 2, 6)
GOOD: dict[str, Any] = {
    "purpose": "retention", "owner": "lin", "expires": "2026-04-30", "budget": 60_000,
    "capacity": {"channel": {"sms": 5000}, "city": {"Foshan": 300, "each": 500}},
    "filter": {"city": ["Foshan", "Su,zhou"], "churn_risk_min": 0.05, "consent": True},
}  # fmt: skip


def test_a_request_is_what_it_says() -> None:
    found = parsed(GOOD, NOW)
    assert found == ListRequest(
        purpose="retention", owner="lin", expires=date(2026, 4, 30), budget_fen=6_000_000,
        capacity={"channel": {"sms": 5000}, "city": {"Foshan": 300, "each": 500}}, seed=found.seed,
        filters={"city": "Foshan,Su\\,zhou", "churn_risk_min": "0.05", "consent": "true"},
    )  # fmt: skip


def test_a_seed_that_is_not_named_is_drawn_and_kept() -> None:
    drawn = {parsed(GOOD, NOW).seed for _ in range(8)}
    assert len(drawn) == 8
    found = parsed(GOOD, NOW)
    assert parsed(found.to_json(), NOW).seed == found.to_json()["seed"] == found.seed
    assert parsed(GOOD | {"seed": 0}, NOW).to_json()["seed"] == 0


def test_what_is_kept_is_the_same_request() -> None:
    found = parsed(
        GOOD | {"control_share": 0.2, "trial_share": 0.1, "offers": ["discount"], "size": 9}, NOW
    )
    assert parsed(found.to_json(), NOW) == found


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"budget": -1}, "budget is -1; expected an amount of at least 0"),
        ({"budget": True}, "budget is True"),
        ({"control_share": 1}, "control_share is 1; expected from 0 to 0.5"),
        ({"trial_share": 0.6}, "trial_share is 0.6; expected from 0 to 0.5"),
        ({"control_share": float("nan")}, "control_share is nan"),
        ({"days": 0}, "days is 0; expected a whole number from 1 to 366"),
        ({"size": 2.5}, "size is 2.5"),
        ({"seed": -3}, "seed is -3"),
        ({"ranking": "luck"}, "expected one of expected_gain"),
        ({"purpose": "customer_present"}, "purpose is 'customer_present'; expected one of"),
        ({"expires": "soon"}, "expires is 'soon'; expected a date"),
        ({"owner": 7}, "owner is 7; expected a text"),
        ({"owner": " "}, "owner is empty; expected a name"),
        ({"offers": "discount"}, "offers is 'discount'; expected a list"),
        ({"capacity": {"shop": {"S1": 1}}}, "capacity has no 'shop'"),
        ({"capacity": {"city": 3}}, "capacity.city is 3; expected a table"),
        ({"capacity": {"city": {"Foshan": -1}}}, "capacity.city.Foshan is -1"),
        ({"filter": {"city": {"a": 1}}}, "filter.city is"),
        ({"bugdet": 3}, "the request has no 'bugdet'. Is budget meant?"),
    ],
)
def test_each_wrong_value_is_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parsed(GOOD | changed, NOW)
    assert refused.value.code == "invalid_request"
    assert said in refused.value.message


@pytest.mark.parametrize("name", ["purpose", "owner", "expires"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(RequestRefused, match=f"{name} is missing"):
        parsed({own: value for own, value in GOOD.items() if own != name}, NOW)


@pytest.mark.parametrize("expires", ["2026-03-02", "2020-01-01"])
def test_a_purpose_that_has_expired_is_refused(expires: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        parsed(GOOD | {"expires": expires}, NOW)
    assert refused.value.code == "expired"


def test_a_list_has_an_end() -> None:
    with pytest.raises(RequestRefused, match="name a budget, a size or a capacity"):
        parsed({name: GOOD[name] for name in ("purpose", "owner", "expires")}, NOW)


def test_a_file_is_read_as_toml(tmp_path: Path) -> None:
    path = tmp_path / "request.toml"
    path.write_text(
        'purpose = "retention"\nowner = "lin"\nexpires = 2026-04-30\nsize = 10\n', "utf-8"
    )
    assert read_request(path, NOW).size == 10
    path.write_text("purpose = ", "utf-8")
    with pytest.raises(RequestRefused, match=r"request\.toml cannot be read as TOML"):
        read_request(path, NOW)
