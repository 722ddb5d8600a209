"""Answers to 'would you recommend us?': the feed `surveys`.

The score follows from what the operator knows too (complaints, dropped calls, bills) and chance,
never from hidden traits: a survey holds nothing about leaving that the other feeds do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.events.ledger import DAY, HOUR, Ledger, named
from features.simulate.events.texts import CATEGORIES, CHANNELS, praises, texts
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
ANSWERING_SHARE = 0.003  # a week
TEXT_SHARE = 0.4
USUAL_SCORE, SCORE_SPREAD = 8.0, 1.7
POINTS_LOST = {"service": 5.0, "network": 4.0, "billing": 3.5}  # where the signal is full
DETRACTOR = 6  # up to this score people say what is wrong


class SurveyBook:
    """Numbers the answers, `prefix` first, and writes them."""

    def __init__(self, prefix: str = "V") -> None:
        self._prefix, self._count = prefix, 0

    def add_week(
        self,
        ledger: Ledger,
        week: Week,
        complaint: Array,
        network_trouble: Array,
        bill_shock: Array,
        first: Array,
        last: Array,
        rng: np.random.Generator,
    ) -> None:
        """Adds the answers of those who are there from their day `first` to `last`.

        `complaint`, `network_trouble` and `bill_shock` are those rows of `hazard.signals`, 0
        to 1.
        """
        day = rng.integers(0, 7, len(first))
        there = (day >= first) & (day <= last)
        who = np.flatnonzero(there & (rng.random(len(first)) < ANSWERING_SHARE))
        n = len(who)
        pushed = {"service": complaint, "network": network_trouble, "billing": bill_shock}
        lost = np.array([POINTS_LOST[name] * pushed[name][who] for name in POINTS_LOST])
        score = USUAL_SCORE - lost.sum(axis=0) + SCORE_SPREAD * rng.standard_normal(n)
        score = np.clip(np.rint(score), 0, 10).astype(np.int64)
        about = np.array([CATEGORIES.index(name) for name in POINTS_LOST])[lost.argmax(axis=0)]
        any_of = rng.integers(0, len(POINTS_LOST), n)
        about = np.where(lost.max(axis=0) > 0.5, about, any_of)
        said = np.where(score <= DETRACTOR, texts(about, rng), praises(n, rng))
        said[rng.random(n) >= TEXT_SHARE] = None
        moment = microseconds(week.monday) + day[who] * DAY + 9 * HOUR
        moment = moment + rng.integers(0, 12 * 3600, n) * SECOND
        numbers = self._count + 1 + np.arange(n)
        self._count += n
        ledger.add(
            "surveys",
            who,
            moment + rng.integers(60, 86400, n) * SECOND,
            event_time=moment,
            survey_id=np.array([f"{self._prefix}{i:07d}" for i in numbers], dtype=object),
            score=score,
            channel=named(list(CHANNELS), rng.integers(0, len(CHANNELS), n)),
            text=said,
        )
