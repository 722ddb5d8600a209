"""`/score` degrading on a real home, by breaking it: which step answers, and for whom."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from anyio import CapacityLimiter

from features.errors import LakeError, LiukeError, NoChampion, RequestRefused, UnknownCustomers
from features.home import Home
from serving.access.principal import Principal, Scope
from serving.customers.rights.objections import record_objection
from serving.database import open_engine, upgrade
from serving.decision.bill_fit.store import CounterFacts
from serving.decision.decision_settings import decision_settings
from serving.decision.fallback import LAST_NIGHT, LIVE, RULES, Descent
from serving.decision.sources import Sources, rule_tier
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.schemas import ScoreRequest, encoded_scores, score_answer
from serving.http.endpoints.decision.score import ScoreDesk
from serving.scores import last_scores
from serving.service_settings import serving_settings

if TYPE_CHECKING:
    from tests.conftest import SmallHome

ANSWER = score_answer("CNY")
STEPS = (LIVE, LAST_NIGHT, RULES)


class Counter:
    """The desk of `/score` on a home of the test's own."""

    def __init__(self, home: Path, database_url: str) -> None:
        settings = replace(serving_settings(home), database_url=database_url)
        self.home, self.store = Home(home), open_engine(home, database_url)
        upgrade(self.store)
        self.context = Context(home, settings, "CNY")
        decision = decision_settings(home)
        sources = Sources(
            home, self.context.scorer, CounterFacts(home), self.context.reading, decision
        )
        self.desk = ScoreDesk(
            self.context, lambda: sources, Descent(decision.fallback.retry_seconds)
        )

    def call(self, role: str = "hotline", scope: Scope | None = None) -> Call:
        return Call("r1", "/score", "POST", Principal("k1", role, scope or Scope()))

    def score(self, *ids: str, call: Call | None = None, language: str = "en") -> Any:
        request = ScoreRequest.model_validate({"customer_ids": ids, "language": language})

        async def scored() -> list[dict[str, Any]]:
            return await self.desk.score(call or self.call(), request, CapacityLimiter(1))

        found = asyncio.run(scored())
        checked = ANSWER.model_validate({"scores": found}).model_dump_json()
        assert encoded_scores(found, "CNY") == checked.encode()
        return found

    def ready(self) -> str:
        answer = asyncio.run(self.desk.ready(self.call()))
        return bytes(answer.body).decode().strip()

    def close(self) -> None:
        self.store.dispose()
        self.context.close()

    def break_to(self, step: str) -> None:
        """Break so much that this step answers."""
        if step in (LAST_NIGHT, RULES):
            self.home.latest.unlink(missing_ok=True)
        if step == RULES:
            for file in self.home.scores.glob("*.parquet"):
                file.write_bytes(b"damaged")


@pytest.fixture
def scores(own_home: SmallHome) -> pd.DataFrame:
    return last_scores(own_home.home)


@pytest.fixture
def counter(own_home: SmallHome, database_url: str) -> Iterator[Counter]:
    found = Counter(own_home.home, database_url)
    yield found
    found.close()


def refused(counter: Counter, *ids: str, call: Call | None = None) -> LiukeError:
    with pytest.raises(LiukeError) as error:
        counter.score(*ids, call=call)
    return error.value


def test_it_goes_down_step_by_step_and_readyz_says_which(
    counter: Counter, scores: pd.DataFrame
) -> None:
    expected, call = scores.iloc[5], counter.call()
    (live,) = counter.score(expected["customer_id"], call=call)
    assert (live["answered_by"], call.answered_by, call.detail) == (LIVE, LIVE, {})
    assert counter.ready() == "ready"

    counter.break_to(LAST_NIGHT)
    call = counter.call()
    (night,) = counter.score(expected["customer_id"], call=call)
    assert night == live | {"answered_by": LAST_NIGHT, "tier_reasons": None}
    assert (call.answered_by, call.detail) == (LAST_NIGHT, {"answered_by": LAST_NIGHT})
    assert counter.ready() == "degraded to last_night (live: lake)"

    counter.break_to(RULES)
    (rules,) = counter.score(expected["customer_id"])
    record = counter.desk.sources().counter.need(expected["customer_id"], Scope())
    tier = rule_tier(record.mean_bill_fen, counter.desk.sources().settings)
    assert {name: value for name, value in rules.items() if value} == {
        "customer_id": expected["customer_id"], "value_tier": tier, "as_of": live["as_of"],
        "answered_by": RULES,
    }  # fmt: skip
    assert counter.ready() == "degraded to rules (live: lake, last_night: lake)"

    counter.home.counter.unlink()
    assert isinstance(refused(counter, expected["customer_id"]), LakeError)
    with pytest.raises(LakeError, match="no customer has been scored"):
        counter.ready()


@pytest.mark.parametrize("file", ["churn.txt", "bundle.json"])
def test_an_unreadable_bundle_leaves_last_nights_scores_with_their_reasons(
    counter: Counter, scores: pd.DataFrame, file: str
) -> None:
    names = scores["customer_id"].head(30).tolist()
    live = counter.score(*names, language="zh")
    (counter.home.models / "1" / file).write_text("damaged")
    counter.context.__dict__.pop("scorer")
    sources = replace(counter.desk.sources(), scorer=counter.context.scorer)
    counter.desk.sources = lambda: sources
    found = counter.score(*names, language="zh")
    assert {own["answered_by"] for own in found} == {LAST_NIGHT}
    assert [own["reasons"] for own in found] == [own["reasons"] for own in live]
    assert counter.ready() == "degraded to last_night (live: bundle)"


