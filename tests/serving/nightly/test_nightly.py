"""The nightly run on a small operator: all or nothing, and the same for each customer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from features import lake
from features.builder.base import build_base
from features.disk.atomic import replace_json
from features.errors import (
    FingerprintMismatch,
    LakeError,
    NoChampion,
    OutputError,
    SettingsError,
    UnknownCustomers,
)
from features.histories.bills.tiers import TIERS
from features.histories.contacts import in_universal_holdout
from features.home import Home
from features.settings import FeatureSettings, home_settings
from serving import nightly
from serving.access.principal import Scope
from serving.nightly import score_base
from serving.scores import SIGNS, last_scores, reasons_changed
from serving.scores.latest import Latest, replacing_latest
from serving.scoring import Scorer, load_champion
from serving.scoring.reasons import MAX_REASONS
from tests.conftest import set_home
from tests.facts import files_of
from training.models.bundle import write_bundle
from training.pipeline import train

if TYPE_CHECKING:
    from tests.conftest import SmallHome


class Interrupted(BaseException):
    """As Ctrl+C: no code catches it."""


def night(home: Path) -> dict[str, bytes]:
    """What a night leaves for the lists and for the service."""
    paths = [*Home(home).scores.iterdir(), *home.glob("*latest.sqlite*")]
    return {str(path.relative_to(home)): path.read_bytes() for path in paths if path.is_file()}


def facts(home: Path, feed: str, as_of: datetime) -> pd.DataFrame:
    """The feed's facts as known at `as_of`, of each key the version known last."""
    rows = pd.concat([pd.read_parquet(path) for path in lake.feed_files(home, feed)])
    rows = rows[(rows["known_at"] < as_of) & (rows["event_time"] < as_of)]
    return rows.sort_values("known_at", kind="stable")


def test_everyone_in_the_network_is_scored_once(small_home: SmallHome) -> None:
    contracts = facts(small_home.home, "contracts", small_home.as_of)
    gone = contracts.loc[
        contracts["event"].isin(["pre_cancelled", "cancelled", "ported", "transferred"]),
        "customer_id",
    ]
    started = contracts.loc[contracts["event"] == "started", "customer_id"]
    scored = last_scores(small_home.home)["customer_id"]
    assert scored.is_unique
    assert set(scored) <= set(started)
    assert set(started) - set(gone) <= set(scored)


def test_the_rules_of_contact_come_from_the_facts(small_home: SmallHome) -> None:
    home, as_of = small_home.home, small_home.as_of
    scores = last_scores(home).set_index("customer_id")
    profiles = facts(home, "customers", as_of).sort_values(["event_time", "known_at"])
    consent = profiles.groupby("customer_id")["consent"].last()
    assert (scores["consent"] == consent.reindex(scores.index)).all()
    complaints = facts(home, "complaints", as_of).sort_values(["event_time", "known_at"])
    moves = complaints[complaints["event"] != "rated"]
    last = moves.groupby(["customer_id", "complaint_id"])["event"].last()
    unresolved = set(last[last != "closed"].reset_index()["customer_id"])
    assert set(scores.index[scores["open_complaint"]]) == unresolved & set(scores.index)
    holdout = home_settings(home, "features", FeatureSettings).holdout
    outside = [in_universal_holdout(customer_id, holdout) for customer_id in scores.index]
    assert scores["universal_holdout"].tolist() == outside
    assert scores["consent"].any()
    assert scores["open_complaint"].any()


