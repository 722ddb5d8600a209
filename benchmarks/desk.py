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
ALONE, TOGETHER = 500.0, 800.0  # requests a second, of one worker and of two

Requests = Callable[[int], bytes]


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        copied(chosen.home, home)
        ids = last_scores(home)["customer_id"].sort_values().tolist()
        with _echo(Path(folder)) as echo_port, _served(home) as (port, key):
            echo, own = _side_by_side(
                (echo_port, lambda place: post("/echo", _ids(ids, place), port=echo_port)),
                (port, lambda place: post("/score", _ids(ids, place), key, port)),
            )
            alone = Load(HOST, port).run(
                lambda place: post("/score", _ids(ids, place), key, port), ALONE, SECONDS
            )
        with _served(home, workers=2) as (port, key):
            together = Load(HOST, port).run(
                lambda place: post("/score", _ids(ids, place), key, port), TOGETHER, SECONDS
            )
    return "\n".join(_lines(echo, own, alone, together)) + "\n"


def _lines(echo: list[Answers], own: list[Answers], alone: Answers, together: Answers) -> list[str]:
    ratio = _median(own, 50) / _median(echo, 50)
    tail = _median(own, 99) / _median(echo, 99)
    bars = [
        Bar("p50 of /score over the echo's, 200/s", ratio, most=1.5),
        Bar("p99 of /score over the echo's, 200/s", tail, most=1),
        Bar("refused or late at 500/s, one worker", _lost(alone), most=0),
        Bar("refused or late at 800/s, two workers", _lost(together), most=0),
    ]
    rows = [("echo, 200/s", echo), ("/score, 200/s", own), ("/score, 500/s, one worker", [alone]),
            ("/score, 800/s, two workers", [together])]  # fmt: skip
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


def _median(rounds: list[Answers], share: float) -> float:
    return float(np.median([one.percentile(share) for one in rounds]))


def _side_by_side(*loads: tuple[int, Requests]) -> list[list[Answers]]:
    """The answers of each load by round; a first, short round of each warms it and is dropped."""
    for port, requests in loads:
        Load(HOST, port).run(requests, RATE, 2.0)
    found: list[list[Answers]] = [[] for _ in loads]
    for _ in range(ROUNDS):
        for own, (port, requests) in zip(found, loads, strict=True):
            own.append(Load(HOST, port).run(requests, RATE, SECONDS))
    return found


def _ids(ids: list[str], place: int) -> bytes:
    """A body with one customer: another at each request, spread over the base."""
    return json.dumps({"customer_ids": [ids[place * 7919 % len(ids)]]}).encode()


def copied(home: Path, target: Path) -> None:
    """What the service reads of this home, so that the load leaves the home as it is."""
    target.mkdir()
    for name in ("models", "settings"):
        if (home / name).is_dir():
            shutil.copytree(home / name, target / name)
    shutil.copytree(home / "lake", target / "lake", copy_function=os.link)
    shutil.copy(Home(home).latest, Home(target).latest)


@contextmanager
def _served(home: Path, workers: int = 1) -> Iterator[tuple[int, str]]:
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
