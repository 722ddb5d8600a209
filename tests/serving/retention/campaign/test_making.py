"""A list on the small home: its counts add up, its arms never meet, its proof holds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import RequestRefused
from features.histories.bills.tiers import TIERS
from features.home import Home
from serving.access.principal import Scope
from serving.customers.base.views import save_view
from serving.retention.campaign import store
from serving.retention.campaign.files import people_of, summary
from serving.retention.campaign.making import Made, call_by, make
from serving.retention.campaign.store import ANYONE, Caller
from serving.retention.campaign.why import BELOW, DRAWN, NO_GAIN, NO_ROOM, ON, RULE, in_words, why
from serving.retention.campaign.wording import summary_lines
from serving.retention.drawing.arms import CONTROL, TREATED
from serving.retention.learned.evidence import CampaignEvidence, Count, Effect, write_evidence
from serving.retention.retention_settings import retention_settings
from serving.retention.selection.request import parsed
from serving.scores import last_scores
from tests.serving.campaigns.conftest import made_campaign
from tests.serving.retention.campaign.conftest import REQUEST, Marketing
from training.uplift.hazards import Group

ROOT = Path(__file__).parents[4]
Spring = tuple[str, Made]


def remade(marketing: Marketing, caller: Caller = ANYONE, **changed: Any) -> Made:
    with marketing.engine.connect() as connection:
        wanted = parsed({**REQUEST, **changed}, marketing.now)
        settings = retention_settings(marketing.home)
        return make(marketing.home, connection, wanted, settings, marketing.now, caller)


def test_the_counts_lead_from_the_base_to_the_list(marketing: Marketing, spring: Spring) -> None:
    result = marketing.campaign(spring[0]).result
    assert result is not None
    assert result["customers"] - sum(result["steps"].values()) == result["free"]
    members = spring[1].members
    assert (members["arm"] == TREATED).sum() == result["listed"] > 0
    assert (members["arm"] == CONTROL).sum() == result["control"] > 0
    assert result["committed"] <= 3000
    assert result["committed"] == members.loc[members["arm"] == TREATED, "cost_fen"].sum() / 100
    assert 0 <= result["gap"] < 0.01


def test_the_arms_never_meet_and_ranks_follow_the_gain(spring: Spring) -> None:
    members = spring[1].members
    assert members["customer_id"].is_unique
    treated = members[members["arm"] == TREATED]
    assert treated["rank"].tolist() == list(range(1, len(treated) + 1))
    assert treated["expected_gain_fen"].is_monotonic_decreasing
    assert members.loc[members["arm"] == CONTROL, "rank"].isna().all()
    holdout = spring[1].people.scores.set_index("customer_id")["universal_holdout"]
    assert not holdout.loc[members["customer_id"]].any()


def test_the_latest_day_to_call_counts_from_the_night() -> None:
    """A list of three days later has three days less until the risk's period begins."""
    night = datetime(2026, 3, 2)
    members = pd.DataFrame({"as_of": night, "days_to_contract_end": [np.nan, 6.0, 2.0, -4.0, 90.0]})

    def found(at: datetime, days: int = 60) -> list[str]:
        return [f"{own:%m-%d}" for own in call_by(members, days, 14, at)]

    assert found(night.replace(hour=6)) == ["03-15", "03-07", "03-03", "03-15", "03-15"]
    assert found(datetime(2026, 3, 5, 23)) == ["03-15", "03-07", "03-05", "03-15", "03-15"]
    assert found(datetime(2026, 3, 5), days=2) == ["03-06", "03-06", "03-05", "03-06", "03-06"]
    assert found(datetime(2026, 3, 20)) == ["03-20"] * 5
    assert call_by(members[:0], 14, 14, night) == []


def test_the_same_request_gives_the_same_list(marketing: Marketing, spring: Spring) -> None:
    with marketing.engine.begin() as connection:
        store.revoke(connection, spring[0], marketing.now)  # else its holds keep them out
    first, again = remade(marketing), remade(marketing)
    pd.testing.assert_frame_equal(first.members, again.members)
    assert remade(marketing, seed=8).members["customer_id"].tolist() != (
        first.members["customer_id"].tolist()
    )


