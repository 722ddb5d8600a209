from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import LakeError, SettingsError, UnknownCustomers
from features.simulate.truth.respond import future_table, respond
from features.simulate.world.offers import GROUPS

N = 6_000
IDS = np.array([f"C{i:05d}" for i in range(N)], dtype=object)
MARGIN_FEN = 3_000


def write_truth(folder: Path, seed: int = 1, monthly: float = 0.08, **effect: float) -> Path:
    """Customers with equal hazards in all groups; one offer of equal effect on all."""
    terms = {
        "reach": 0.6,
        "acceptance": 0.4,
        "effect_accepted": -1.0,
        "effect_refused": 0.4,
        "acts_on": "price",
        "lasts_months": 12,
        "margin_share": 1.0,
    } | effect
    folder.mkdir(exist_ok=True)
    hazards = np.full((len(GROUPS), 12, N), monthly / len(GROUPS))
    future = future_table(IDS, seed, hazards, np.full(N, MARGIN_FEN))
    pq.write_table(future, folder / "future.parquet")
    effects = pa.table({"customer_id": IDS, "offer": ["discount"] * N}).to_pandas()
    effects = effects.assign(**terms)
    effects.to_parquet(folder / "effects.parquet")
    return folder


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_truth(tmp_path_factory.mktemp("truth"))


def contacts(offer: str | None) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": IDS, "offer": pd.Series([offer] * N, dtype=object)})


def test_without_contact_customers_leave_by_their_hazard(truth: Path) -> None:
    outcomes = respond(truth, contacts(None))
    left = outcomes["left_month"]
    assert not outcomes["reached"].any()
    assert (outcomes["saved_months"] == 0).all()
    assert left.notna().mean() == pytest.approx(1 - np.exp(-12 * 0.08), abs=0.02)
    assert (left == 1).fillna(False).mean() == pytest.approx(1 - np.exp(-0.08), abs=0.01)


def test_the_same_contacts_have_the_same_outcomes_in_any_order(truth: Path) -> None:
    played = contacts("discount")
    shuffled = played.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        respond(truth, played), respond(truth, shuffled).sort_index(), check_like=True
    )


def test_another_seed_is_another_luck(truth: Path, tmp_path: Path) -> None:
    other = write_truth(tmp_path / "other", seed=2)
    one, two = (respond(folder, contacts("discount")) for folder in (truth, other))
    assert (one["reached"] != two["reached"]).mean() > 0.3


def test_as_many_are_reached_and_accept_as_the_truth_says(truth: Path) -> None:
    outcomes = respond(truth, contacts("discount"))
    assert outcomes["reached"].mean() == pytest.approx(0.6, abs=0.02)
    share = outcomes.loc[outcomes["reached"], "accepted"].mean()
    assert share == pytest.approx(0.4, abs=0.03)
    assert not outcomes.loc[~outcomes["reached"], "accepted"].any()


def test_luck_of_reach_says_nothing_of_luck_of_leaving(truth: Path) -> None:
    reached = respond(truth, contacts("discount"))["reached"]
    left = respond(truth, contacts(None))["left_month"].notna()
    assert abs(np.corrcoef(reached, left)[0, 1]) < 0.04


def test_a_contact_changes_only_those_whom_it_reaches(truth: Path) -> None:
    outcomes = respond(truth, contacts("discount"))
    saved = outcomes["saved_months"]
    assert (saved[~outcomes["reached"]] == 0).all()
    assert (saved[outcomes["accepted"]] >= 0).all()
    refused = outcomes["reached"] & ~outcomes["accepted"]
    assert (saved[refused] <= 0).all()
    assert (saved[refused] < 0).any()


def test_money_follows_the_months(truth: Path) -> None:
    outcomes = respond(truth, contacts("discount"))
    stayed = outcomes["left_month"].fillna(13) - 1
    assert (outcomes["margin_fen"] == stayed * MARGIN_FEN).all()
    assert (outcomes["saved_margin_fen"] == outcomes["saved_months"] * MARGIN_FEN).all()


def test_the_mean_saving_is_what_the_formula_says(truth: Path) -> None:
    """gain = r * (a * S1 V1 + (1 - a) * Sr Vr - S0 V0), with C = c = 0."""
    monthly = np.full(12, 0.08)
    accepted = np.exp(-1) / 4 + 3 / 4 * np.exp(-0.5)
    refused = np.where(np.arange(12) < 2, np.exp(0.4), 1)
    none, one, other = (
        np.exp(-np.cumsum(monthly * times)).sum() * MARGIN_FEN for times in (1, accepted, refused)
    )
    expected = 0.6 * (0.4 * one + 0.6 * other - none)
    saved = respond(truth, contacts("discount"))["saved_margin_fen"]
    assert saved.mean() == pytest.approx(expected, abs=3 * saved.std() / np.sqrt(N))


def test_a_more_expensive_plan_earns_more_only_after_acceptance(tmp_path: Path) -> None:
    folder = write_truth(tmp_path / "t", margin_share=1.5, lasts_months=3)
    outcomes = respond(folder, contacts("discount"))
    stayed = (outcomes["left_month"].fillna(13) - 1).astype(int)
    extra = outcomes["margin_fen"] - stayed * MARGIN_FEN
    assert (extra[~outcomes["accepted"]] == 0).all()
    longest = outcomes["accepted"] & (stayed >= 3)
    assert (extra[longest] == 3 * MARGIN_FEN // 2).all()


def test_an_unknown_customer_is_named(truth: Path) -> None:
    with pytest.raises(UnknownCustomers, match="first: C99999") as refusal:
        respond(truth, pd.DataFrame({"customer_id": ["C00001", "C99999"], "offer": [None, None]}))
    assert refusal.value.details["customer_ids"] == ["C99999"]


def test_an_unknown_offer_is_named_with_the_known_ones(truth: Path) -> None:
    with pytest.raises(SettingsError, match=r"'gold'.*C00001.*open to that one: discount"):
        respond(truth, pd.DataFrame({"customer_id": ["C00001"], "offer": ["gold"]}))


def test_a_real_operator_has_no_truth(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="liuke simulate"):
        respond(tmp_path, contacts(None))


def test_hazards_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        future_table(IDS, 1, np.zeros((12, 4, N)), np.zeros(N))
