"""From a fact that is posted to the next answer that uses it, by the running service.

One request after the other on one connection, each fact of another customer, so that none of what
is read for a customer is there before. The times are those that the caller sees.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from bars import Bar, table
from desk import HOST, copied, served

from serving.scores import last_scores

FACTS = 60  # of each kind
PAUSE_SECONDS = 0.02
WARM_SECONDS = 120.0
FEEDS = ("complaints", "payments", "contracts", "surveys", "contacts")

Times = dict[str, list[float]]


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        copied(chosen.home, home)
        ids = last_scores(home)["customer_id"].sort_values().tolist()
        with served(home) as (port, key):
            posts, scores = measured(f"http://{HOST}:{port}", key, ids)
    return "\n".join(_lines(posts, scores)) + "\n"


def measured(url: str, key: str, ids: list[str]) -> tuple[Times, Times]:
    """Milliseconds of the post, and from its start to the answer that uses it, by feed."""
    posts: Times = {feed: [] for feed in FEEDS}
    scores: Times = {feed: [] for feed in FEEDS}
    pause = threading.Event()
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=WARM_SECONDS) as client:
        for number, customer_id in enumerate(ids[: len(FEEDS) * (FACTS + 1)]):
            feed = FEEDS[number % len(FEEDS)]
            fact = {"key": f"b{number}", "feed": feed, "customer_id": customer_id}
            started = time.perf_counter()
            answer = client.post("/events", json=fact | {"fields": fields(feed, number)})
            posted = time.perf_counter()
            answer.raise_for_status()
            score = client.post("/score", json={"customer_ids": [customer_id]})
            ended = time.perf_counter()
            score.raise_for_status()
            if score.json()["scores"][0]["fresh_events"] != 1:
                raise RuntimeError(f"the next answer did not use {fact}")
            if number >= len(FEEDS):  # the first of each waits for the part to be compiled
                posts[feed].append(1000 * (posted - started))
                scores[feed].append(1000 * (ended - started))
            pause.wait(PAUSE_SECONDS)
    return posts, scores


def fields(feed: str, number: int) -> dict[str, Any]:
    match feed:
        case "complaints":
            return {"complaint_id": f"b{number}", "event": "opened", "category": "network"}
        case "payments":
            return {"payment_id": f"b{number}", "amount_fen": 5000}
        case "contracts":
            return {"event": "plan_changed", "plan": "Global 59"}
        case "surveys":
            return {"survey_id": f"b{number}", "score": 3}
        case _:
            return {"contact_id": f"b{number}", "event": "sent", "campaign": "q2",
                    "arm": "treated"}  # fmt: skip


def _lines(posts: Times, scores: Times) -> list[str]:
    every_post = np.concatenate([np.array(own) for own in posts.values()])
    every_score = np.concatenate([np.array(own) for own in scores.values()])
    bars = [
        Bar("the post itself, p50", float(np.median(every_post)), " ms", most=10),
        Bar("post to the answer that uses it, p99", _p99(every_score), " ms", most=100),
    ]
    rows = [
        f"| {feed} | {np.median(posts[feed]):.1f} | {_p99(posts[feed]):.1f} "
        f"| {np.median(scores[feed]):.1f} | {_p99(scores[feed]):.1f} |"
        for feed in FEEDS
    ]
    return [
        "## Facts posted just now",
        "",
        f"`POST /events`, then `/score` of the same customer: {len(every_post):,} facts, each of "
        "another customer.",
        "",
        *table(bars),
        "",
        "| feed | post p50, ms | post p99, ms | to the answer p50, ms | to the answer p99, ms |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _p99(values: Any) -> float:
    return float(np.percentile(values, 99))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    sys.stdout.write(section(parser.parse_args()))
