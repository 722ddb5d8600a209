"""What is declared: names, words, units, and what disappears with a feed or a column."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from features.catalogue import GROUPS, available, document, features, fingerprint
from features.catalogue.families import Feature
from features.engine.store import TOPIC
from features.feeds import FEEDS
from features.words import LANGUAGES
from tests.facts import Operator, day, joined, used

ALL = features("CNY")
COLUMNS = frozenset(f"{f.name}.{column.name}" for f in FEEDS.values() for column in f.columns)
COLUMNS |= {TOPIC}


def names(chosen: tuple[Feature, ...]) -> set[str]:
    return {feature.name for feature in chosen}


def test_names_are_unique_and_plain() -> None:
    assert len(names(ALL)) == len(ALL)
    assert not [feature.name for feature in ALL if not re.fullmatch("[a-z0-9_]+", feature.name)]


def test_every_feature_is_put_into_words_in_both_languages() -> None:
    for feature in ALL:
        for words in (feature.en, feature.zh, feature.unit, feature.name):
            assert not re.search("[{}]", words), feature.name
        assert feature.en.isascii(), feature.name
        assert re.search("[\u4e00-\u9fff]", feature.zh), feature.name


def test_no_two_features_have_the_same_words() -> None:
    for language in LANGUAGES:
        words = [getattr(feature, language) for feature in ALL]
        assert len(set(words)) == len(words), sorted({w for w in words if words.count(w) > 1})


def test_every_group_has_its_name_in_every_language() -> None:
    assert {feature.group for feature in ALL} <= set(GROUPS)
    assert all(set(words) == set(LANGUAGES) for words in GROUPS.values())


def test_units_go_with_names() -> None:
    units = {"_mb_": "MB", "_min_": "min", "_cny_": "CNY", "days": "d", "_years": "a"}
    for feature in ALL:
        ending = feature.aggregate.ending if feature.aggregate else ""
        of_hundred = ending.endswith(("change", "variation")) or "_share" in feature.name
        assert feature.unit.endswith("%") == of_hundred, feature.name
        for part, unit in units.items():
            if part in f"{feature.name}_" and not of_hundred:
                assert feature.unit == unit, feature.name


def test_every_feature_has_inputs_that_feeds_have() -> None:
    assert {needed for feature in ALL for needed in feature.needs} <= COLUMNS
    assert all(feature.needs for feature in ALL)
    assert available("CNY", COLUMNS) == ALL


@pytest.mark.parametrize("missing", sorted(COLUMNS))
def test_without_a_column_what_is_computed_from_it_does_not_exist(missing: str) -> None:
    left = available("CNY", COLUMNS - {missing})
    assert names(ALL) - names(left) == {f.name for f in ALL if missing in f.needs}
    assert (fingerprint(left) == fingerprint(ALL)) == (left == ALL)


@pytest.mark.parametrize("feed", ["bills", "payments", "complaints"])
def test_without_a_feed_what_is_computed_from_it_does_not_exist(feed: str) -> None:
    left = available("CNY", frozenset(c for c in COLUMNS if not c.startswith(f"{feed}.")))
    assert left
    assert not [f.name for f in left if any(needed.startswith(feed) for needed in f.needs)]
    assert fingerprint(left) != fingerprint(ALL)


def test_an_operator_with_little_has_the_features_of_little() -> None:
    without = [
        "bills", "payments", "complaints", "contracts.plan", "contracts.contract_end",
        "customers.birth_year", "customers.brand", "usage.dropped_calls", "usage.voice_in_s",
        "usage.voice_rival_s", "usage.roaming_s", "usage.rival_hotline_calls",
    ]  # fmt: skip
    little = Operator(without)
    facts = [*joined("C1"), used("C1", -3, data_kb=1024)]
    for _, row in facts:
        for column in without:
            row.pop(column.partition(".")[2], None)
    little.load(facts)
    row = little.rows([day(0)])["C1", day(0)]
    made = names(little.histories.features)
    assert set(row) - {"standing", "eligible", "consent"} == made
    assert made == names(available("CNY", COLUMNS)) & made
    assert {"data_mb_7d", "tenure_days", "city"} <= made
    assert not {"plan", "brand", "age_years", "days_to_contract_end", "complaints_4w"} & made
    assert row["data_mb_7d"] == 1


def test_the_fingerprint_speaks_of_meaning_and_order() -> None:
    assert fingerprint(ALL) == fingerprint(features("CNY"))
    assert fingerprint(ALL) != fingerprint(ALL[::-1])
    assert fingerprint(ALL) != fingerprint(features("EUR"))
    reworded = tuple(replace(feature, en="x", zh="x") for feature in ALL)
    assert fingerprint(ALL) == fingerprint(reworded)
    for place, feature in enumerate(ALL):
        other = (*ALL[:place], replace(feature, scale=feature.scale + 1), *ALL[place + 1 :])
        assert fingerprint(ALL) != fingerprint(other)


def test_the_page_names_every_feature_once() -> None:
    page = document("EUR")
    for feature in features("EUR"):
        assert page.count(f"| `{feature.name}` |") == 1


def test_what_betrays_or_guesses_is_never_shown() -> None:
    hidden = {feature.name for feature in ALL if not feature.staff_may_hear}
    assert {"age_years", "rival_hotline_calls_4w"} <= hidden