def strangers_word(folder: Path) -> tuple[int, str]:
    files = [ROOT / "benchmarks" / "certificate.py", folder / "options.parquet"]
    call = [sys.executable, *map(str, files), str(folder / "certificate.json")]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_certificate_holds_for_a_stranger(marketing: Marketing, spring: Spring) -> None:
    folder = store.folder(marketing.home, spring[0])
    status, said = strangers_word(folder)
    assert status == 0, said
    claimed = json.loads((folder / "certificate.json").read_text("utf-8"))
    claimed["gain_fen"] *= 1.01
    (folder / "certificate.json").write_text(json.dumps(claimed), "utf-8")
    assert strangers_word(folder)[0] == 1


def test_a_larger_budget_never_gains_less(marketing: Marketing) -> None:
    gains = [remade(marketing, budget=own).picked.choice.bound_fen for own in (500, 2000, 8000)]
    assert gains == sorted(gains)


def test_the_latest_day_to_call_is_before_the_list_expires(marketing: Marketing) -> None:
    expires = (marketing.now + timedelta(days=3)).date()
    members = remade(marketing, budget=300, expires=f"{expires:%F}").members
    assert members["call_by"].max() == expires - timedelta(days=1)


def test_each_customer_has_a_reason(marketing: Marketing, spring: Spring) -> None:
    folder = store.folder(marketing.home, spring[0])
    made = spring[1]
    people = pd.read_parquet(folder / "people.parquet")
    answers: dict[str, str] = {}
    for own in people.sample(250, random_state=1)["customer_id"]:
        found = why(folder, own)
        answers.setdefault(found.answer, own)
        for language in ("en", "zh"):
            text = in_words(found, "CNY", language)
            assert text
            assert "{" not in text
    assert {ON, RULE, DRAWN} <= set(answers)
    first = made.members.iloc[0]
    found = why(folder, first["customer_id"])
    assert (found.answer, found.rank, found.offer) == (ON, 1, first["offer"])
    for answer in {BELOW, NO_GAIN} & set(answers):
        assert (why(folder, answers[answer]).missing or 0) >= 0


def test_who_would_not_gain_needs_what_the_limits_prices_take_as_well(
    marketing: Marketing,
) -> None:
    """As who is below the line: a contact that gains nothing would still take a place."""
    own, made = marketing.made(seed=31, budget=300, capacity={"channel": {"sms": 5, "app": 5}})
    folder = store.folder(marketing.home, own)
    people = people_of(made)
    people = people[(people["gain_fen"] <= 0) & (people["left_fen"] < people["gain_fen"] - 1)]
    people = people[people["arm"] == TREATED]
    first = people.iloc[0]
    found = why(folder, first["customer_id"])
    assert (found.answer, found.missing) == (NO_GAIN, round(-first["left_fen"] / 100, 2))
    assert found.missing is not None
    assert found.missing > -(found.gain or 0)
    with marketing.engine.begin() as connection:
        store.revoke(connection, own, marketing.now)


def test_who_is_below_the_line_needs_what_is_missing(marketing: Marketing) -> None:
    made = remade(marketing, budget=200)
    options, priced = made.options, made.picked.priced_fen
    assert priced is not None
    chosen = set(options.customer[made.picked.treated].tolist())
    treated = ~made.draw.control[options.customer]
    others = [
        place for place in range(len(priced))
        if treated[place] and int(options.customer[place]) not in chosen
    ]  # fmt: skip
    assert priced[others].max() <= made.picked.choice.bound_fen - made.picked.choice.gain_fen + 1e-6


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"filter": {"city": "Atlantis"}}, "unknown_value"),
        ({"filter": {"ctiy": "Foshan"}}, "invalid_request"),
        ({"filter": {"churn_risk_min": 1.0}}, "none_left"),
        ({"capacity": {"city": {"Atlantis": 3}}}, "unknown_value"),
        ({"capacity": {"channel": {"pigeon": 3}}}, "unknown_value"),
        ({"capacity": {"channel": {"sms": 900_000}}}, "too_much_capacity"),
        ({"offers": ["gold"]}, "unknown_value"),
        ({"view": "mine"}, "unknown_view"),
    ],
)
def test_what_the_base_cannot_give_is_refused_and_changes_nothing(
    marketing: Marketing, changed: dict[str, Any], code: str
) -> None:
    own = marketing.requested(**changed)
    with pytest.raises(RequestRefused) as refused:
        marketing.worker().work(own)
    assert refused.value.code == code
    found = marketing.campaign(own)
    assert (found.state, found.error) == (store.FAILED, refused.value.message)
    assert not store.folder(marketing.home, own).exists()


