"""The scorer of the service: whom it knows, and when it looks again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from features import catalogue
from features.builder.base import build_base
from features.disk.atomic import replace_json
from features.errors import (
    BundleError,
    FingerprintMismatch,
    LakeError,
    NoChampion,
    OutputError,
    SettingsError,
    UnknownCustomers,
)
from features.histories.bills.tiers import SUMS, TIERS
from features.home import Home
from serving import nightly
from serving.access.principal import Scope
from serving.nightly import score_base
from serving.scores import last_scores
from serving.scores.latest import Latest, Night, write_latest
from serving.scoring import LIVE, Scorer, check_features, load_champion
from tests.versions import fewer_features
from training.models.bundle import Bundle, write_bundle
from training.models.definitions import FeatureRows

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def second_version(home: Path, **changed: Any) -> Bundle:
    """Version 2: the champion with a change. It is not promoted."""
    bundle = replace(load_champion(home).bundle, **changed)
    write_bundle(home / "models" / "2", bundle)
    return bundle


def champion_is(home: Path, version: str) -> None:
    replace_json(home / "models" / "champion.json", {"version": version, "moves": []})


def some_customers(home: Path) -> list[str]:
    ids: list[str] = last_scores(home)["customer_id"].tolist()
    return ids[:3]


def test_an_answer_is_as_the_contract_says(small_home: SmallHome) -> None:
    ids = some_customers(small_home.home)[::-1]
    answers = Scorer(small_home.home).score(ids, "zh")
    assert [answer["customer_id"] for answer in answers] == ids
    for answer in answers:
        assert answer["model_version"] == small_home.trained.version
        assert answer["as_of"] == f"{small_home.as_of:%F}"
        assert answer["answered_by"] == LIVE
        for reason in answer["reasons"]:
            assert list(reason) == ["feature", "group", "text", "direction", "value", "effect"]
            assert reason["direction"] == ("leave" if reason["effect"] > 0 else "stay")
        assert answer["value_tier"] in TIERS
        assert list(answer["tier_probabilities"]) == list(TIERS)
        assert answer["margin_cny"] is not None
        assert answer["value_at_stake_cny"] is not None


def test_the_service_and_the_night_say_the_same_value(small_home: SmallHome) -> None:
    scores = last_scores(small_home.home)[::7].reset_index(drop=True)
    answers = Scorer(small_home.home).score(scores["customer_id"].tolist(), "en")
    for row, answer in zip(scores.itertuples(), answers, strict=True):
        assert answer["value_tier"] == row.value_tier
        assert list(answer["tier_probabilities"].values()) == [
            getattr(row, f"chance_{tier}") for tier in TIERS
        ]
        for name in ("margin", "value_at_stake"):
            shown, kept = answer[f"{name}_cny"], getattr(row, name)
            assert shown == kept or (shown is None and pd.isna(kept))


def test_a_customer_out_of_scope_is_scored_for_no_caller_of_it(small_home: SmallHome) -> None:
    scores, scorer = last_scores(small_home.home), Scorer(small_home.home)
    city = scores["city"].iloc[0]
    own, other = (scores.loc[scores["city"] == city], scores.loc[scores["city"] != city])
    (answer,) = scorer.score([own["customer_id"].iloc[0]], "en", Scope(city=city))
    assert answer["churn_risk"] == own["churn_risk"].iloc[0]
    with pytest.raises(UnknownCustomers, match="1 of 1 customers") as refusal:
        scorer.score([other["customer_id"].iloc[0]], "en", Scope(city=city))
    assert refusal.value.details == {"customer_ids": [other["customer_id"].iloc[0]]}
    assert scorer.champion.version == answer["model_version"]


def test_the_expected_loss_is_what_the_risk_takes_from_the_value(small_home: SmallHome) -> None:
    scores, bundle = last_scores(small_home.home), load_champion(small_home.home).bundle
    latest = Latest(small_home.home)
    rows = latest.rows(scores["customer_id"].tolist())
    latest.close()
    modes = np.array([own["payment_mode"] for own in rows.categories], dtype=object)
    safe = bundle.at_stake(scores["margin"].to_numpy(), np.zeros(len(scores)), modes)
    lost = scores["expected_loss"]
    np.testing.assert_array_equal(lost, safe - scores["value_at_stake"])
    assert (lost[scores["margin"] > 0] >= 0).all()
    assert lost.max() > 0


def test_no_tier_reason_betrays_what_staff_may_not_hear(small_home: SmallHome) -> None:
    hidden = {one.name for one in catalogue.features("CNY") if not one.staff_may_hear}
    assert "mean_margin_cny" in hidden
    ids = last_scores(small_home.home)["customer_id"].tolist()[:60]
    for answer in Scorer(small_home.home).score(ids, "en"):
        assert not hidden & {reason["feature"] for reason in answer["tier_reasons"]}


def test_a_champion_without_value_is_silent_about_it(own_home: SmallHome) -> None:
    second_version(own_home.home, tier_bounds_fen=None, value=None)
    champion_is(own_home.home, "2")
    (answer,) = Scorer(own_home.home).score(some_customers(own_home.home)[:1], "en")
    names = ("value_tier", "tier_probabilities", "tier_reasons", "margin_cny", "value_at_stake_cny")
    assert [answer[name] for name in names] == [None] * 5
    night = score_base(own_home.home, own_home.as_of)
    assert night.model_version == "2"
    scores = last_scores(own_home.home)
    unknown = ["value_tier", "margin", "value_at_stake", "expected_loss", "potential"]
    assert scores[unknown].isna().all(axis=None)


def test_a_champion_of_another_currency_is_refused_until_it_is_gone(own_home: SmallHome) -> None:
    scorer = Scorer(own_home.home, "EUR")
    with pytest.raises(SettingsError, match="are in CNY, the service names them in EUR"):
        scorer.check()
    with pytest.raises(SettingsError, match="start the service again"):
        scorer.score(some_customers(own_home.home), "en")
    Scorer(own_home.home, "CNY").check()


def test_a_night_that_fails_over_rows_of_another_schema_leaves_no_scores(
    own_home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, night = own_home.home, _night(own_home.home)
    empty = pd.DataFrame({"customer_id": []})
    write_latest(home, empty, (), replace(night, schema=0))
    before = sorted(Home(home).scores.iterdir())

    def full(*_: Any) -> None:
        raise OutputError("the disk is full")

    monkeypatch.setattr(nightly, "replacing_latest", full)
    with pytest.raises(OutputError, match="the disk is full"):
        score_base(home, own_home.as_of)
    assert sorted(Home(home).scores.iterdir()) == before


def test_a_new_champion_answers_the_next_request(own_home: SmallHome) -> None:
    ids, scorer = some_customers(own_home.home), Scorer(own_home.home)
    before = scorer.score(ids, "en")
    assert scorer.score(ids, "en") == before
    second_version(own_home.home)
    champion_is(own_home.home, "2")
    after = scorer.score(ids, "en")
    assert [answer["model_version"] for answer in after] == ["2"] * 3
    assert [answer | {"model_version": "1"} for answer in after] == before
    champion_is(own_home.home, "1")
    assert scorer.score(ids, "en") == before


def test_new_rows_are_read_by_the_next_request(own_home: SmallHome) -> None:
    home, ids = own_home.home, some_customers(own_home.home)
    scorer = Scorer(home)
    before = scorer.score(ids, "en")
    features, night = load_champion(home).features, _night(home)
    built = build_base(home, own_home.as_of)
    numbers = [feature.name for feature in features if not feature.is_category]
    rows = pd.read_parquet(built.path).assign(**dict.fromkeys(numbers, 1.0))
    write_latest(home, rows, features, replace(night, as_of="2026-03-03"))
    after = scorer.score(ids, "en")
    assert [answer["as_of"] for answer in after] == ["2026-03-03"] * 3
    assert [answer["churn_risk"] for answer in after] != [answer["churn_risk"] for answer in before]


def test_a_champion_of_other_features_is_refused_with_the_difference(own_home: SmallHome) -> None:
    home, ids = own_home.home, some_customers(own_home.home)
    names = load_champion(home).bundle.features
    second_version(home, features=("horoscope", *names[1:]))
    scorer = Scorer(home)
    scorer.check()
    champion_is(home, "2")
    with pytest.raises(FingerprintMismatch, match="missing: horoscope") as refusal:
        scorer.score(ids, "en")
    assert refusal.value.details == {"missing": ["horoscope"], "changed": []}
    champion_is(home, "1")
    assert len(scorer.score(ids, "en")) == 3, "and it goes on when the champion is good again"


def test_rows_of_other_features_are_refused(own_home: SmallHome) -> None:
    home, night = own_home.home, _night(own_home.home)
    rows = pd.read_parquet(build_base(home, own_home.as_of).path)
    fewer = load_champion(home).features[:-1]
    names = tuple(feature.name for feature in fewer)
    write_latest(
        home,
        rows,
        fewer,
        replace(night, features=names, fingerprint=catalogue.fingerprint(fewer), definitions=None),
    )
    with pytest.raises(FingerprintMismatch, match="those scored last night"):
        Scorer(home).check()


def test_the_same_names_of_other_definitions_are_refused(small_home: SmallHome) -> None:
    bundle = load_champion(small_home.home).bundle
    rows = FeatureRows(bundle.features, "of another version of Liuke")
    with pytest.raises(FingerprintMismatch, match="the same names, other definitions"):
        check_features(bundle, rows, "at hand", "Do something.")


def test_a_model_reads_its_own_features_among_more_and_in_another_order(
    own_home: SmallHome,
) -> None:
    home, ids, scorer = own_home.home, some_customers(own_home.home), Scorer(own_home.home)
    before, night = scorer.score(ids, "en"), _night(home)
    rows = pd.read_parquet(build_base(home, own_home.as_of).path)
    rows[list(SUMS)] = 0
    newer = replace(load_champion(home).features[0], name="new_in_an_upgrade")
    features = (newer, *load_champion(home).features[::-1])
    hashes = {**(night.definitions or {}), newer.name: catalogue.definition_hash(newer)}
    more = replace(
        night,
        features=tuple(feature.name for feature in features),
        fingerprint=catalogue.fingerprint(features),
        definitions=hashes,
    )
    write_latest(home, rows.assign(new_in_an_upgrade=1.0), features, more)
    after = Scorer(home).score(ids, "en")
    for name in ("churn_risk", "reasons", "tier_reasons"):
        assert [own[name] for own in after] == [own[name] for own in before]


def test_a_night_stores_what_the_feeds_give_and_scores_only_what_the_model_reads(
    own_home: SmallHome,
) -> None:
    home = own_home.home
    fewer = fewer_features(load_champion(home).bundle)
    write_bundle(home / "models" / "2", fewer)
    champion_is(home, "2")
    scored = score_base(home, own_home.as_of)
    night, ids = _night(home), some_customers(home)
    assert set(night.features) > set(fewer.features)
    answers = {own["customer_id"]: own["churn_risk"] for own in Scorer(home).score(ids, "en")}
    kept = pd.read_parquet(scored.path).set_index("customer_id")["churn_risk"]
    assert answers == kept[ids].to_dict()
    champion_is(home, "1")
    assert len(Scorer(home).score(ids, "en")) == 3, "the other version answers from these rows"


def test_a_feature_that_is_no_longer_declared_is_read_but_never_named(own_home: SmallHome) -> None:
    home, night = own_home.home, _night(own_home.home)
    bundle = load_champion(home).bundle
    old = bundle.features[bundle.booster.feature_importance("gain").argmax()]

    def renamed(names: Sequence[str]) -> tuple[str, ...]:
        return tuple("of_an_older_version" if name == old else name for name in names)

    hashes = dict(night.definitions or {})
    hashes["of_an_older_version"] = hashes.pop(old)
    second_version(home, features=renamed(bundle.features), definitions=hashes)
    features = load_champion(home).features
    rows = pd.read_parquet(build_base(home, own_home.as_of).path)
    rows[list(SUMS)] = 0
    champion_is(home, "2")
    names = renamed([feature.name for feature in features])
    write_latest(home, rows, features, replace(night, features=names, definitions=hashes))
    for answer in Scorer(home).score(some_customers(home), "en"):
        assert 0 <= answer["churn_risk"] <= 1
        assert "of_an_older_version" not in {own["feature"] for own in answer["reasons"]}


def test_without_a_champion_or_a_night_there_is_no_answer(own_home: SmallHome) -> None:
    Home(own_home.home).latest.unlink()
    with pytest.raises(LakeError, match="liuke score"):
        Scorer(own_home.home).check()
    (own_home.home / "models" / "champion.json").unlink()
    with pytest.raises(NoChampion):
        Scorer(own_home.home).check()


def test_an_altered_bundle_is_refused(own_home: SmallHome) -> None:
    path = own_home.home / "models" / "1" / "churn.txt"
    path.write_text(path.read_text().replace("leaf_value=", "leaf_value=9", 1))
    with pytest.raises(BundleError):
        Scorer(own_home.home).check()


def test_a_scorer_can_be_warmed_before_the_first_request(small_home: SmallHome) -> None:
    Scorer(small_home.home).warm()


def _night(home: Path) -> Night:
    latest = Latest(home)
    latest.close()
    return latest.night