def test_scores_and_rows_say_where_a_customer_belongs(small_home: SmallHome) -> None:
    home, as_of = small_home.home, small_home.as_of
    scores = last_scores(home).set_index("customer_id")
    profiles = facts(home, "customers", as_of).sort_values(["event_time", "known_at"])
    known = profiles.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    for name in ("city", "store_id", "manager_id", "group_id", "brand", "payment_mode"):
        expected = known.loc[scores.index, name].astype("object")
        pd.testing.assert_series_equal(
            scores[name].astype("object").where(scores[name].notna(), None),
            expected.where(expected.notna(), None),
        )
    latest = Latest(home)
    here = scores.index[scores["store_id"] == scores["store_id"].iloc[0]]
    scope = Scope(city=scores["city"].iloc[0], store_id=scores["store_id"].iloc[0])
    own = [one for one in here if scores.loc[one, "city"] == scope.city]
    assert len(latest.rows(own, scope=scope).numbers) == len(own) > 0
    with pytest.raises(UnknownCustomers):
        latest.rows([scores.index[scores["city"] != scope.city][0]], scope=scope)
    latest.close()


def test_risks_are_probabilities_and_reasons_are_the_models_effects(small_home: SmallHome) -> None:
    scores = last_scores(small_home.home)
    assert scores["churn_risk"].between(0, 1).all()
    champion = load_champion(small_home.home)
    latest = Latest(small_home.home)
    rows = latest.rows(scores["customer_id"].tolist())
    latest.close()
    effects = champion.bundle.shap_values(rows.encoded(champion.maps))
    np.testing.assert_allclose(effects.sum(axis=1), scores["raw_score"], rtol=1e-6, atol=1e-9)
    for place, text in enumerate(scores["reasons"]):
        listed: list[dict[str, Any]] = json.loads(text)
        assert 1 <= len(listed) <= MAX_REASONS + SIGNS
        sizes = [abs(reason["effect"]) for reason in listed]
        assert sizes == sorted(sizes, reverse=True)
        for reason in listed:
            column = champion.bundle.features.index(reason["feature"])
            assert reason["effect"] == effects[place, column]


def test_the_tier_is_set_by_the_facts_and_the_frozen_bounds(small_home: SmallHome) -> None:
    scores = last_scores(small_home.home).set_index("customer_id")
    bills = facts(small_home.home, "bills", small_home.as_of)
    bills = bills.drop_duplicates(["customer_id", "period"], keep="last").sort_values("period")
    mean_fen = bills.groupby("customer_id").tail(3).groupby("customer_id")["revenue_fen"].mean()
    bounds = load_champion(small_home.home).bundle.tier_bounds_fen
    assert bounds is not None
    for customer_id, tier in scores["value_tier"].items():
        own = mean_fen.get(customer_id, 0.0)
        assert tier == TIERS[sum(own >= bound for bound in bounds)], customer_id
    assert set(scores["value_tier"]) == set(TIERS)


def test_value_at_stake_is_the_bundles_of_margin_and_risk(small_home: SmallHome) -> None:
    scores, bundle = last_scores(small_home.home), load_champion(small_home.home).bundle
    latest = Latest(small_home.home)
    rows = latest.rows(scores["customer_id"].tolist())
    latest.close()
    modes = np.array([own["payment_mode"] for own in rows.categories], dtype=object)
    margin, risk = scores["margin"].to_numpy(), scores["churn_risk"].to_numpy()
    np.testing.assert_array_equal(scores["value_at_stake"], bundle.at_stake(margin, risk, modes))
    assert (scores["margin"].isna() == (rows.sums[:, 0] == 0)).all()
    assert scores["value_at_stake"].max() < 12 * scores["margin"].max()


def test_who_is_predicted_more_may_become_large(small_home: SmallHome) -> None:
    scores = last_scores(small_home.home)
    rises = scores["predicted_tier"].map(TIERS.index) > scores["value_tier"].map(TIERS.index)
    rises &= scores["eligible"] & scores["margin"].notna()
    assert (scores["potential"].notna() == rises).all()
    chances = scores[[f"chance_{tier}" for tier in TIERS]]
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_a_rule_on_an_unknown_feature_scores_no_customer(own_home: SmallHome) -> None:
    set_home(own_home.home, "serving", '[potential]\nmust_be_zero = ["horoscope"]\n')
    before = night(own_home.home)
    with pytest.raises(SettingsError, match="horoscope"):
        score_base(own_home.home, own_home.as_of)
    assert night(own_home.home) == before