def test_capacities_hold_by_city_and_channel(marketing: Marketing) -> None:
    made = remade(
        marketing, budget=100_000,
        capacity={"city": {"each": 5}, "channel": {"hotline": 7, "visit": 0}}, size=30,
    )  # fmt: skip
    treated = made.members[made.members["arm"] == TREATED]
    assert len(treated) <= 30
    assert treated["city"].value_counts().max() <= 5
    assert (treated["channel"] == "hotline").sum() <= 7
    assert (treated["channel"] == "visit").sum() == 0


@pytest.mark.parametrize("ranking", ["churn_risk", "value_at_stake"])
def test_another_policy_ranks_by_its_own_value(marketing: Marketing, ranking: str) -> None:
    made = remade(marketing, ranking=ranking)
    treated = made.members[made.members["arm"] == TREATED]
    assert treated[ranking].is_monotonic_decreasing
    assert treated["cost_fen"].sum() <= 300_000


@pytest.mark.parametrize("ranking", ["churn_risk", "value_at_stake"])
def test_the_certificate_of_a_ranked_list_is_of_the_list(
    marketing: Marketing, ranking: str
) -> None:
    """Its customers and its gain, and who is not on it is named no price."""
    own, made = marketing.made(ranking=ranking, budget=500)
    folder, members = store.folder(marketing.home, own), made.members
    treated = members[members["arm"] == TREATED]
    status, said = strangers_word(folder)
    assert status == 0, said
    claimed = json.loads((folder / "certificate.json").read_text("utf-8"))
    options = pd.read_parquet(folder / "options.parquet")
    ids = made.people.scores["customer_id"].to_numpy()[made.free]
    chosen = ids[options.loc[options["chosen"], "customer"]]
    assert sorted(chosen) == sorted(treated["customer_id"])
    assert claimed["cost_fen"] == treated["cost_fen"].sum()
    assert claimed["gain_fen"] == pytest.approx(treated["expected_gain_fen"].sum(), abs=len(chosen))
    result = marketing.campaign(own).result
    assert result is not None
    assert (result["gap"], result["bound"]) == (claimed["gap"], claimed["bound_fen"] / 100)
    assert 0 < claimed["gap"] < 1
    assert (members["expected_gain_fen"] > 0).all()
    people = pd.read_parquet(folder / "people.parquet")
    absent = people[people["gain_fen"].notna() & (people["arm"] == TREATED)]
    absent = absent[~absent["customer_id"].isin(treated["customer_id"])]
    found = [why(folder, one) for one in absent["customer_id"].head(60)]
    assert {one.answer for one in found} <= {NO_ROOM, NO_GAIN}
    assert NO_ROOM in {one.answer for one in found}
    assert {one.missing for one in found} == {None}
    assert "None" not in "".join(in_words(one, "CNY", "en") for one in found)
    with marketing.engine.begin() as connection:
        store.revoke(connection, own, marketing.now)


@pytest.mark.parametrize("what", ["offer", "channels"])
def test_an_offer_that_is_not_active_is_refused(marketing: Marketing, what: str) -> None:
    """By itself, or because no channel that carries it is."""
    settings = retention_settings(marketing.home)
    own = replace(settings.offers["data_bonus"], active=what != "offer", channels=("visit",))
    visit = replace(settings.channels["visit"], active=what != "channels")
    settings = replace(
        settings, offers={**settings.offers, "data_bonus": own},
        channels={**settings.channels, "visit": visit},
    )  # fmt: skip
    wanted = parsed({**REQUEST, "offers": ["data_bonus"]}, marketing.now)
    with marketing.engine.connect() as connection, pytest.raises(RequestRefused) as refused:
        make(marketing.home, connection, wanted, settings, marketing.now)
    assert refused.value.code == "invalid_request"
    assert "the offer data_bonus is not active" in refused.value.message
    assert "better_plan" in refused.value.message


