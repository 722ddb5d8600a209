"""Complaints as facts: opened, closed, reopened and rated, each known at its own time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feeds import CANCEL_REQUEST
from features.simulate.behaviour import CATEGORIES, Happened
from features.simulate.events.ledger import DAY, Ledger, named, numbered
from features.simulate.events.texts import CHANNELS, texts
from features.simulate.world import World
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

ALL_CATEGORIES = (*CATEGORIES, CANCEL_REQUEST)
SECOND = np.timedelta64(1_000_000, "us")


class ComplaintBook:
    """Numbers the complaints and writes their facts; a customer has at most one of each kind.

    Kind 0 is an ordinary complaint, kind 1 a request to cancel.
    """

    def __init__(self, customers: int, first_number: int) -> None:
        self._numbers = np.zeros((2, customers), dtype=np.int64)
        self._category = np.full((2, customers), -1)
        self._channel = np.zeros((2, customers), dtype=np.int64)
        self._severity = np.ones((2, customers), dtype=np.int64)
        self._is_open = np.zeros((2, customers), dtype=bool)
        self._number = first_number

    def add_week(
        self,
        ledger: Ledger,
        week: Week,
        happened: Happened,
        severity: Array,
        first: Array,
        last: Array,
        world: World,
        rng: np.random.Generator,
    ) -> None:
        """What happened in the week from each customer's day `first` to `last`."""
        rates = world.complaints
        for kind, opened, closed in (
            (0, happened.opened >= 0, happened.closed),
            (1, happened.cancel_filed, happened.cancel_closed),
        ):
            category = happened.opened if kind == 0 else np.full(len(opened), len(CATEGORIES))
            who, moment = _moments(week, opened, first, last, rng)
            self._open(ledger, kind, who, moment, category, severity, rng)
            who, moment = _moments(week, closed, first, last, rng)
            self._close(ledger, kind, who, moment, rates.backdated_share, rng)
            rated = rng.random(len(who)) < rates.rated_share
            moment = moment[rated] + rng.integers(600, 2 * 86400, rated.sum()) * SECOND
            rating = rng.integers(1, 6, rated.sum())
            self._add(ledger, kind, who[rated], "rated", moment, moment, rating=rating)
        who, moment = _moments(week, happened.reopened, first, last, rng)
        self._is_open[0, who] = True
        self._add(ledger, 0, who, "reopened", moment, moment + _soon(len(who), rng))

    def settle(self, ledger: Ledger, who: Array, moment: Array, rng: np.random.Generator) -> None:
        """Closes what is still open of customers who come back."""
        for kind in (0, 1):
            held = self._is_open[kind, who]
            self._close(ledger, kind, who[held], moment[held], 0.0, rng)

    def _open(
        self,
        ledger: Ledger,
        kind: int,
        who: Array,
        moment: Array,
        category: Array,
        severity: Array,
        rng: np.random.Generator,
    ) -> None:
        self._is_open[kind, who] = True
        self._numbers[kind, who] = self._number + np.arange(len(who))
        self._number += len(who)
        self._category[kind, who] = category[who]
        self._channel[kind, who] = rng.integers(0, len(CHANNELS), len(who))
        self._severity[kind, who] = severity[who] if kind == 0 else 4
        text = texts(category[who], rng)
        known = moment + _soon(len(who), rng)
        self._add(ledger, kind, who, "opened", moment, known, text=text)

    def _close(
        self,
        ledger: Ledger,
        kind: int,
        who: Array,
        moment: Array,
        backdated_share: float,
        rng: np.random.Generator,
    ) -> None:
        self._is_open[kind, who] = False
        days = np.where(rng.random(len(who)) < backdated_share, rng.integers(1, 8, len(who)), 0)
        self._add(ledger, kind, who, "closed", moment, moment + days * DAY + _soon(len(who), rng))

    def _add(
        self,
        ledger: Ledger,
        kind: int,
        who: Array,
        event: str,
        moment: Array,
        known: Array,
        rating: Array | None = None,
        text: Array | None = None,
    ) -> None:
        ledger.add(
            "complaints",
            who,
            known,
            event_time=moment,
            complaint_id=numbered("K", self._numbers[kind, who], 10),
            event=event,
            channel=named(list(CHANNELS), self._channel[kind, who]),
            category=named(list(ALL_CATEGORIES), self._category[kind, who]),
            severity=self._severity[kind, who],
            rating=rating,
            text=text,
        )


def _moments(
    week: Week, chosen: Array, first: Array, last: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Customers still there at a random moment of the week from day `first`, and that moment."""
    who = np.flatnonzero(chosen)
    begin = first[who] * 86400
    second = (begin + rng.random(len(who)) * (7 * 86400 - begin)).astype(np.int64)
    there = second // 86400 <= last[who]
    return who[there], microseconds(week.monday) + second[there] * SECOND


def _soon(count: int, rng: np.random.Generator) -> Array:
    """Mostly minutes, up to a day."""
    return np.asarray((60 + 86_000 * rng.random(count) ** 6).astype(np.int64) * SECOND)
