"""What a caller says of how a contact ended, and what it must name, by its kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from hashlib import sha256

from sqlalchemy import Connection

from features.errors import RequestRefused
from serving.decision.decision_settings import DecisionSettings

CANCELLED, ACCEPTED, PLAN, UNDONE = "cancelled", "offer_accepted", "plan_changed", "undone"
SENT = "sent"  # a message of ours, to which nothing came back yet
OUTCOMES = (
    "saved", CANCELLED, ACCEPTED, "offer_refused", PLAN, "service_fixed", "promise_made",
    "no_answer", SENT, UNDONE,
)  # fmt: skip
CHANGES_SERVICE = (CANCELLED, ACCEPTED, PLAN)  # only with the customer's recorded confirmation
NAMES_ACTION = (ACCEPTED, "offer_refused")
ENDS = ("saved", CANCELLED)
CUSTOMER, US = "customer", "us"  # who started the contact
LATER = ("started_by", "campaign_id", "channel", "answers")  # fields that came later than the rest


@dataclass(frozen=True)
class Reported:
    """What a caller says of how a contact ended.

    `undoes` and `answers` are keys of other outcomes: the one to be taken back, or the contact of
    ours to which the customer answers. A contact that we started needs no decision; it has the
    `channel` instead.
    """

    key: str
    customer_id: str
    decision_id: str | None
    outcome: str
    action: str | None = None
    plan: str | None = None
    reason: str | None = None
    rival: str | None = None
    confirmation: str | None = None
    confirmation_reference: str | None = None
    undoes: str | None = None
    started_by: str = CUSTOMER
    campaign_id: str | None = None
    channel: str | None = None
    answers: str | None = None

    @property
    def content_sha256(self) -> str:
        """Of all that is said; what was recorded before a field came has the same."""
        content = asdict(self)
        for own in fields(self):
            if own.name in LATER and content[own.name] == own.default:
                del content[own.name]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def is_ours(self) -> bool:
        return self.started_by == US

    @property
    def needs_rules(self) -> bool:
        """Whether no ladder of a decision has said yet what may be sold, or that we may begin."""
        return self.is_ours or (self.decision_id is None and self.outcome != UNDONE)


@dataclass(frozen=True)
class Reporter:
    """Who reports, from where; `arm`: universal_holdout where the customer is outside contact."""

    caller: str
    store_id: str | None
    arm: str | None


@dataclass(frozen=True)
class Placed:
    """The campaign that holds the customer and their arm in it; what an accepted offer costs."""

    campaign_id: str | None = None
    arm: str | None = None
    propensity: float | None = None
    cost_fen: int | None = None


# Where the customer stands among the campaigns; raises RequestRefused where a rule forbids the
# contact. Called in the transaction of the outcome, before its row is written.
Place = Callable[[Connection, Reported], Placed]


def check_reported(reported: Reported, settings: DecisionSettings) -> None:
    """Raises RequestRefused: `invalid_request`, `confirmation_missing`."""
    _one_of("reason", reported.reason, tuple(settings.reasons))
    _one_of("rival", reported.rival, settings.rivals)
    _one_of("confirmation.kind", reported.confirmation, settings.confirmations)
    is_undo, is_ours = reported.outcome == UNDONE, reported.is_ours
    is_alone = is_ours and reported.decision_id is None
    needs = {
        "action": reported.outcome in NAMES_ACTION,
        "plan": reported.outcome == PLAN,
        "undoes": is_undo,
        "channel": is_alone,
    }
    for name, needed in needs.items():
        if name == "action" and is_alone and reported.outcome == SENT:
            continue  # which offer a message carries may be named
        if needed != (getattr(reported, name) is not None):
            expected = "expected" if needed else "is not expected"
            raise _invalid(f"{name} {expected} with the outcome {reported.outcome}")
    _check_start(reported, is_undo=is_undo)
    if reported.outcome in CHANGES_SERVICE:
        check_confirmed(f"the outcome {reported.outcome}", reported.confirmation, settings)


def check_confirmed(change: str, confirmation: str | None, settings: DecisionSettings) -> None:
    """Raises RequestRefused unless the customer's confirmation of the change is named, by kind."""
    if confirmation is None:
        raise RequestRefused(
            "confirmation_missing",
            f"{change} changes a service; record the customer's confirmation first (one of "
            f"{', '.join(settings.confirmations)}) and name it",
        )
    _one_of("confirmation.kind", confirmation, settings.confirmations)


def _check_start(reported: Reported, *, is_undo: bool) -> None:
    """What a contact rests on: a decision, a contact of ours that it answers, or our own start."""
    if reported.outcome == PLAN and reported.decision_id is None:
        raise _invalid("decision_id expected with the outcome plan_changed: it has the bill fit")
    if reported.is_ours:
        if is_undo or reported.answers is not None:
            raise _invalid("started_by us is not expected with undoes or answers")
        return
    if reported.campaign_id is not None or reported.outcome == SENT:
        raise _invalid(
            "campaign_id and the outcome sent are of contacts that we started: started_by us"
        )
    is_answer = reported.answers is not None
    if is_answer and (is_undo or reported.decision_id is not None):
        raise _invalid("answers is not expected with undoes or decision_id")
    if reported.decision_id is None and not is_undo and not is_answer:
        raise _invalid(
            "decision_id expected; or answers, of an answer to a contact of ours; or started_by us"
        )


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise _invalid(f"{name} is {value[:64]!r}; expected one of {', '.join(allowed)}")


def _invalid(why: str) -> RequestRefused:
    return RequestRefused("invalid_request", why)
