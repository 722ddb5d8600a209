"""The feeds an operator delivers, and the contract each row must keep.

One row is one fact. Every feed has two clocks beside its columns:
`event_time` (it happened) and `known_at` (the operator learned it), both in the operator's
local time. All but the two catalogues (plans, offers) speak of a customer by `customer_id`.
`key` says which rows speak of the same fact: of two rows with one key, the one
known later supersedes the other from its `known_at` on; nothing is ever overwritten.

Amounts are integers in hundredths of the currency (`_fen`), durations in seconds, data in KB,
so that sums are exact whatever the order, the chunks or the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from features.errors import ImportRefused

Type = Literal["string", "int64", "boolean", "date", "timestamp"]

CLOCKS = ("event_time", "known_at")
MAX_A_DAY = 10**9  # of seconds, messages or KB

# What systems write where they know no date lies before the one or is the other: 0001-01-01,
# 1753-01-01, 1899-12-30, 1900-01-01, and the zero of their clocks, which is 1969-12-31 or
# 1970-01-01 depending on the time zone.
FIRST_DAY = date(1950, 1, 1)
ZERO_DAYS = (date(1969, 12, 31), date(1970, 1, 1))
FIRST_BIRTH_YEAR = 1905
TERM_DAYS = 3653  # no bill is due and no contract binds beyond ten years


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    `optional`: an extract may lack the column; then the features computed from it do not exist.
    `nullable`: single values may be missing. `minimum` and `allowed` bound the values that
    are present; `hint` says what to do about values that break them. Of dates, `ahead_days` is
    how many days after the import they may lie (null: any, since a date far in the future means
    an open end). `is_year`: a number that is a year, and none to come.
    """

    name: str
    type: Type
    optional: bool = False
    nullable: bool = False
    minimum: int | None = None
    maximum: int | None = None
    allowed: tuple[str, ...] = ()
    hint: str = ""
    ahead_days: int | None = 0
    is_year: bool = False


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
    """A day's use; the bound keeps sums over years within an int64."""
    hint = "Durations are in seconds, data in KB."
    return Column(name, "int64", optional=optional, minimum=0, maximum=MAX_A_DAY, hint=hint)


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
CONTACT_EVENTS = ("assigned", "sent", "reached", "answered", "accepted", "withdrawn")
CONTACT_ARMS = ("treated", "control")
MILLION = 1_000_000
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
                Column(
                    "birth_year",
                    "int64",
                    optional=True,
                    nullable=True,
                    minimum=FIRST_BIRTH_YEAR,
                    is_year=True,
                    hint="Where a year stands for 'not known', declare it in the mapping's "
                    "table [feed.customers.read]: birth_year = {missing = [...]}.",
                ),
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
                Column("contract_end", "date", optional=True, nullable=True, ahead_days=None),
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
                Column("due", "date", optional=True, nullable=True, ahead_days=TERM_DAYS),
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
        Feed(
            "surveys",
            key=("survey_id",),
            required=False,
            meaning="an answer to 'would you recommend us?', 0 (never) to 10 (surely)",
            columns=(
                _id("customer_id"),
                _id("survey_id"),
                Column("score", "int64", minimum=0, maximum=10),
                _text("channel"),
                _text("text"),
            ),
        ),
        Feed(
            "contacts",
            key=("contact_id", "event"),
            required=False,
            meaning="a campaign's contact: drawn into an arm, sent, reached, answered, accepted; "
            "withdrawn, where it was reported by mistake",
            columns=(
                _id("customer_id"),
                _id("contact_id"),
                Column("event", "string", allowed=CONTACT_EVENTS),
                Column("campaign", "string"),
                Column("arm", "string", allowed=CONTACT_ARMS),
                Column(
                    "propensity_ppm",
                    "int64",
                    optional=True,
                    nullable=True,
                    minimum=0,
                    maximum=MILLION,
                    hint="The chance of having been treated, in millionths.",
                ),
                _text("channel"),
                _text("offer"),
                _amount("cost_fen", optional=True),
            ),
        ),
        Feed(
            "calls",
            key=("customer_id", "other_id", "day"),
            required=False,
            meaning="who called whom on a local day; the other one may be a rival's customer",
            columns=(
                _id("customer_id"),
                _id("other_id"),
                Column("day", "date"),
                _used("seconds"),
                _used("calls", optional=True),
            ),
        ),
        Feed(
            "plans",
            key=("plan", "event_time"),
            required=False,
            meaning="the plans on sale, their monthly price and what is charged beyond it",
            columns=(
                _id("plan"),
                Column("payment_mode", "string", allowed=PAYMENT_MODES),
                _text("brand"),
                _amount("fee_fen", hint="A month."),
                Column("allowance_kb", "int64", minimum=0, hint="A month."),
                _amount("overage_fen_gb", hint="For each 1,000,000 KB beyond the allowance."),
                Column("allowance_s", "int64", minimum=0, hint="Outgoing voice, a month."),
                _amount("voice_fen_min", hint="For each minute beyond the allowance."),
                _amount("cost_fen", optional=True),
            ),
        ),
        Feed(
            "offers",
            key=("offer", "event_time"),
            required=False,
            meaning="what may be offered to keep a customer, and what it costs when accepted",
            columns=(
                _id("offer"),
                _text("name"),
                Column("payment_mode", "string", optional=True, nullable=True),
                _amount("cost_fen", hint="Committed on acceptance, over its whole term."),
                Column("months", "int64", optional=True, nullable=True, minimum=0),
            ),
        ),
    )
}


def feed(name: str) -> Feed:
    """The feed of that name. Raises ImportRefused naming the known ones."""
    if name not in FEEDS:
        raise ImportRefused(f"no feed is called {name!r}; the feeds are {', '.join(FEEDS)}")
    return FEEDS[name]
