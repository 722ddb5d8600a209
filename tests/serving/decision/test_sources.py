"""The steps of a decision on a real home, by breaking it: which step answers, and with what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from features.errors import LakeError, UnknownCustomers
from features.home import Home
from serving.access.principal import Scope
from serving.database import open_engine, upgrade
from serving.database.tables import objections, promises
from serving.decision.bill_fit.store import CounterFacts
from serving.decision.deciding import Requested
from serving.decision.decision_settings import decision_settings
from serving.decision.fallback import LAST_NIGHT, LIVE, RULES, Answered, Descent, Step
from serving.decision.sources import Made, Sources, Standing, rule_tier, standing_at
from serving.scores import last_scores
from serving.scoring import Scorer

if TYPE_CHECKING:
    from tests.conftest import SmallHome

NOW = datetime(2026, 3, 2, 10)
NOTHING_OPEN = Standing(0, 0, has_objected=False, at=NOW)
ANYWHERE = Scope()


@pytest.fixture
def scores(own_home: SmallHome) -> pd.DataFrame:
    return last_scores(own_home.home)


@pytest.fixture
def sources(own_home: SmallHome) -> Iterator[Sources]:
    home = own_home.home
    engine = open_engine(home)
    upgrade(engine)
    yield Sources(
        home, Scorer(home), CounterFacts(home), open_engine(home, reading=True),
        decision_settings(home),
    )  # fmt: skip
    engine.dispose()


def requested(customer_id: str) -> Requested:
    return Requested(customer_id, "cancel", "store", "en", "store")


def down(sources: Sources, customer_id: str) -> Answered[Made]:
    given = (requested(customer_id), ANYWHERE, NOTHING_OPEN)
    steps = [
        Step(LIVE, partial(sources.live, *given), 5),
        Step(LAST_NIGHT, partial(sources.last_night, *given), 5),
        Step(RULES, partial(sources.by_rule, *given), 5),
    ]
    return asyncio.run(Descent(60).down(steps))


def test_all_steps_have_the_same_facts(sources: Sources, scores: pd.DataFrame) -> None:
    """What is allowed does not change with the step that answers; only the tier by rule may."""
    names = scores["customer_id"].sample(40, random_state=1)
    assert any(
        fit.fit for fit in (sources.live(requested(n), ANYWHERE, NOTHING_OPEN) for n in names)
    )
    for name in names:
        given = (requested(name), ANYWHERE, NOTHING_OPEN)
        live = sources.live(*given)
        assert sources.last_night(*given).facts == live.facts
        assert sources.facts_alone(*given).facts == live.facts
        by_rule = sources.by_rule(*given).facts
        assert replace(by_rule, tier=live.facts.tier) == live.facts


def test_live_agrees_with_the_night(sources: Sources, scores: pd.DataFrame) -> None:
    expected = scores.iloc[11]
    live = sources.live(requested(expected["customer_id"]), ANYWHERE, NOTHING_OPEN).known
    night = sources.last_night(requested(expected["customer_id"]), ANYWHERE, NOTHING_OPEN).known
    assert live.predicted is not None
    assert night.predicted is not None
    assert live.predicted.risk == night.predicted.risk == expected["churn_risk"]
    assert live.predicted.certain_fen == pytest.approx(night.predicted.certain_fen)
    assert live.at_stake_fen == pytest.approx(night.at_stake_fen)
    assert (live.model_version, night.model_version) == ("1", "1")
    assert live.row_sha256 is not None
    assert night.row_sha256 is None
    assert (night.reasons, night.counter_as_of) == (live.reasons, live.counter_as_of)
    assert live.reasons


def test_it_goes_down_step_by_step_as_things_break(sources: Sources, scores: pd.DataFrame) -> None:
    name, home = scores["customer_id"].iloc[3], Home(sources.home)
    assert down(sources, name).by == LIVE
    home.latest.unlink()
    found = down(sources, name)
    assert (found.by, found.passed_over) == (LAST_NIGHT, {"live": "lake"})
    for file in home.scores.glob("*.parquet"):
        file.write_bytes(b"damaged")
    found = down(sources, name)
    assert (found.by, found.passed_over) == (RULES, {"live": "lake", "last_night": "lake"})
    assert found.answer.known.predicted is None
    home.counter.unlink()
    with pytest.raises(LakeError):
        down(sources, name)


@pytest.mark.parametrize("file", ["churn.txt", "bundle.json"])
def test_an_unreadable_bundle_leaves_last_nights_score(
    sources: Sources, scores: pd.DataFrame, file: str
) -> None:
    (Home(sources.home).models / "1" / file).write_text("damaged")
    found = down(sources, scores["customer_id"].iloc[3])
    assert (found.by, found.passed_over) == (LAST_NIGHT, {"live": "bundle"})


def test_without_a_champion_last_nights_score_answers(
    sources: Sources, scores: pd.DataFrame
) -> None:
    Home(sources.home).champion.unlink()
    found = down(sources, scores["customer_id"].iloc[3])
    assert (found.by, found.passed_over) == (LAST_NIGHT, {"live": "no_champion"})


def test_a_slow_disk_is_given_up(
    sources: Sources, scores: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    see = Scorer.see

    def slowly(self: Scorer, customer_id: str, scope: Scope, moment: datetime) -> object:
        time.sleep(0.4)
        return see(self, customer_id, scope, moment)

    monkeypatch.setattr(Scorer, "see", slowly)
    given = (requested(scores["customer_id"].iloc[3]), ANYWHERE, NOTHING_OPEN)
    steps = [
        Step(LIVE, partial(sources.live, *given), 0.1),
        Step(LAST_NIGHT, partial(sources.last_night, *given), 5),
    ]
    found = asyncio.run(Descent(60).down(steps))
    assert (found.by, found.passed_over) == (LAST_NIGHT, {"live": "too_slow"})


def test_who_is_not_there_is_unknown_at_every_step(sources: Sources) -> None:
    for step in (sources.live, sources.last_night, sources.by_rule):
        with pytest.raises(UnknownCustomers):
            step(requested("C-none"), ANYWHERE, NOTHING_OPEN)


def test_another_citys_customer_does_not_exist(sources: Sources, scores: pd.DataFrame) -> None:
    name = scores["customer_id"].iloc[3]
    record = sources.counter.need(name, ANYWHERE)
    for step in (sources.live, sources.last_night, sources.by_rule, sources.facts_alone):
        assert step(requested(name), Scope(city=record.city), NOTHING_OPEN).facts
        with pytest.raises(UnknownCustomers):
            step(requested(name), Scope(city="elsewhere"), NOTHING_OPEN)


def test_standing_counts_what_is_open_and_what_is_broken(sources: Sources) -> None:
    engine = open_engine(sources.home)
    own = {
        "customer_id": "C1",
        "kind": "complaint",
        "made_at": datetime(2026, 2, 27),
        "caller": "K",
    }
    rows = [
        {"id": "1", "due_at": datetime(2026, 3, 1), "kept_at": None},
        {"id": "2", "due_at": datetime(2026, 3, 3), "kept_at": None},
        {"id": "3", "due_at": datetime(2026, 3, 1), "kept_at": datetime(2026, 3, 2)},
    ]
    with engine.begin() as connection:
        connection.execute(insert(promises), [own | row for row in rows])
    engine.dispose()
    assert sources.standing("C1", NOW) == Standing(2, 1, has_objected=False, at=NOW)
    assert sources.standing("C2", NOW) == NOTHING_OPEN


def test_standing_of_the_past_is_as_it_was_then(store: Engine) -> None:
    def row(name: str, made: int, kept: int | None) -> dict[str, Any]:
        return {
            "id": name, "customer_id": "C1", "kind": "complaint", "caller": "K",
            "made_at": NOW + timedelta(hours=made), "due_at": NOW + timedelta(hours=made + 4),
            "kept_at": None if kept is None else NOW + timedelta(hours=kept),
        }  # fmt: skip

    with store.begin() as connection:
        connection.execute(
            insert(promises),
            [row("open", -1, None), row("broken, kept later", -9, 1), row("kept", -9, -1),
             row("made later", 1, None)],
        )  # fmt: skip
        connection.execute(
            insert(objections),
            [
                {"customer_id": name, "recorded_at": NOW - timedelta(hours=since),
                 "withdrawn_at": withdrawn, "caller": "K"}
                for name, since, withdrawn in (
                    ("C1", -1, None), ("C2", 2, NOW + timedelta(hours=1)), ("C3", 2, NOW),
                )
            ],
        )  # fmt: skip
        assert standing_at(connection, "C1", NOW) == Standing(2, 1, has_objected=False, at=NOW)
        assert standing_at(connection, "C2", NOW).has_objected
        assert not standing_at(connection, "C3", NOW).has_objected


@pytest.mark.parametrize(
    ("fen", "tier"),
    [(None, "standard"), (3_999.9, "standard"), (4_000, "silver"), (15_000, "diamond")],
)
def test_the_tier_by_rule_is_half_open(sources: Sources, fen: float | None, tier: str) -> None:
    assert rule_tier(fen, sources.settings) == tier