def test_equal_facts_are_those_that_entitle_to_offers(marketing: Marketing, spring: Spring) -> None:
    """Two of one payment mode may differ by plan and brand, which entitle to nothing."""
    own, made = marketing.campaign(spring[0]).result, spring[1]
    assert own is not None
    offers = retention_settings(marketing.home).offers
    listed = made.members[made.members["arm"] == TREATED].set_index("customer_id")["offer"]
    rows = made.people.scores.iloc[made.free][~made.draw.control]
    offered = dict[frozenset[str], list[str]]()
    for row in rows.fillna({"tenure_days": 0}).to_dict("records"):
        mode, tenure = row["payment_mode"], row["tenure_days"]
        may = frozenset(
            name
            for name, offer in offers.items()
            if offer.active and mode in offer.payment_modes and tenure >= offer.min_tenure_days
        )
        offered.setdefault(may, []).append(str(listed.get(row["customer_id"], "")))
    differing = [each for each in offered.values() if len(set(each)) > 1]
    assert own["equal_facts"] == {
        "kinds": len(offered),
        "differing": len(differing),
        "customers": sum(offer != "" for each in differing for offer in each),
        "otherwise": sum(
            sum(counts) - max(counts)
            for each in offered.values()
            if (counts := Counter(offer for offer in each if offer).values())
        ),
    }
    assert 1 < len(offered) < 2 ** len(offers)


def test_offers_by_lot_are_tried_in_both_arms_within_the_limits(marketing: Marketing) -> None:
    made = remade(marketing, trial_share=0.5, control_share=0.4)
    own = summary(made)
    treated = made.options.customer[made.picked.treated]
    drawn = int(made.lots.tried[treated].sum())
    expected = made.lots.expected_fen[made.picked.treated][made.lots.tried[treated]].sum() / 100
    assert own["trial"] == {
        "share": 0.5, "customers": drawn, "gain_expected": pytest.approx(expected),
    }  # fmt: skip
    assert own["gain_expected"]["value"] == pytest.approx(
        made.lots.expected_fen[made.picked.treated].sum() / 100
    )
    assert 0.25 * len(treated) < drawn < 0.75 * len(treated)
    assert own["committed"] <= 3000
    assert made.lots.tried[made.options.customer[made.picked.control]].any()
    chosen = made.options.arm[made.picked.treated]
    offers = np.array([arm.offer for arm in made.options.arms])[chosen]
    assert len(set(offers[made.lots.tried[treated]])) >= len(set(offers[~made.lots.tried[treated]]))
    for language, word in (("en", "drawn by lot"), ("zh", "抽签")):
        assert any(word in line for line in summary_lines(own, "CNY", language))


def test_of_a_scope_nothing_is_said_of_the_customers_beyond_it(marketing: Marketing) -> None:
    everyone = last_scores(marketing.home)
    city, other = sorted(everyone["city"].unique())[:2]
    caller = Caller("marketing", Scope(city=city), "k1")
    made = remade(marketing, caller, budget=300)
    assert summary(made)["customers"] == (everyone["city"] == city).sum() < len(everyone)
    assert summary(made)["steps"]["filter"] == 0
    assert set(people_of(made)["customer_id"]) == set(
        everyone.loc[everyone["city"] == city, "customer_id"]
    )
    for wrong in ({"filter": {"city": [other]}}, {"capacity": {"city": {other: 1}}}):
        with pytest.raises(RequestRefused) as refused:
            remade(marketing, caller, **wrong)
        assert refused.value.message == f"no customer has city {other!r}. There are {city}."


def test_a_caller_of_the_service_means_views_of_their_own(marketing: Marketing) -> None:
    with marketing.engine.begin() as connection:
        save_view(connection, "lin", "cities", {"churn_risk_min": "0"}, marketing.now)
    assert len(remade(marketing, view="cities", budget=300).members)
    with pytest.raises(RequestRefused) as refused:
        remade(marketing, Caller("marketing", id="k1"), view="cities")
    assert refused.value.code == "unknown_view"


