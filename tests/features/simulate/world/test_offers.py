from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import SettingsError
from features.simulate import Simulated
from features.simulate.world.offers import (
    GROUPS,
    MAX_HARM,
    MAX_HELP,
    Effects,
    OfferKind,
    Targets,
    catalogue,
    draw_tastes,
    effects,
    effects_table,
    multipliers,
)

N = 20_000
DISCOUNT = OfferKind(
    offer="discount",
    name="10 % off",
    payment_mode="both",
    cost_fen=3000,
    months=6,
    acts_on="price",
    reach_share=0.6,
    acceptance_share=0.4,
    strength=1.1,
    lasts_months=9,
    wakes=0.3,
    margin_share=1.0,
)
VISIT = dataclasses.replace(DISCOUNT, offer="visit", acts_on="quality", wakes=0.12)
RENEWAL = dataclasses.replace(
    DISCOUNT, offer="renewal", payment_mode="postpaid", acts_on="loyalty", strength=1.8, wakes=0.5
)
KINDS = (DISCOUNT, VISIT, RENEWAL)


def targets(seed: int = 1) -> Targets:
    rng = np.random.default_rng(seed)
    prepaid = rng.random(N) < 0.45
    return Targets(
        prepaid=prepaid,
        tenure_days=np.clip(rng.exponential(np.where(prepaid, 770, 1540)), 7, 5475),
        fee_fen=np.where(prepaid, 2900, 9900),
        tastes=draw_tastes(N, rng),
    )


@pytest.fixture(scope="module")
def found() -> Effects:
    return effects(KINDS, targets(), np.random.default_rng(2))


def intention_to_treat(found: Effects) -> np.ndarray:
    """By how much the hazard changes for those who are contacted, outcomes averaged."""
    both = found.acceptance * np.exp(found.accepted)
    both += (1 - found.acceptance) * np.exp(found.refused)
    change: np.ndarray = 1 + found.reach * (both - 1)
    return change


def test_reach_and_acceptance_are_near_the_settings_and_differ_by_customer(found: Effects) -> None:
    for part, typical in ((found.reach, 0.6), (found.acceptance, 0.4)):
        assert ((part > 0) & (part < 1)).all()
        assert np.median(part, axis=1) == pytest.approx([typical] * 3, abs=0.12)
        assert (part.std(axis=1) > 0.05).all()


def test_offers_hold_some_and_drive_out_others(found: Effects) -> None:
    change = intention_to_treat(found)
    assert (np.mean(change < 0.95, axis=1) > 0.2).all()
    assert (np.mean(change > 1.01, axis=1) > 0.05).all()


def test_no_effect_is_beyond_what_experiments_found(found: Effects) -> None:
    assert (intention_to_treat(found).mean(axis=1) < MAX_HARM).all()
    assert found.refused.max() <= np.float32(2 * np.log(MAX_HARM))
    assert found.accepted.min() >= np.float32(np.log(MAX_HELP))


def test_refusing_wakes_those_who_have_been_loyal_for_long(found: Effects) -> None:
    who = targets()
    loyal = (who.tenure_days > 1500) & (who.tastes[GROUPS.index("loyalty")] < 0.8)
    new = who.tenure_days < 200
    assert (np.exp(found.refused[:, loyal]).mean(axis=1) > 1.1).all()
    assert (np.exp(found.refused[:, new]).mean(axis=1) < 1.05).all()


def test_a_discount_keeps_those_with_a_taste_for_a_low_price(found: Effects) -> None:
    minds = targets().tastes[GROUPS.index("price")]
    assert np.corrcoef(minds, found.accepted[0])[0, 1] < -0.5
    assert np.corrcoef(minds, found.acceptance[0])[0, 1] > 0.3
    assert abs(np.corrcoef(minds, found.accepted[1])[0, 1]) < 0.05


def test_effects_and_tastes_do_not_depend_on_the_hidden_traits(simulated: Simulated) -> None:
    truth = simulated.out / "truth"
    people = pd.read_parquet(truth / "customers.parquet").set_index("customer_id")
    tastes = [f"taste_{group}" for group in GROUPS]
    effects = ["reach", "acceptance", "effect_accepted", "effect_refused"]
    # Those of the first day stayed long, and so differ in traits: newcomers, numbered after them.
    people = people.sort_index().iloc[1000:]
    offered = pd.read_parquet(truth / "effects.parquet").join(people, "customer_id", "inner")
    assert len(people) > 150
    for _, rows in offered.groupby("offer"):
        found = rows[[*tastes, *effects, *GROUPS]].corr(method="spearman")
        noise = 4 / np.sqrt(len(rows))
        assert (found.loc[[*tastes, *effects], list(GROUPS)].abs() < noise).all().all()


def test_prepaid_customers_are_not_offered_a_contract(found: Effects) -> None:
    assert (found.may_have[2] == ~targets().prepaid).all()
    assert found.may_have[:2].all()


def test_an_accepted_offer_acts_most_on_its_own_causes() -> None:
    acts_on = np.array(["price", "price"], dtype=object)
    times = multipliers(acts_on, np.array([True, False]), np.log([0.25, 1.5]))
    assert times[:, 0].tolist() == pytest.approx([0.25, 0.5, 0.5, 0.5])
    assert times[:, 1].tolist() == pytest.approx([1.5] * 4)


def test_the_truth_has_one_row_per_customer_and_open_offer(found: Effects) -> None:
    ids = np.array([f"C{i:05d}" for i in range(N)], dtype=object)
    table = effects_table(ids, KINDS, found).to_pandas()
    assert len(table) == found.may_have.sum()
    assert not table.duplicated(["customer_id", "offer"]).any()
    row = table[(table["customer_id"] == "C00007") & (table["offer"] == "visit")].iloc[0]
    assert row["effect_accepted"] == found.accepted[1, 7]
    assert row["acts_on"] == "quality"


def test_the_catalogue_speaks_of_both_modes_as_of_none() -> None:
    feed = catalogue(KINDS, date(2024, 12, 2)).to_pandas()
    assert feed["offer"].tolist() == ["discount", "visit", "renewal"]
    assert feed["payment_mode"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("key", "value"), [("acts_on", "weather"), ("payment_mode", ""), ("reach_share", 1.0)]
)
def test_an_impossible_offer_is_refused(key: str, value: object) -> None:
    changed: dict[str, Any] = {key: value}
    with pytest.raises(SettingsError, match=f"offers: discount: {key}"):
        dataclasses.replace(DISCOUNT, **changed)
