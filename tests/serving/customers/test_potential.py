"""Potential large customers: proposed by the model, qualified by a rule, confirmed for a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused, SettingsError, UnknownCustomers
from features.histories.bills.tiers import TIERS
from serving.customers.potential import (
    chance_of_more,
    check_rule,
    confirm,
    in_words,
    potential,
    potential_customers,
)
from serving.database import open_engine, upgrade
from serving.scores import last_scores
from serving.service_settings import PotentialSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SmallHome

RULE = PotentialSettings(0.6, 180, ("unresolved_complaints",))
NOW = datetime(2026, 3, 2, 9)
TODAY = NOW.date()
GOOD = {"tenure_days": 400.0, "unresolved_complaints": 0.0}


def scores_of(*customers: tuple[str, str, list[float]]) -> pd.DataFrame:
    """Scores of customers: today's tier, the predicted one, the chances of the four."""
    rows = [
        {
            "customer_id": f"C{place}",
            "value_tier": today,
            "predicted_tier": predicted,
            "eligible": True,
            "margin": 20.0,
            **dict(
                zip(
                    ("chance_standard", "chance_silver", "chance_gold", "chance_diamond"),
                    chances,
                    strict=True,
                )
            ),
        }
        for place, (today, predicted, chances) in enumerate(customers)
    ]
    return pd.DataFrame(rows)


RISING = ("silver", "gold", [0.0, 0.3, 0.5, 0.2])
DOUBTFUL = ("silver", "gold", [0.0, 0.45, 0.55, 0.0])
STAYING = ("gold", "gold", [0.0, 0.2, 0.5, 0.3])
FALLING = ("gold", "silver", [0.0, 0.6, 0.4, 0.0])


def judged(customer: tuple[str, str, list[float]], **own: Any) -> Any:
    return potential(scores_of(customer), pd.DataFrame([GOOD | own]), RULE)[0]


def test_who_is_predicted_a_higher_tier_is_proposed_and_the_rule_qualifies() -> None:
    assert [judged(one) for one in (RISING, DOUBTFUL, STAYING, FALLING)] == [
        "qualified", "proposed", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "own", [{"tenure_days": 179.0}, {"tenure_days": None}, {"unresolved_complaints": 1.0}]
)
def test_what_breaks_the_rule_leaves_it_at_a_proposal(own: dict[str, Any]) -> None:
    assert judged(RISING, **own) == "proposed"


@pytest.mark.parametrize("own", [{"eligible": False}, {"margin": float("nan")}])
def test_without_eligibility_or_a_predicted_margin_none_is_proposed(
    own: dict[str, Any],
) -> None:
    scores = scores_of(RISING).assign(**own)
    assert potential(scores, pd.DataFrame([GOOD]), RULE).tolist() == [None]


def test_a_feature_that_is_not_delivered_holds_up_no_customer() -> None:
    rows = pd.DataFrame([GOOD]).drop(columns="unresolved_complaints")
    assert potential(scores_of(RISING), rows, RULE).tolist() == ["qualified"]


def test_the_chance_of_more_is_that_of_all_higher_tiers() -> None:
    assert chance_of_more(scores_of(RISING, STAYING)).tolist() == pytest.approx([0.7, 0.3])


def test_without_a_model_of_value_no_customer_is_proposed() -> None:
    scores = scores_of(RISING).assign(value_tier=None, predicted_tier=None)
    assert potential(scores, pd.DataFrame([GOOD]), RULE).tolist() == [None]


def test_a_rule_on_an_undeclared_feature_is_refused(tmp_path: Path) -> None:
    check_rule(tmp_path, RULE)
    with pytest.raises(SettingsError, match=r"must_be_zero names horoscope, which no feature"):
        check_rule(tmp_path, PotentialSettings(0.6, 180, ("horoscope",)))


def test_a_rule_on_a_category_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"must_be_zero names city, a category"):
        check_rule(tmp_path, PotentialSettings(0.6, 180, ("overdue_bills", "city")))


def test_a_rule_of_negative_tenure_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"min_tenure_days is -1; expected at least 0"):
        PotentialSettings(0.6, -1, ())


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def scores(small_home: SmallHome, tmp_path: Path) -> pd.DataFrame:
    """Last night's scores, with three customers made to rise, as read back from Parquet."""
    found = last_scores(small_home.home).head(6).reset_index(drop=True)
    found[["value_tier", "predicted_tier", "potential"]] = ["silver", "silver", None]
    found.loc[:2, "predicted_tier"] = "gold"
    found.loc[:1, "potential"] = "qualified"
    found.loc[2, "potential"] = "proposed"
    chances = [f"chance_{tier}" for tier in ("standard", "silver", "gold", "diamond")]
    found[chances] = [0.0, 1.0, 0.0, 0.0]
    found.loc[0, chances] = [0.0, 0.3, 0.7, 0.0]
    found.loc[1, chances] = [0.0, 0.2, 0.8, 0.0]
    found.loc[2, chances] = [0.0, 0.5, 0.5, 0.0]
    return read_back(found, tmp_path)


