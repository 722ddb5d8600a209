"""The real service while what it reads breaks: which step answers, and where that is seen."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from features.home import Home
from serving.scores import last_scores
from tests.conftest import set_home
from tests.serving.conftest import Server, start

if TYPE_CHECKING:
    from tests.conftest import SmallHome

LIVE_SECONDS, RETRY_SECONDS = 1.5, 2.0
QUICK = f"[fallback]\nlive_seconds = {LIVE_SECONDS}\nretry_seconds = {RETRY_SECONDS}\n"


@pytest.fixture(scope="module")
def own(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("degraded")
    home = small_home.copied_to(folder / "home")
    set_home(home, "decision", QUICK)
    own = start(home, folder)
    yield own
    own.process.kill()
    own.process.wait()


@pytest.fixture(scope="module")
def customer(own: Server) -> str:
    return str(last_scores(own.home)["customer_id"][3])


@pytest.fixture
def client(own: Server) -> Iterator[httpx.Client]:
    with own.client() as opened:
        yield opened


def answers(client: httpx.Client, customer: str) -> list[str]:
    """By which step a score and a decision are answered."""
    score = client.post("/score", json={"customer_ids": [customer]})
    request = {"customer_id": customer, "intent": "browse", "channel": "store"}
    decision = client.post("/decide", json=request)
    assert (score.status_code, decision.status_code) == (200, 200), score.text + decision.text
    return [score.json()["scores"][0]["answered_by"], decision.json()["answered_by"]]


def recorded_beside(client: httpx.Client, beside: httpx.Client, customer: str) -> float:
    """Record a promise and a fact; returns for how long at most another request waited."""
    bodies = {
        "/promises": {"customer_id": customer, "kind": "complaint"},
        "/events": {
            "key": "e1", "feed": "complaints", "customer_id": customer,
            "fields": {"complaint_id": "K1", "event": "opened"},
        },
    }  # fmt: skip
    longest = 0.0
    with ThreadPoolExecutor() as pool:
        for path, body in bodies.items():
            time.sleep(RETRY_SECONDS)  # by when the live step is tried again
            posted = pool.submit(client.post, path, json=body)
            while not posted.done():
                begun = time.monotonic()
                assert beside.get("/livez").status_code == 200
                longest = max(longest, time.monotonic() - begun)
            assert posted.result().status_code == 200, posted.result().text
    return longest


def count(client: httpx.Client, step: str, path: str = "/score") -> float:
    name = f'liuke_answer_total{{answered_by="{step}",endpoint="{path}"}}'
    lines = client.get("/metrics").text.splitlines()
    found = [line.rpartition(" ")[2] for line in lines if line.startswith(name)]
    return float(found[0]) if found else 0.0


def soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.slow
def test_each_step_is_answered_counted_logged_and_said(
    own: Server, client: httpx.Client, customer: str, tmp_path: Path
) -> None:
    home = Home(own.home)
    before = {step: count(client, step) for step in ("live", "last_night", "rules")}
    assert answers(client, customer) == ["live", "live"]
    assert client.get("/readyz").text == "ready\n"

    kept = home.latest.rename(tmp_path / "latest")
    assert answers(client, customer) == ["last_night", "last_night"]
    ready = client.get("/readyz")
    assert (ready.status_code, ready.text) == (200, "degraded to last_night (live: lake)\n")

    scores = Path(shutil.move(home.scores, tmp_path / "scores"))
    assert answers(client, customer) == ["rules", "rules"]
    assert client.get("/readyz").text == "degraded to rules (live: lake, last_night: lake)\n"

    counter = home.counter.rename(tmp_path / "counter")
    for refused in (
        client.post("/score", json={"customer_ids": [customer]}), client.get("/readyz"),
    ):  # fmt: skip
        assert refused.status_code == 503
        assert "no customer has been scored" in refused.json()["error"]["message"]

    kept.rename(home.latest)
    shutil.move(scores, home.scores)
    counter.rename(home.counter)
    assert answers(client, customer) == ["live", "live"]
    assert client.get("/readyz").text == "ready\n"

    after = {step: count(client, step) for step in before}
    assert {step: after[step] - before[step] for step in before} == {
        "live": 2, "last_night": 1, "rules": 1,
    }  # fmt: skip
    line = own.request_line(
        client.post("/score", json={"customer_ids": ["C-none"]}).headers["x-request-id"]
    )
    assert line["answered_by"] is None
    line = own.request_line(
        client.post("/score", json={"customer_ids": [customer]}).headers["x-request-id"]
    )
    assert line["answered_by"] == "live"
    assert own.log().count("the step live does not answer") <= 3


@pytest.mark.slow
def test_a_disk_that_hangs_holds_up_no_other_request(
    own: Server, client: httpx.Client, customer: str, tmp_path: Path
) -> None:
    """Who opens a pipe waits until another process writes to it: here for ever."""
    champion = Home(own.home).champion
    kept = champion.rename(tmp_path / "champion.json")
    os.mkfifo(champion)
    try:
        with httpx.Client(base_url=own.url, timeout=5) as beside:
            begun = time.monotonic()
            assert answers(client, customer) == ["last_night", "last_night"]
            assert time.monotonic() - begun < LIVE_SECONDS + 3
            begun = time.monotonic()
            assert beside.get("/livez").status_code == 200
            assert answers(client, customer) == ["last_night", "last_night"]
            assert time.monotonic() - begun < LIVE_SECONDS, (
                "what hangs is not tried again for a while"
            )
            assert recorded_beside(client, beside, customer) < LIVE_SECONDS
        assert client.get("/readyz").text == "degraded to last_night (live: too_slow)\n"
    finally:
        pipe = champion.rename(tmp_path / "pipe")
        kept.rename(champion)
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    assert soon(lambda: answers(client, customer) == ["live", "live"])
