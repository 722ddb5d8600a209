"""Evidence of the campaigns of a home: which count, which do not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from features.engine.store import open_histories
from serving.campaigns.learning import learning
from serving.campaigns.learning.learning import Seen, keep, seen
from serving.campaigns.readout.reading import gathered, read_out
from serving.database import opened
from serving.database.tables import looks
from serving.retention.campaign import store as kept
from serving.retention.learned.evidence import read_evidence
from tests.serving.campaigns.played import PlayedHome


@pytest.fixture
def engine(played_home: PlayedHome) -> Iterator[Engine]:
    with opened(played_home.home) as found:
        yield found


def found(own: PlayedHome, engine: Engine, days: int = 0, language: str = "en") -> Seen:
    with engine.connect() as connection:
        now = own.now - timedelta(days=days)
        return seen(own.home, connection, open_histories(own.home), now, language)


def test_before_labels_are_known_a_campaign_does_not_count(
    played_home: PlayedHome, engine: Engine
) -> None:
    for language, word in (("en", "not known until"), ("zh", "才可知")):
        early = found(played_home, engine, days=60, language=language)
        assert early.counted == ()
        assert word in early.passed_over[played_home.campaign]


def test_it_counts_where_the_read_out_names_an_effect(
    played_home: PlayedHome, engine: Engine
) -> None:
    own, histories = found(played_home, engine), open_histories(played_home.home)
    with engine.connect() as connection:
        campaign = played_home.campaign
        known = gathered(played_home.home, connection, histories, campaign, played_home.now)
    assert bool(own.counted) == read_out(known, 1)["is_named"]
    assert bool(own.counted) != bool(own.passed_over)


def test_a_campaign_that_counts_has_its_answers_and_effects(
    played_home: PlayedHome, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "checks_of", lambda *_: ())  # as of a list that is large enough
    own = found(played_home, engine)
    assert own.passed_over == {}
    one = own.counted[0]
    assert (one.campaign, one.window_days) == (played_home.campaign, 44)
    assert sum(count.contacted for count in one.counts) > sum(c.accepted for c in one.counts) > 0
    controls = [own.control for own in one.effects]  # a few cells have none of their own
    assert all(0 < own.expected < own.customers for own in controls if own.customers)
    assert sum(own.customers for own in controls) > 0
    assert sum(own.accepted.customers + own.others.customers for own in one.effects) > 0
    assert found(played_home, engine) == own  # the same again


def test_what_is_kept_is_a_look_and_a_file(
    played_home: PlayedHome, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "checks_of", lambda *_: ())
    own = found(played_home, engine)
    with engine.connect() as connection:
        assert keep(tmp_path, connection, Seen(), "lin", played_home.now) is None
        for _ in range(2):
            written = keep(tmp_path, connection, own, "lin", played_home.now)
        query = select(func.count()).where(looks.c.data_sha256 == own.counted[0].data)
        assert connection.execute(query).scalar_one() == 1
        connection.rollback()
    assert written == read_evidence(tmp_path)
    with engine.connect() as connection:
        later = played_home.now + timedelta(days=1)
        emptied = keep(tmp_path, connection, replace(own, counted=()), "lin", later)
    assert emptied is not None
    assert emptied.campaigns == ()


def test_a_revoked_campaign_is_not_looked_at(played_home: PlayedHome, engine: Engine) -> None:
    with engine.connect() as connection:
        kept.revoke(connection, played_home.campaign, played_home.now)
        histories = open_histories(played_home.home)
        own = seen(played_home.home, connection, histories, played_home.now)
        connection.rollback()
    assert own == Seen()
