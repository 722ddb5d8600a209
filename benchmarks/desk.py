"""The service under load beside a bare BentoML echo: keys, real rows, the audit's durable write.

Each server is a process of its own, one worker unless said otherwise; the load program runs on the
same cores. Rounds alternate between the two, and each figure is the median over the rounds, so that
a busy moment of the machine meets both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from bars import Bar, table
from load import Answers, Load, post, wait_until_ready

from features.home import Home
from serving.access.keys import new_key
from serving.database import open_engine, upgrade
from serving.scores import last_scores

HOST = "127.0.0.1"
RATE, SECONDS, ROUNDS = 200.0, 8.0, 3
WARM_SECONDS = 2.0  # of a first, short load, which is dropped
ALONE, TOGETHER = 500.0, 800.0  # requests a second, of one worker and of two

Requests = Callable[[int], bytes]


@dataclass(frozen=True)
class Found:
    """The answers of each load, by round."""

    echo: list[Answers]
    score: list[Answers]
    decide: list[Answers]
    alone: Answers
    together: Answers


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        copied(chosen.home, home)
        found = _measured(home, Path(folder))
    return "\n".join(_lines(found)) + "\n"


def _measured(home: Path, folder: Path) -> Found:
    ids = last_scores(home)["customer_id"].sort_values().tolist()

    def scores(port: int, key: str) -> Requests:
        return lambda place: post("/score", _ids(ids, place), key, port)

    def decisions(port: int, key: str) -> Requests:
        return lambda place: post("/decide", _visit(ids, place), key, port)

    with _echo(folder) as other, served(home) as (port, key):
        echo, score, decide = _side_by_side(
            (other, lambda place: post("/echo", _ids(ids, place), port=other)),
            (port, scores(port, key)),
            (port, decisions(port, key)),
        )
        alone = Load(HOST, port).run(scores(port, key), ALONE, SECONDS)
    with served(home, workers=2) as (port, key):
        Load(HOST, port).run(scores(port, key), RATE, WARM_SECONDS)
        together = Load(HOST, port).run(scores(port, key), TOGETHER, SECONDS)
    return Found(echo, score, decide, alone, together)


def _lines(found: Found) -> list[str]:
    echo, own, decide = found.echo, found.score, found.decide
    bars = [
        Bar("p50 of /score over the echo's, 200/s", _ratio(own, echo, 50), most=1.5),
        Bar("p99 of /score over the echo's, 200/s", _ratio(own, echo, 99), most=1),
        Bar("refused or late at 500/s, one worker", _lost(found.alone), most=0),
        Bar("refused or late at 800/s, two workers", _lost(found.together), most=0),
        Bar("p99 of /decide, 200/s", _median(decide, 99), " ms", most=15),
        Bar("p99 of /decide over the echo's, 200/s", _ratio(decide, echo, 99), most=1),
    ]
    rows = [("echo, 200/s", echo), ("/score, 200/s", own),
            ("/score, 500/s, one worker", [found.alone]),
            ("/score, 800/s, two workers", [found.together]),
            ("/decide with reasons, bill fit and ladder, 200/s", decide)]  # fmt: skip
    return [
        "## The service under load",
        "",
        f"One customer a request, every request another, key checked and audited: {ROUNDS} rounds "
        f"of {SECONDS:g} s, alternating; an open loop on the same cores.",
        "",
        *table(bars),
        "",
        "| load | p50, ms | p90, ms | p99, ms |",
        "|---|---|---|---|",
        *(
            f"| {words} | {_median(some, 50):.1f} | {_median(some, 90):.1f} "
            f"| {_median(some, 99):.1f} |"
            for words, some in rows
        ),
    ]


def _lost(answers: Answers) -> int:
    """Requests that were not answered with 200, and one more where a queue was left."""
    refused = len(answers.milliseconds) - answers.statuses[200]
    return refused + (0 if answers.is_kept_up else 1)


def _ratio(own: list[Answers], peer: list[Answers], share: float) -> float:
    return _median(own, share) / _median(peer, share)


def _median(rounds: list[Answers], share: float) -> float:
    return float(np.median([one.percentile(share) for one in rounds]))


def _side_by_side(*loads: tuple[int, Requests]) -> list[list[Answers]]:
    """The answers of each load by round; a first, short round of each warms it and is dropped."""
    for port, requests in loads:
        Load(HOST, port).run(requests, RATE, WARM_SECONDS)
    found: list[list[Answers]] = [[] for _ in loads]
    for _ in range(ROUNDS):
        for own, (port, requests) in zip(found, loads, strict=True):
            own.append(Load(HOST, port).run(requests, RATE, SECONDS))
    return found


def _ids(ids: list[str], place: int) -> bytes:
    """A body with one customer: another at each request, spread over the base."""
    return json.dumps({"customer_ids": [ids[place * 7919 % len(ids)]]}).encode()


def _visit(ids: list[str], place: int) -> bytes:
    """A customer at the counter: another at each request, every second one to cancel."""
    intent = "cancel" if place % 2 else "browse"
    customer = ids[place * 7919 % len(ids)]
    return json.dumps({"customer_id": customer, "intent": intent, "channel": "store"}).encode()


def copied(home: Path, target: Path) -> None:
    """What the service reads of this home, so that the load leaves the home as it is."""
    target.mkdir()
    for name in ("models", "settings"):
        if (home / name).is_dir():
            shutil.copytree(home / name, target / name)
    shutil.copytree(home / "lake", target / "lake", copy_function=os.link)
    shutil.copy(Home(home).latest, Home(target).latest)
    shutil.copy(Home(home).counter, Home(target).counter)


@contextmanager
def served(home: Path, workers: int = 1) -> Iterator[tuple[int, str]]:
    """`liuke serve` on a free port: the port, and a key that opens it."""
    engine = open_engine(home)
    upgrade(engine)
    key = new_key(engine, "store", datetime.now()).secret
    engine.dispose()
    port = _free_port()
    liuke = Path(sys.executable).with_name("liuke")
    call = [liuke, "serve", "--home", home, "--port", port, "--workers", workers]
    with _process([str(one) for one in call], home):
        wait_until_ready(port, b"/readyz")
        yield port, key


@contextmanager
def _echo(folder: Path) -> Iterator[int]:
    port = _free_port()
    call = [sys.executable, "-m", "bentoml", "serve", "echo:Echo", "--host", HOST]
    environment = os.environ | {"BENTOML_HOME": str(folder), "BENTOML_DO_NOT_TRACK": "True"}
    with _process([*call, "--port", str(port)], Path(__file__).parent, environment):
        wait_until_ready(port, b"/livez")
        yield port


@contextmanager
def _process(
    call: list[str], cwd: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    process = subprocess.Popen(
        call, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    sys.stdout.write(section(parser.parse_args()))