def test_a_list_that_fails_in_the_end_leaves_no_files(marketing: Marketing) -> None:
    first = marketing.requested(budget=300, seed=21)

    def another_took_one(*_: Any) -> None:
        raise RequestRefused("held_elsewhere", "1 of 9 customers are held by another campaign")

    with pytest.raises(RequestRefused):
        replace(marketing.worker(), recorded=another_took_one).work(first)
    assert marketing.campaign(first).state == store.FAILED
    assert not store.folder(marketing.home, first).exists()


def test_a_process_that_lost_its_campaign_writes_no_file_over_the_others(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = marketing.requested(budget=300, seed=22)

    def late(*of: Any) -> Made:
        with marketing.engine.begin() as connection:
            store.take_this(connection, own, "two", marketing.now)
        store.folder(marketing.home, own).mkdir(parents=True)
        return make(*of)

    monkeypatch.setattr("serving.retention.campaign.running.make", late)
    with pytest.raises(RequestRefused, match="taken over"):
        marketing.worker().work(own)
    assert marketing.campaign(own).state == store.RUNNING
    assert list(store.folder(marketing.home, own).iterdir()) == []


def test_the_log_of_a_fault_names_no_customer(
    marketing: Marketing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own, one = marketing.requested(budget=300), "C0012345"

    def faulty(*_: Any) -> Made:
        raise KeyError(one)

    monkeypatch.setattr("serving.retention.campaign.running.make", faulty)
    with pytest.raises(KeyError):
        marketing.worker().work(own)
    assert f"campaign {own} failed: KeyError" in caplog.text
    assert "in faulty" in caplog.text
    assert one not in caplog.text
    assert one not in str(marketing.campaign(own).error)


def test_a_list_chooses_by_the_evidence_and_names_it(marketing: Marketing) -> None:
    declared = remade(marketing)
    assert "evidence" not in summary(declared)
    assert summary(declared)["priors"] == "declared"
    own = made_campaign(marketing.engine, ("of no feed",), ("nor this",))
    cells = [(offer, tier) for offer in declared.members["offer"].unique() for tier in TIERS]
    one = CampaignEvidence(
        own, "2026-03-01", "d1", 44,
        tuple(Count(offer, tier, "hotline", 1000, 5) for offer, tier in cells), (),
    )  # fmt: skip
    folder = Home(marketing.home).evidence
    try:
        evidence = write_evidence(marketing.home, [one], marketing.now)
        made = remade(marketing)
        found = summary(made)
        assert found["priors"] == "updated"
        assert found["evidence"]["sha256"] == evidence.sha256
        assert found["evidence"]["campaigns"] == [own]
        # Hardly any of 1,000 accepted: what was offered brings less than was assumed.
        assert found["gain_expected"]["value"] < summary(declared)["gain_expected"]["value"]
        for language in ("en", "zh"):
            lines = list(summary_lines(found, "CNY", language))
            assert any("discount" in line for line in lines)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with marketing.engine.begin() as connection:
            store.revoke(connection, own, marketing.now)
    pd.testing.assert_frame_equal(remade(marketing).members, declared.members)


def test_where_all_offers_harm_the_list_is_empty(marketing: Marketing) -> None:
    own = made_campaign(marketing.engine, ("of no feed",), ("nor this",))
    offers = retention_settings(marketing.home).offers
    harm = tuple(
        Effect(
            offer, tier, Group(9000, 1800, 1800), Group(2700, 540, 1080), Group(2700, 540, 1080),
            Group(3600, 720, 720), 0.0, 0.0, 0.0, 0.8,
        )
        for offer in offers for tier in TIERS
    )  # fmt: skip
    try:
        one = CampaignEvidence(own, "2026-03-01", "d1", 44, (), harm)
        write_evidence(marketing.home, [one], marketing.now)
        found = summary(remade(marketing))
        assert (found["listed"], found["committed"], found["gain_expected"]["value"]) == (0, 0, 0)
    finally:
        shutil.rmtree(Home(marketing.home).evidence, ignore_errors=True)
        with marketing.engine.begin() as connection:
            store.revoke(connection, own, marketing.now)