def test_one_customer_alone_scores_exactly_as_in_the_base(small_home: SmallHome) -> None:
    scorer = Scorer(small_home.home)
    for row in last_scores(small_home.home)[::4].to_dict("records"):
        (answer,) = scorer.score([row["customer_id"]], "en")
        assert answer["churn_risk"] == row["churn_risk"]
        assert [
            {name: reason[name] for name in ("feature", "value", "effect")}
            for reason in answer["reasons"]
        ] == json.loads(row["reasons"])[:MAX_REASONS]


@pytest.mark.slow
def test_the_same_score_twice_is_the_same_and_takes_the_firsts_place(own_home: SmallHome) -> None:
    home = own_home.home
    before, numbers = last_scores(home), _numbers(home)
    assert len(night(home)) == 2
    (Home(home).scores / ".2026-03-01.parquet.1234.partial").write_bytes(b"of a kill")
    score_base(home, own_home.as_of)
    pd.testing.assert_frame_equal(last_scores(home), before, check_exact=True)
    np.testing.assert_array_equal(_numbers(home), numbers)
    assert len(night(home)) == 2


def test_reasons_of_unchanged_data_do_not_change(own_home: SmallHome) -> None:
    assert score_base(own_home.home, own_home.as_of).reasons_changed == 0


def test_the_share_of_changed_reasons_is_counted_over_who_is_in_both(tmp_path: Path) -> None:
    def night(name: str, **signs: str) -> Path:
        listed = [json.dumps([{"feature": sign} for sign in own]) for own in signs.values()]
        rows = pd.DataFrame({"customer_id": list(signs), "reasons": listed})
        rows.to_parquet(tmp_path / name)
        return tmp_path / name

    before = night("before", same="abcd", fourth="abcd", order="abc", fewer="ab", gone="x")
    after = night("after", same="abcd", fourth="abce", order="acb", fewer="abc", new="x")
    with duckdb.connect() as connection:
        assert reasons_changed(before, after, connection) == 0.5
        assert reasons_changed(before, night("others", new="abc"), connection) is None


def test_the_next_night_takes_the_place_of_the_last(own_home: SmallHome) -> None:
    tomorrow = own_home.as_of + timedelta(days=1)
    scored = score_base(own_home.home, tomorrow)
    assert scored.reasons_changed is not None
    assert scored.reasons_changed < 0.5
    assert scored.as_of == f"{tomorrow:%F}"
    assert last_scores(own_home.home)["as_of"].unique().tolist() == [pd.Timestamp(tomorrow)]
    latest = Latest(own_home.home)
    assert latest.night.as_of == scored.as_of
    latest.close()


def test_an_interrupted_score_leaves_last_nights_result(own_home: SmallHome) -> None:
    before = night(own_home.home)
    standing = sorted(Home(own_home.home).standing.iterdir())

    def interrupt(step: str, done: int, total: int) -> None:
        if step == "scores and reasons" and done == total:
            raise Interrupted

    with pytest.raises(Interrupted):
        score_base(own_home.home, own_home.as_of + timedelta(days=1), interrupt)
    assert night(own_home.home) == before
    assert sorted(Home(own_home.home).standing.iterdir()) == standing


def test_where_the_services_rows_cannot_be_written_the_lists_keep_last_night_too(
    own_home: SmallHome,
) -> None:
    Home(own_home.home).latest.unlink()
    (Home(own_home.home).latest / "in the way").mkdir(parents=True)
    before = night(own_home.home)
    with pytest.raises(OutputError, match=r"latest\.sqlite"):
        score_base(own_home.home, own_home.as_of + timedelta(days=1))
    assert night(own_home.home) == before


