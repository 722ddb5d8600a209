"""A contact as it is recorded: those that we start are checked, those of the customer are placed.

A customer who comes to us is served whatever campaign holds them: the contact counts towards the
cap, and the ledger says in which arm of which campaign it happened (a control is crossover).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection

from features.errors import RequestRefused
from features.home import Home
from serving.decision.outcomes.reported import ACCEPTED, Place, Placed, Reported
from serving.retention.offers import offer_costs
from serving.retention.retention_settings import RetentionSettings
from serving.retention.rules import check, check_selling
from serving.retention.rules.holds import hold_of
from serving.retention.rules.night import COLUMNS, NightFacts, night_facts
from serving.scores import last_scores
from serving.scoring import file_identity

SERVICE = ("service_fixed", "promise_made")  # nothing is sold


@dataclass(frozen=True)
class Contacting:
    """What contacts are checked with: the night's facts, the settings, what the offers cost."""

    night: NightFacts
    settings: RetentionSettings
    costs: Mapping[str, int]

    def place(self, connection: Connection, reported: Reported, now: datetime) -> Placed:
        """Where the customer stands among the campaigns.

        Raises RequestRefused: `contact_forbidden` where a rule forbids what we started, or to sell
        what a customer accepts by an answer; `invalid_request` for another channel or offer.
        """
        if reported.decision_id is None:
            _check_arm(reported, self.settings)
        self._check_rules(connection, reported, now)
        cost = self.costs.get(reported.action or "") if reported.outcome == ACCEPTED else None
        return placed(connection, reported, now, cost)

    def _check_rules(self, connection: Connection, reported: Reported, now: datetime) -> None:
        about = connection, self.night, self.settings.rules, reported.customer_id
        is_service = reported.campaign_id is None and reported.outcome in SERVICE
        if reported.is_ours and not is_service:
            check(*about, reported.campaign_id, now)
        if reported.answers is not None and reported.outcome == ACCEPTED:
            check_selling(*about, now)

    def at(self, now: datetime) -> Place:
        """`place` at this moment."""
        return partial(self.place, now=now)


def placed(
    connection: Connection, reported: Reported, now: datetime, cost_fen: int | None = None
) -> Placed:
    """The live hold of the customer, if any."""
    own = hold_of(connection, reported.customer_id, now)
    if own is None:
        return Placed(cost_fen=cost_fen)
    return Placed(own.campaign_id, own.arm, own.propensity, cost_fen)


def _check_arm(reported: Reported, settings: RetentionSettings) -> None:
    """Whether channel and offer are active, and the one may carry the other.

    An answer has no channel of its own: it may come by any.
    """
    channels = [name for name, own in settings.channels.items() if own.active]
    if reported.channel is not None and reported.channel not in channels:
        raise RequestRefused(
            "invalid_request",
            f"channel is {reported.channel[:64]!r}; expected one of {', '.join(channels)}",
        )
    carried = [
        name
        for name, own in settings.offers.items()
        if own.active and (reported.channel is None or reported.channel in own.channels)
    ]
    if reported.action is not None and reported.action not in carried:
        raise RequestRefused(
            "invalid_request",
            f"action is {reported.action[:64]!r}; expected one of {', '.join(carried)}",
        )


class Contacts:
    """Of one server; safe to use from several threads.

    Read again after a night, an import, or a change of what `settings` returns.
    """

    def __init__(self, home: Path, settings: Callable[[], RetentionSettings]) -> None:
        self._home, self._settings = home, settings
        self._lock = Lock()
        self._seen: object = None
        self._kept: Contacting | None = None

    def current(self, now: datetime) -> Contacting:
        """As the last night's files are now; some seconds after a night. Raises LakeError."""
        with self._lock:
            home, own = Home(self._home), self._settings()
            files = file_identity(home.latest), file_identity(home.feeds / "manifest.json")
            seen = (*files, own)
            if self._kept is None or seen != self._seen:
                scores = last_scores(self._home, COLUMNS)
                night = night_facts(self._home, scores, own.rules, now)
                costs = offer_costs(self._home, now)
                self._kept, self._seen = Contacting(night, own, costs), seen
            return self._kept
