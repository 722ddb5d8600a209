"""What one customer at the counter costs in the service's own process, and its parts.

The scorer of the service, warm, on the demo's home: every request another customer, one after the
other, automatic collection off as in the service. HTTP, the key and the models of request and
answer (pydantic) are apart.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from bars import Bar, table

from serving.http.contract.schemas import ScoreRequest, score_answer
from serving.scores import last_scores
from serving.scoring import LEAVING, TIER, Scorer, score_rows, tier_reasons

CUSTOMERS = 4000
WARM = 500

Times = dict[str, list[float]]


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    ids = last_scores(chosen.home)["customer_id"].sort_values().tolist()[:CUSTOMERS]
    scorer = Scorer(chosen.home)
    scorer.warm()
    for customer_id in ids[:WARM]:
        scorer.score([customer_id], "en")
    times: Times = {}
    with _collector_off():
        for customer_id in ids:
            _timed(times, "all", lambda own=customer_id: scorer.score([own], "en"))
        for customer_id in reversed(ids):
            _parts(times, scorer, customer_id)
    median = {name: float(np.median(own)) * 1000 for name, own in times.items()}
    whole, forms = median.pop("all"), median.pop("request and answer (pydantic)")
    lines = [
        "## The counter",
        "",
        f"`/score` of one customer in the service's process, medians of {len(ids):,} customers.",
        "",
        *table([Bar("one customer, p50", whole, " ms", most=0.4)]),
        "",
        "| part | ms |",
        "|---|---|",
        *(f"| {name} | {own:.3f} |" for name, own in median.items()),
        "",
        f"Request and answer checked by pydantic, beside it: {forms:.3f} ms.",
    ]
    return "\n".join(lines) + "\n"


def _parts(times: Times, scorer: Scorer, customer_id: str) -> None:
    """The steps of `Scorer.score`, each by itself, and the forms around it."""
    champion, latest = scorer._current()
    features = champion.bundle.features
    rows = _timed(times, "row from SQLite", lambda: latest.rows([customer_id], features))
    scored = _timed(times, "risk, value and reasons", lambda: score_rows(champion, rows))
    tiers = _timed(times, "tier reasons", lambda: tier_reasons(champion, rows, scored.matrix))
    _timed(
        times,
        "sentences",
        lambda: (
            champion.in_words(scored.reasons[0], "en", LEAVING),
            champion.in_words(tiers[0], "en", TIER),
        ),
    )
    answers = {"scores": scorer.score([customer_id], "en")}
    body = f'{{"customer_ids": ["{customer_id}"], "language": "en"}}'
    form = _answer_form(champion.bundle.currency)
    _timed(
        times,
        "request and answer (pydantic)",
        lambda: (
            ScoreRequest.model_validate_json(body),
            form.model_validate(answers).model_dump_json(),
        ),
    )


_answer_form = cache(score_answer)


def _timed(times: Times, name: str, call: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    answer = call()
    times.setdefault(name, []).append(time.perf_counter() - started)
    return answer


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