def read_back(scores: pd.DataFrame, folder: Path) -> pd.DataFrame:
    scores.to_parquet(folder / "scores.parquet", index=False)
    return pd.read_parquet(folder / "scores.parquet")


def listed(small_home: SmallHome, scores: pd.DataFrame, engine: Engine, **own: Any) -> list[Any]:
    found = potential_customers(small_home.home, scores, engine, **({"today": TODAY} | own))
    return [(one["customer_id"], one["status"]) for one in found]


def test_the_likeliest_comes_first(
    small_home: SmallHome, scores: pd.DataFrame, engine: Engine
) -> None:
    first, second, third = scores["customer_id"][:3]
    assert listed(small_home, scores, engine) == [
        (second, "qualified"), (first, "qualified"), (third, "proposed"),
    ]  # fmt: skip


def test_a_confirmation_counts_to_its_date_and_then_falls_back(
    small_home: SmallHome, scores: pd.DataFrame, engine: Engine
) -> None:
    own = scores["customer_id"][0]
    with engine.begin() as connection:
        confirm(connection, scores, own, "M7", date(2026, 6, 1), NOW)
    assert (own, "confirmed") in listed(small_home, scores, engine, today=date(2026, 6, 1))
    assert (own, "qualified") in listed(small_home, scores, engine, today=date(2026, 6, 2))
    calm = scores.assign(potential=None)
    assert listed(small_home, calm, engine) == [(own, "confirmed")]
    assert listed(small_home, calm, engine, today=date(2026, 6, 2)) == []


@pytest.mark.parametrize("tier", ["silver", "diamond", None])
def test_of_a_confirmed_customer_what_the_champion_does_not_predict_is_null(
    small_home: SmallHome, scores: pd.DataFrame, engine: Engine, tmp_path: Path, tier: str | None
) -> None:
    own = scores["customer_id"][0]
    with engine.begin() as connection:
        confirm(connection, scores, own, "M7", date(2026, 6, 1), NOW)
    chances = {f"chance_{one}": float("nan") for one in TIERS}
    silent = scores.assign(value_tier=tier, predicted_tier=None, potential=None, **chances)
    (one,) = potential_customers(small_home.home, read_back(silent, tmp_path), engine, TODAY)
    assert json.loads(json.dumps(one, allow_nan=False)) == one
    predicted = (one["value_tier"], one["predicted_tier"], one["chance_of_more"])
    assert predicted == (tier, None, None)
    words = f"{tier or 'no tier known'}, none predicted, by M7 until 2026-06-01"
    assert in_words(one) == f"{own}  confirmed  {words}"


def test_the_latest_confirmation_counts(
    small_home: SmallHome, scores: pd.DataFrame, engine: Engine
) -> None:
    own = scores["customer_id"][0]
    for manager, until in (("M7", date(2026, 9, 1)), ("M8", date(2026, 3, 5))):
        with engine.begin() as connection:
            confirm(connection, scores, own, manager, until, NOW)
    (one,) = potential_customers(small_home.home, scores, engine, TODAY, manager="M8")
    assert (one["customer_id"], one["confirmed_by"], one["until"]) == (own, "M8", "2026-03-05")
    assert (own, "confirmed") not in listed(small_home, scores, engine, today=date(2026, 3, 6))


def test_a_manager_sees_his_own(
    small_home: SmallHome, scores: pd.DataFrame, engine: Engine
) -> None:
    found = potential_customers(small_home.home, scores, engine, TODAY)
    for manager in {one["manager_id"] for one in found} - {None}:
        own = potential_customers(small_home.home, scores, engine, TODAY, manager)
        assert own == [one for one in found if one["manager_id"] == manager]
    assert listed(small_home, scores, engine, manager="unknown") == []


@pytest.mark.parametrize(
    ("place", "manager", "until", "code", "words"),
    [
        (2, "M7", date(2026, 6, 1), "not_qualified", "is proposed, but the rule"),
        (5, "M7", date(2026, 6, 1), "not_qualified", "is not proposed"),
        (0, "M7", date(2026, 3, 1), "invalid_request", "has passed"),
        (0, "", date(2026, 6, 1), "invalid_request", "has 0 characters"),
        (0, "M" * 65, date(2026, 6, 1), "invalid_request", "has 65 characters"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(
    scores: pd.DataFrame,
    engine: Engine,
    place: int,
    manager: str,
    until: date,
    code: str,
    words: str,
) -> None:
    with pytest.raises(RequestRefused, match=words) as refusal, engine.begin() as connection:
        confirm(connection, scores, scores["customer_id"][place], manager, until, NOW)
    assert refusal.value.code == code


def test_a_customer_without_a_score_is_refused(scores: pd.DataFrame, engine: Engine) -> None:
    with (
        pytest.raises(UnknownCustomers, match="X9 was not scored last night"),
        engine.begin() as connection,
    ):
        confirm(connection, scores, "X9", "M7", date(2026, 6, 1), NOW)
