"""One customer's tier as `liuke tier` shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from features.disk.atomic import replace_json
from features.errors import FingerprintMismatch, LakeError, UnknownCustomers
from features.histories.bills.tiers import TIERS
from features.home import Home
from serving.command.tree import app
from serving.customers.tier import customer_tier, in_words
from serving.scores import last_scores
from serving.scores.latest import Latest, write_latest
from serving.scoring import load_champion
from training.models.bundle import write_bundle

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def test_the_last_change_of_the_history_led_to_todays_tier(small_home: SmallHome) -> None:
    scores = last_scores(small_home.home)
    seen = set()
    for row in scores[::25].itertuples():
        found = customer_tier(small_home.home, str(row.customer_id))
        assert (found["value_tier"], found["predicted_tier"]) == (
            row.value_tier,
            row.predicted_tier,
        )
        history = found["history"]
        assert bool(history) == (found["bills"] > 0)
        if history:
            assert history[0]["cause"] == "first_bill"
            assert history[-1]["after"] == row.value_tier
            for before, after in pairwise(history):
                assert before["after"] == after["before"] != after["after"]
                assert before["changed_at"] < after["changed_at"] < f"{small_home.as_of}"
        seen.add(found["value_tier"])
    assert len(seen) > 1


def test_the_command_shows_it_in_words_and_as_json(small_home: SmallHome) -> None:
    own = last_scores(small_home.home)["customer_id"][0]
    options = ["tier", own, "--home", str(small_home.home)]
    found = customer_tier(small_home.home, own)
    assert json.loads(CliRunner().invoke(app, [*options, "--json"]).stdout) == found
    text = CliRunner().invoke(app, options).stdout
    assert text == in_words(found) + "\n"
    assert f"{own} at {small_home.as_of:%F}: {found['value_tier']}" in text
    assert "Over the next three bills" in text
    assert list(found["bounds"]) == list(TIERS[1:])


@pytest.mark.slow
def test_a_tier_of_another_date_is_what_was_known_then(small_home: SmallHome) -> None:
    home, as_of = small_home.home, small_home.as_of
    own = str(last_scores(home)["customer_id"][0])
    assert customer_tier(home, own, as_of) == customer_tier(home, own)
    before = as_of - timedelta(days=1)
    found = customer_tier(home, own, before)
    assert found["as_of"] == f"{before:%F}"
    assert all(change["changed_at"] < f"{before}" for change in found["history"])
    assert found["value_tier"] == found["history"][-1]["after"]
    with pytest.raises(LakeError, match=f"end before {as_of:%F}"):
        customer_tier(home, own, as_of + timedelta(days=1))
    with pytest.raises(UnknownCustomers, match="X9 is not in the network"):
        customer_tier(home, "X9", before)


def test_an_unknown_customer_is_refused(small_home: SmallHome) -> None:
    with pytest.raises(UnknownCustomers):
        customer_tier(small_home.home, "X9")


def test_a_night_of_other_features_is_refused(own_home: SmallHome) -> None:
    latest = Latest(own_home.home)
    latest.close()
    no_customer = pd.DataFrame({"customer_id": []})
    write_latest(
        own_home.home,
        no_customer,
        (),
        replace(latest.night, features=(), fingerprint="of another night"),
    )
    with pytest.raises(FingerprintMismatch, match="those scored last night"):
        customer_tier(own_home.home, "C1")


def test_a_champion_without_value_or_without_bills_says_so(own_home: SmallHome) -> None:
    home, bundle = own_home.home, load_champion(own_home.home).bundle
    own = last_scores(home)["customer_id"][0]
    write_bundle(home / "models" / "2", replace(bundle, value=None))
    replace_json(home / "models" / "champion.json", {"version": "2", "moves": []})
    found = customer_tier(home, own)
    assert (found["predicted_tier"], found["tier_probabilities"]) == (None, None)
    assert "no model of value" in in_words(found)
    write_bundle(home / "models" / "3", replace(bundle, value=None, tier_bounds_fen=None))
    replace_json(home / "models" / "champion.json", {"version": "3", "moves": []})
    with pytest.raises(LakeError, match="trained without bills"):
        customer_tier(home, own)


def test_the_potential_commands_list_and_confirm(own_home: SmallHome) -> None:
    home = str(own_home.home)
    options = ["potential", "list", "--home", home, "--size", "9999"]
    listed = CliRunner().invoke(app, [*options, "--json"])
    assert listed.exit_code == 0, listed.output
    found = json.loads(listed.stdout)["customers"]
    qualified = {one["customer_id"] for one in found if one["status"] == "qualified"}
    scores = last_scores(own_home.home)
    assert qualified == set(scores.loc[scores["potential"] == "qualified", "customer_id"])
    other = next(own for own in scores["customer_id"] if own not in qualified)
    # The day of the night itself, which may lie months behind today's clock.
    options = ["--manager", "M1", "--until", f"{own_home.as_of:%F}", "--home", home]
    refused = CliRunner().invoke(app, ["potential", "confirm", other, *options])
    assert refused.exit_code == 1
    assert "potential list" in refused.stderr
    for own in sorted(qualified)[:1]:
        CliRunner().invoke(app, ["potential", "confirm", own, *options])
        listed = CliRunner().invoke(app, ["potential", "list", "--manager", "M1", "--home", home])
        assert f"{own}  confirmed" in listed.stdout


def test_a_list_of_potential_customers_ends_at_its_size_and_says_how_many_more(
    own_home: SmallHome,
) -> None:
    path = Home(own_home.home).scores / Latest(own_home.home).night.scores
    pd.read_parquet(path).assign(potential="proposed").to_parquet(path, index=False)
    options = ["potential", "list", "--home", str(own_home.home)]
    found = json.loads(CliRunner().invoke(app, [*options, "--size", "9999", "--json"]).stdout)
    everyone = len(last_scores(own_home.home))
    assert (len(found["customers"]), found["more"]) == (everyone, 0)
    lines = CliRunner().invoke(app, [*options, "--size", "3"]).stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == [
        one["customer_id"] for one in found["customers"][:3]
    ]
    assert lines[3:] == [f"3 customers at {own_home.as_of:%F}, and {everyone - 3:,} more (--size)."]
    assert len(CliRunner().invoke(app, options).stdout.splitlines()) == 21
    assert CliRunner().invoke(app, [*options, "--size", "0"]).exit_code == 2