def test_a_failure_after_the_swap_leaves_the_new_night_whole(
    own_home: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = replacing_latest

    @contextmanager
    def swapped_then_killed(*arguments: Any) -> Iterator[Any]:
        with swap(*arguments) as add:
            yield add
        raise Interrupted

    monkeypatch.setattr(nightly, "replacing_latest", swapped_then_killed)
    tomorrow = own_home.as_of + timedelta(days=1)
    with pytest.raises(Interrupted):
        score_base(own_home.home, tomorrow)
    assert (last_scores(own_home.home)["as_of"] == tomorrow).all()


def test_a_new_champion_scores_the_next_night(own_home: SmallHome) -> None:
    home, bundle = own_home.home, load_champion(own_home.home).bundle
    write_bundle(home / "models" / "2", replace(bundle, calibration=_doubtful(bundle)))
    before = last_scores(home)
    replace_json(home / "models" / "champion.json", {"version": "2", "moves": []})
    assert score_base(home, own_home.as_of).model_version == "2"
    after = last_scores(home)
    assert set(after["model_version"]) == {"2"}
    assert (after["churn_risk"] < before["churn_risk"]).all()
    assert after["raw_score"].equals(before["raw_score"])


def test_a_champion_of_other_features_scores_no_customer(own_home: SmallHome) -> None:
    home, bundle = own_home.home, load_champion(own_home.home).bundle
    write_bundle(home / "models" / "2", replace(bundle, fingerprint="of others", definitions=None))
    replace_json(home / "models" / "champion.json", {"version": "2", "moves": []})
    before = night(home)
    with pytest.raises(FingerprintMismatch, match="Train and promote"):
        score_base(home, own_home.as_of)
    assert night(home) == before


def test_without_a_champion_no_customer_is_scored(own_home: SmallHome) -> None:
    (own_home.home / "models" / "champion.json").unlink()
    with pytest.raises(NoChampion, match="liuke promote"):
        score_base(own_home.home, own_home.as_of)


@pytest.mark.parametrize("act", [score_base, build_base, train])
@pytest.mark.parametrize(
    ("year", "words"),
    [
        (1990, r"no use was known before 1990-01-01; the first is of 20.*\. Name a later date"),
        (2040, r"2040-01-01 lies beyond the data: .* Name 2026-03-02 or an earlier date"),
    ],
)
def test_a_date_without_recent_use_is_refused(
    own_home: SmallHome, act: Callable[..., Any], year: int, words: str
) -> None:
    """A feed that did not come must not be taken for silence, and the advice is of use."""
    before = night(own_home.home), files_of(own_home.home / "models")
    with pytest.raises(LakeError, match=words):
        act(own_home.home, datetime(year, 1, 1))
    assert (night(own_home.home), files_of(own_home.home / "models")) == before


def test_the_built_base_is_what_was_scored(own_home: SmallHome) -> None:
    built = build_base(own_home.home, own_home.as_of)
    rows = pd.read_parquet(built.path)
    assert rows["customer_id"].tolist() == last_scores(own_home.home)["customer_id"].tolist()
    assert built.customers == len(rows)
    assert built.fingerprint == load_champion(own_home.home).bundle.fingerprint
    latest = Latest(own_home.home)
    numbers = latest.rows(rows["customer_id"].tolist()).numbers
    place = latest.night.features.index("tenure_days")
    latest.close()
    assert numbers[:, place].tolist() == rows["tenure_days"].tolist()


def test_without_a_night_there_are_no_scores(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="liuke score --as-of"):
        last_scores(tmp_path)


def _numbers(home: Path) -> Any:
    """The service's rows of everyone scored."""
    latest = Latest(home)
    numbers = latest.rows(last_scores(home)["customer_id"].tolist()).numbers
    latest.close()
    return numbers


def _doubtful(bundle: Any) -> Any:
    """The bundle's calibration, less sure of everyone's leaving."""
    curves = {
        mode: replace(curve, intercept=curve.intercept - 1.0)
        for mode, curve in bundle.calibration.curves.items()
    }
    return replace(bundle.calibration, curves=curves)
