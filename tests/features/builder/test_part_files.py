"""What a start reads instead of compiling is what it would have compiled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.builder.kept import KeptPart, feeds_read, kept_part
from features.builder.part_files import inputs_hash, keep_parts, read_parts
from features.engine.customer_facts import CustomerFacts
from features.engine.store import open_last_histories
from features.home import Home
from serving.events.checking import POSTED
from tests.conftest import SmallHome


@pytest.fixture(scope="module")
def facts(small_home: SmallHome) -> CustomerFacts:
    return CustomerFacts(open_last_histories(small_home.home))


def inputs(facts: CustomerFacts) -> str:
    own = facts.histories
    return inputs_hash(facts.schemas, own.features, own.settings)


def test_a_night_keeps_the_parts_as_they_would_be_compiled(
    small_home: SmallHome, facts: CustomerFacts
) -> None:
    own = facts.histories
    kept = read_parts(small_home.home, inputs(facts), facts.schemas, own.features)
    assert set(kept) == set(POSTED)
    read = feeds_read(facts.schemas, own.features, own.settings)
    for feed in POSTED:
        made = kept_part(facts.schemas, own.features, own.settings, feed, read)
        assert kept[feed] == (made if feed in facts.schemas else None)
    assert any(isinstance(part, KeptPart) for part in kept.values())


def test_parts_of_other_inputs_do_not_count(small_home: SmallHome, facts: CustomerFacts) -> None:
    own = facts.histories
    others = [
        inputs_hash(facts.schemas, own.features[1:], own.settings),
        inputs_hash(facts.schemas, own.features, replace(own.settings, usage_lag_days=6)),
        inputs_hash({**facts.schemas, "more": facts.schemas["bills"]}, own.features, own.settings),
    ]
    assert len({inputs(facts), *others}) == 4
    for other in others:
        assert read_parts(small_home.home, other, facts.schemas, own.features) == {}


def test_a_damaged_or_absent_file_counts_as_none(
    facts: CustomerFacts, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    own = facts.histories
    assert read_parts(home, inputs(facts), facts.schemas, own.features) == {}
    Home(home).lake.mkdir()
    keep_parts(home, inputs(facts), {"surveys": None})
    assert read_parts(home, inputs(facts), facts.schemas, own.features) == {"surveys": None}
    Home(home).parts.write_bytes(Home(home).parts.read_bytes()[:40])
    assert read_parts(home, inputs(facts), facts.schemas, own.features) == {}