def test_it_is_live_again_once_what_was_broken_is_back(
    counter: Counter, scores: pd.DataFrame
) -> None:
    name, latest = scores["customer_id"][0], counter.home.latest
    hidden = latest.rename(latest.with_suffix(".hidden"))
    assert counter.score(name)[0]["answered_by"] == LAST_NIGHT
    hidden.rename(latest)
    assert [counter.score(name)[0]["answered_by"] for _ in range(2)] == [LIVE, LIVE]
    assert counter.ready() == "ready"


def test_a_thousand_customers_are_one_read(counter: Counter, scores: pd.DataFrame) -> None:
    names = scores["customer_id"].tolist()[::-1]
    for step in STEPS:
        counter.break_to(step)
        found = counter.score(*names)
        assert [own["customer_id"] for own in found] == names
        assert {own["answered_by"] for own in found} == {step}


@pytest.mark.parametrize("step", STEPS)
def test_at_each_step_who_is_out_of_scope_is_unknown_and_objects_to_nothing(
    counter: Counter, scores: pd.DataFrame, step: str
) -> None:
    own, city = str(scores["customer_id"][0]), str(scores["city"][0])
    (other, *_) = scores.loc[scores["city"] != city, "customer_id"]
    with counter.store.begin() as connection:
        record_objection(connection, other, "K1", datetime(2026, 3, 2))
    counter.break_to(step)
    mine = Scope(city=city)
    (found,) = counter.score(own, call=counter.call("store", mine))
    assert found["answered_by"] == step
    hidden = refused(counter, own, other, call=counter.call("store", mine))
    unknown = refused(counter, own, "C-none", call=counter.call("store", mine))
    assert (type(hidden), hidden.message) == (UnknownCustomers, unknown.message)
    assert hidden.details == {"customer_ids": [other]}
    objecting = refused(counter, own, other)
    assert (objecting.code, objecting.details) == ("objection", {"customer_ids": [other]})


@pytest.mark.parametrize("step", STEPS)
def test_at_each_step_a_scientist_sees_pseudonyms_alone(
    counter: Counter, scores: pd.DataFrame, step: str
) -> None:
    own, other = scores["customer_id"].head(2)
    with counter.store.begin() as connection:
        record_objection(connection, other, "K1", datetime(2026, 3, 2))
    counter.break_to(step)
    named, objects = map(counter.context.pseudonyms.of, (own, other))
    call = counter.call("scientist")
    (found,) = counter.score(named, call=call)
    assert (found["customer_id"], found["answered_by"]) == (named, step)
    assert own not in str(found)
    assert call.subjects == (own,)
    objecting = refused(counter, named, objects, call=counter.call("scientist"))
    assert (objecting.code, objecting.details) == ("objection", {"customer_ids": [objects]})
    assert other not in objecting.message


def test_without_the_operational_database_no_step_answers(
    counter: Counter, scores: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It alone says who objects, and what is answered could not be recorded."""

    def stopped(*_: object) -> None:
        raise RequestRefused("not_ready", "the database of objections cannot be read")

    path = "serving.http.endpoints.decision.score.check_objections"
    monkeypatch.setattr(path, stopped)
    for step in STEPS:
        counter.break_to(step)
        assert refused(counter, scores["customer_id"][0]).code == "not_ready"


def test_a_home_in_which_nothing_was_done_says_what_to_do_first(
    database_url: str, tmp_path: Path
) -> None:
    bare = Counter(tmp_path, database_url)
    assert isinstance(refused(bare, "C1"), NoChampion)
    with pytest.raises(NoChampion):
        bare.ready()
    bare.close()


def test_a_slow_disk_holds_up_no_request_and_is_not_tried_again_for_a_while(
    counter: Counter, scores: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The champion's files hang while they are opened; last night's scores are on another disk."""
    hanging, tried = threading.Event(), [0]

    def hang(*_: object) -> object:
        tried[0] += 1
        hanging.wait(10)
        raise LakeError("it came back as an error")

    monkeypatch.setattr("serving.scoring.load_champion", hang)
    fallback = replace(counter.desk.sources().settings.fallback, live_seconds=1.5)
    settings = replace(counter.desk.sources().settings, fallback=fallback)
    sources = replace(counter.desk.sources(), settings=settings)
    counter.desk.sources = lambda: sources
    names = scores["customer_id"].head(6).tolist()
    batches = CapacityLimiter(1)

    async def together() -> tuple[list[Any], float]:
        requests = [ScoreRequest(customer_ids=[name]) for name in names]
        requests.append(ScoreRequest(customer_ids=names))
        longest, done = 0.0, asyncio.Event()

        async def beats() -> None:
            nonlocal longest
            while not done.is_set():
                begun = time.monotonic()
                await asyncio.sleep(0.01)
                longest = max(longest, time.monotonic() - begun)

        beating = asyncio.create_task(beats())
        found = await asyncio.gather(
            *(counter.desk.score(counter.call(), one, batches) for one in requests)
        )
        done.set()
        await beating
        again = await counter.desk.score(counter.call(), requests[0], batches)
        hanging.set()
        return [*found, again], longest

    found, longest = asyncio.run(together())
    assert {own["answered_by"] for answer in found for own in answer} == {LAST_NIGHT}
    assert longest < fallback.live_seconds, "waiting for the disk held up the loop"
    assert tried[0] <= len(names) + 1
