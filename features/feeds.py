"""The feeds an operator delivers, and the contract each row must keep.

One row is one fact. Besides its own columns every feed has `customer_id` and two clocks:
`event_time` (it happened) and `known_at` (the operator learned it), both in the operator's
local time. `key` says which rows speak of the same fact: of two rows with one key, the one
known later supersedes the other from its `known_at` on; nothing is ever overwritten.

Amounts are integers in hundredths of the currency (`_fen`), durations in seconds, data in KB,
so that sums are exact whatever the order, the chunks or the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from features.errors import ImportRefused

Type = Literal["string", "int64", "boolean", "date", "timestamp"]

CLOCKS = ("event_time", "known_at")
MOST_A_DAY = 10**9  # of seconds, messages or KB


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    `optional`: an extract may lack the column; then the features made of it do not exist.
    `nullable`: single values may be missing. `minimum` and `allowed` bound the values that
    are present; `hint` is said to whoever breaks them.
    """

    name: str
    type: Type
    optional: bool = False
    nullable: bool = False
    minimum: int | None = None
    maximum: int | None = None
    allowed: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Feed:
    """A feed: its name, what identifies a fact, and its columns without the two clocks."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool
    meaning: str

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _id(name: str) -> Column:
    return Column(name, "string", hint="Ids are text and never empty.")


def _amount(name: str, *, optional: bool = False, minimum: int = 0, hint: str = "") -> Column:
    return Column(name, "int64", optional=optional, minimum=minimum, hint=hint)


def _used(name: str, *, optional: bool = False) -> Column:
    """A day's use; the bound keeps a week's sum of squares within an int64."""
    hint = "Durations are in seconds, data in KB."
    return Column(name, "int64", optional=optional, minimum=0, maximum=MOST_A_DAY, hint=hint)


def _text(name: str) -> Column:
    return Column(name, "string", optional=True, nullable=True)


PAYMENT_MODES = ("postpaid", "prepaid")
CONTRACT_EVENTS = (
    "started",
    "plan_changed",
    "suspended",
    "restored",
    "pre_cancelled",
    "cancelled",
    "ported",
    "transferred",
)
COMPLAINT_EVENTS = ("opened", "closed", "reopened", "rated")
CANCEL_REQUEST = "cancel_request"

FEEDS = {
    feed.name: feed
    for feed in (
        Feed(
            "customers",
            key=("customer_id", "event_time"),
            required=True,
            meaning="the profile; every change is a new fact with the whole profile",
            columns=(
                _id("customer_id"),
                Column("birth_year", "int64", optional=True, nullable=True, minimum=1880),
                Column("city", "string"),
                Column("brand", "string", optional=True, nullable=True),
                Column("payment_mode", "string", allowed=PAYMENT_MODES),
                _text("group_id"),
                _text("manager_id"),
                _text("store_id"),
                Column("consent", "boolean", hint="May the operator send commercial messages?"),
            ),
        ),
        Feed(
            "contracts",
            key=("customer_id", "event", "event_time"),
            required=True,
            meaning="what happened to the contract, from the start to the end",
            columns=(
                _id("customer_id"),
                Column("event", "string", allowed=CONTRACT_EVENTS),
                _text("plan"),
                Column("contract_end", "date", optional=True, nullable=True),
                _text("reason"),
                _text("rival"),
            ),
        ),
        Feed(
            "usage",
            key=("customer_id", "day"),
            required=True,
            meaning="one customer's use on one local day; a day without use may lack its row",
            columns=(
                _id("customer_id"),
                Column("day", "date"),
                _used("voice_out_s"),
                _used("sms"),
                _used("data_kb"),
                _used("voice_in_s", optional=True),
                _used("voice_rival_s", optional=True),
                _used("roaming_s", optional=True),
                _used("dropped_calls", optional=True),
                _used("contacts", optional=True),
                _used("rival_hotline_calls", optional=True),
            ),
        ),
        Feed(
            "bills",
            key=("customer_id", "period"),
            required=False,
            meaning="the closed bill of a period; `event_time` is its issue; prepaid use too",
            columns=(
                _id("customer_id"),
                Column("period", "date", hint="The first day of the billed month."),
                Column("due", "date", optional=True, nullable=True),
                _amount("revenue_fen", hint="Credits belong in payments."),
                _amount("cost_fen", optional=True),
            ),
        ),
        Feed(
            "payments",
            key=("payment_id",),
            required=False,
            meaning="money received: a paid bill or a prepaid top-up",
            columns=(
                _id("customer_id"),
                _id("payment_id"),
                _amount("amount_fen", minimum=1, hint="Refunds belong in bills."),
            ),
        ),
        Feed(
            "complaints",
            key=("complaint_id", "event", "event_time"),
            required=False,
            meaning="a complaint's opening, closing, reopening and rating, one fact each",
            columns=(
                _id("customer_id"),
                _id("complaint_id"),
                Column("event", "string", allowed=COMPLAINT_EVENTS),
                _text("channel"),
                _text("category"),
                Column("severity", "int64", optional=True, nullable=True, minimum=1, maximum=5),
                Column("rating", "int64", optional=True, nullable=True, minimum=1, maximum=5),
                _text("text"),
            ),
        ),
    )
}


def feed(name: str) -> Feed:
    """The feed of that name. Raises ImportRefused naming the known ones."""
    if name not in FEEDS:
        raise ImportRefused(f"no feed is called {name!r}; the feeds are {', '.join(FEEDS)}")
    return FEEDS[name]
