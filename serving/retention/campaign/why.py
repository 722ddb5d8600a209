"""Why is this customer on the list, and why is that one not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import LakeError, UnknownCustomers
from features.words import say
from serving.retention.campaign.store import MEMBERS, PEOPLE
from serving.retention.drawing.arms import CONTROL
from serving.retention.selection.people import FILTER

ON, DRAWN, RULE, FILTERED, NO_OFFER, NO_GAIN, BELOW, NO_ROOM = (
    "on_list", "control", "rule", "filter", "no_offer", "no_gain", "below_line",
    "no_room",
)  # fmt: skip


@dataclass(frozen=True)
class Why:
    """`answer` is one of the names above; amounts in the currency's unit, null where none.

    `missing`: how much more the best offer would have had to gain by the limits' prices; null of a
    list that is ranked, where more gain lifts no one.
    """

    customer_id: str
    answer: str
    rule: str | None = None
    rank: int | None = None
    offer: str | None = None
    channel: str | None = None
    gain: float | None = None
    missing: float | None = None


def why(folder: Path, customer_id: str) -> Why:
    """Raises UnknownCustomers for who was not in the network that night, and LakeError."""
    try:
        people = pd.read_parquet(folder / PEOPLE, filters=[("customer_id", "==", customer_id)])
        members = pd.read_parquet(folder / MEMBERS, filters=[("customer_id", "==", customer_id)])
    except FileNotFoundError as error:
        raise LakeError(f"the list's files are not there: {error}") from error
    if not len(people):
        raise UnknownCustomers(
            f"customer {customer_id[:64]!r} was not in the network when the list was made",
            customer_ids=[customer_id[:64]],
        )
    own = {str(name): value for name, value in people.iloc[0].items()}
    if own["reason"]:
        answer = FILTERED if own["reason"] == FILTER else RULE
        return Why(customer_id, answer, rule=str(own["reason"]))
    return _free(customer_id, own, members)


def _free(customer_id: str, own: dict[str, Any], members: pd.DataFrame) -> Why:
    if pd.isna(own["gain_fen"]):
        return Why(customer_id, NO_OFFER)
    if own["arm"] == CONTROL:
        return Why(customer_id, DRAWN)
    if len(members):
        row = members.iloc[0]
        gain = float(row["expected_gain_fen"]) / 100
        rank = int(row["rank"])
        return Why(customer_id, ON, None, rank, str(row["offer"]), str(row["channel"]), gain)
    gain = round(own["gain_fen"] / 100, 2)
    best = None, None, str(own["offer"]), str(own["channel"]), gain
    is_ranked = bool(pd.isna(own["left_fen"]))
    missing = None if is_ranked else max(0.0, round(-own["left_fen"] / 100, 2))
    if own["gain_fen"] <= 0:
        return Why(customer_id, NO_GAIN, *best, missing=missing)
    return Why(customer_id, NO_ROOM if is_ranked else BELOW, *best, missing=missing)


def in_words(found: Why, currency: str, language: str) -> str:
    """The answer as a sentence."""
    if found.answer == RULE:
        return say("campaign", "why_rule", language, rule=say("contact", str(found.rule), language))
    return say(
        "campaign", f"why_{found.answer}", language, currency=currency,
        **{name: "" if value is None else value for name, value in vars(found).items()},
    )  # fmt: skip
