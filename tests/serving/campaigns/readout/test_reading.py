"""What a played campaign brought, read out beside the truth."""

from __future__ import annotations

import json
from datetime import timedelta

import pandas as pd
import pytest

from features.engine.store import open_histories
from features.home import Home
from features.simulate.truth.respond import respond
from serving.campaigns.readout import looks, reading
from serving.campaigns.readout.reading import Gathered
from serving.campaigns.readout.wording import in_words
from serving.database import opened
from tests.serving.campaigns.played import PlayedHome


def gathered(own: PlayedHome, days: int = 0) -> Gathered:
    now = own.now - timedelta(days=days)
    histories = open_histories(own.home)
    with opened(own.home) as engine, engine.connect() as connection:
        return reading.gathered(own.home, connection, histories, own.campaign, now)


def test_who_stayed_is_who_stays_in_truth(played_home: PlayedHome) -> None:
    own = gathered(played_home)
    rows = own.test.members  # of whom none left before the draw, seen or not
    contacts = rows[["customer_id"]].assign(offer=rows["offer"].where(rows["arm"] == "treated"))
    contacts["offer"] = contacts["offer"].astype(object).where(contacts["offer"].notna(), None)
    truth = respond(Home(played_home.home).truth, contacts)
    left_at_once = truth["left_month"].fillna(99) <= 1
    stays_long = truth["left_month"].fillna(99) > 2
    stayed = pd.Series(own.test.trial.outcome == 1, index=truth.index)
    assert own.staying.is_known
    assert not stayed[left_at_once].any()
    assert stayed[stays_long].all()


def test_the_arms_are_those_that_were_drawn(played_home: PlayedHome) -> None:
    own = gathered(played_home)
    trial = own.test.trial
    assert trial.arms == ("control", "treated")
    assert {0.6, 0.4} == {round(float(share), 9) for share in trial.propensity[0]}
    # Whole units are in one arm.
    pairs = pd.DataFrame({"unit": trial.cluster, "arm": trial.arm})
    assert pairs.groupby("unit")["arm"].nunique().max() == 1
    assert not trial.cost[:, 0].any()
    assert trial.cost[trial.arm == 1, 1].min() > 0


def test_before_the_labels_are_known_it_says_when(played_home: PlayedHome) -> None:
    early = gathered(played_home, days=60)
    result = reading.read_out(early, 1)
    assert not result["is_known"]
    assert result["known_at"] > result["known_until"]
    # Use that is not delivered yet is not taken for silence.
    late = gathered(played_home)
    left = [(own.test.trial.outcome == 0).sum() for own in (early, late)]
    assert left[0] <= left[1]


def test_a_look_at_the_same_data_counts_once(played_home: PlayedHome) -> None:
    own, at = gathered(played_home), played_home.now
    with opened(played_home.home) as engine, engine.connect() as connection:
        numbers = [
            looks.look(connection, played_home.campaign, data, "lin", at)
            for data in (own.data, own.data, "other", own.data)
        ]
        connection.rollback()
    first = numbers[0]  # other tests look at this campaign too
    assert numbers == [first, first, first + 1, first + 1]


def test_the_file_is_the_same_again(played_home: PlayedHome) -> None:
    results = [reading.read_out(gathered(played_home), 1) for _ in range(2)]
    path = reading.write_readout(played_home.home, played_home.campaign, results[0])
    assert json.loads(path.read_text("utf-8")) == json.loads(json.dumps(results[1]))


def test_a_list_of_an_earlier_version_is_refused(played_home: PlayedHome) -> None:
    from features.errors import LakeError

    path = Home(played_home.home).lists / played_home.campaign / "members.parquet"
    kept = pd.read_parquet(path)
    try:
        kept.drop(columns="unit").to_parquet(path)
        with pytest.raises(LakeError, match="lacks unit"):
            gathered(played_home)
    finally:
        kept.to_parquet(path)


def test_the_readout_is_said_in_both_languages(played_home: PlayedHome) -> None:
    found = gathered(played_home)
    texts = {
        language: in_words(reading.read_out(found, 3, language), "CNY", language)
        for language in ("en", "zh")
    }
    assert "look 3" in texts["en"]
    assert "control group" in texts["en"]
    assert "第3次查看" in texts["zh"]


def test_harm_and_gain_are_said_alike(played_home: PlayedHome) -> None:
    result = reading.read_out(gathered(played_home), 1)
    own = {
        "measure": "stay", "estimate": -0.02, "low": -0.03, "high": -0.01, "narrower_by": 0.1,
    }  # fmt: skip
    harm = in_words({**result, "effects": [own]}, "CNY", "en")
    gain = in_words({**result, "effects": [own | {"low": 0.01, "high": 0.03}]}, "CNY", "en")
    assert "harm beyond chance" in harm
    assert "a gain beyond chance" in gain
