"""Small generated operators: every feed, both clocks, late rows and corrections."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from features.feeds import CANCEL_REQUEST, CONTACT_ARMS, CONTACT_EVENTS, CONTRACT_EVENTS, FEEDS
from tests.facts import WORDS, Fact, day, fact

# The same examples in every run, with many customers: to query the rows takes half a second
# whatever their number. Generating a whole operator is slow, not wrong, and shrinking one takes
# minutes: to look into a failure, add Phase.shrink.
FEW = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# Half days around MONDAY: many facts happen or become known exactly at a requested moment.
MOMENT = st.integers(-60, 26).map(lambda half: half / 2)
DELAY = st.sampled_from([0, 0, 0.125, 0.5, 1, 2.5, 5, 9, 14])
AMOUNT = st.integers(0, 9).map(lambda number: number**4)
# More of the events after which a customer still has a row.
CONTRACT = ("plan_changed", "plan_changed", "suspended", "restored", *CONTRACT_EVENTS)
SCORE = st.none() | st.integers(1, 5)


def _ids(customer: str, name: str) -> st.SearchStrategy[str]:
    """Ids of the customer's own payments or complaints."""
    return st.integers(0, 3).map(lambda number: f"{name}{number}-{customer}")


def _own(feed: str, customer: str) -> dict[str, st.SearchStrategy[Any]]:
    """What a fact of the feed says besides its clocks."""
    mode, plan = st.sampled_from(["prepaid", "postpaid"]), st.sampled_from([None, "P1", "P2"])
    end = st.none() | st.integers(-20, 60).map(lambda number: day(number).date())
    event = st.sampled_from(["opened", "opened", "closed", "reopened", "rated"])
    category = st.sampled_from([None, "network", CANCEL_REQUEST])
    # Half of the neighbours are customers.
    other = st.sampled_from([f"{kind}{number}" for kind in "CX" for number in range(4)])
    own: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "customers": {
            "city": st.sampled_from("ABC"),
            "payment_mode": mode,
            "group_id": st.sampled_from([None, "G", "H"]),
        },
        "contracts": {"event": st.sampled_from(CONTRACT), "plan": plan, "contract_end": end},
        "usage": {"data_kb": AMOUNT, "voice_out_s": AMOUNT, "dropped_calls": st.integers(0, 2)},
        "bills": {"revenue_fen": AMOUNT, "due": end, "cost_fen": AMOUNT},
        "payments": {
            "amount_fen": AMOUNT.map(lambda amount: amount + 1),
            "payment_id": _ids(customer, "P"),
        },
        "complaints": {
            "complaint_id": _ids(customer, "K"),
            "event": event,
            "category": category,
            "severity": SCORE,
            "rating": SCORE,
            "text": st.sampled_from([None, *WORDS]),
        },
        "surveys": {"survey_id": _ids(customer, "S"), "score": st.integers(0, 10)},
        "contacts": {
            "contact_id": _ids(customer, "O"),
            "event": st.sampled_from(CONTACT_EVENTS),
            "arm": st.sampled_from(CONTACT_ARMS),
        },
        "calls": {"other_id": other, "calls": st.integers(1, 3)},
    }
    return own[feed]


def _fact(feed: str, customer: str, moment: float, delay: float, own: dict[str, Any]) -> Fact:
    happened, known = day(moment), day(moment + delay)
    if feed in ("usage", "calls"):
        used_on = day(moment // 1).date()
        happened = day(moment // 1) + timedelta(hours=23)
        known = max(known, happened)
        own = own | {"day": used_on}
    if feed == "bills":
        # Of four periods; often two are issued at one moment, or one is issued again.
        own = own | {"period": day(-90 + 30 * (int(moment) % 4)).date()}
    return fact(feed, customer, happened, known, **own)


def facts_of(feed: str, customer: str, size: int) -> st.SearchStrategy[list[Fact]]:
    """Half of `size` to `size` facts of one feed and customer."""
    one = st.builds(
        _fact,
        st.just(feed),
        st.just(customer),
        MOMENT,
        DELAY,
        st.fixed_dictionaries(_own(feed, customer)),
    )
    return st.lists(one, min_size=size // 2, max_size=size)


def _tariff() -> st.SearchStrategy[Fact]:
    """A plan's prices, announced again or corrected."""
    own = {
        "payment_mode": st.sampled_from(["prepaid", "postpaid"]),
        "fee_fen": AMOUNT,
        "allowance_kb": AMOUNT,
        "overage_fen_gb": AMOUNT.map(lambda amount: 1000 * amount),
        "allowance_s": AMOUNT,
    }
    plan = st.sampled_from(["P1", "P2", "P3"])
    return st.builds(_fact, st.just("plans"), plan, MOMENT, DELAY, st.fixed_dictionaries(own))


SIZES = {
    "customers": 2, "contracts": 3, "usage": 6, "bills": 4, "payments": 3, "complaints": 5,
    "surveys": 2, "contacts": 4, "calls": 12,
}  # fmt: skip


@st.composite
def operators(draw: st.DrawFn, customers: int = 9) -> list[Fact]:
    """All facts of an operator, in any order; of each key and `known_at` one fact, as imported."""
    facts: list[Fact] = []
    for number in range(customers):
        customer = f"C{number}"
        joined = day(draw(st.sampled_from([-200, -90, -40, -3])))
        facts.append(fact("customers", customer, joined))
        facts.append(fact("contracts", customer, joined, event="started", plan="P1"))
        for feed, size in SIZES.items():
            facts += draw(facts_of(feed, customer, size))
    facts += draw(st.lists(_tariff(), max_size=6))
    # Booked to the wrong customer, as it turns out on day 4.
    moved = [(feed, row) for feed, row in facts if feed == "payments"][:2]
    facts += [(feed, row | {"customer_id": "C1", "known_at": day(4)}) for feed, row in moved]
    return one_a_version(draw(st.permutations(facts)))


def one_a_version(facts: list[Fact]) -> list[Fact]:
    """The facts without those that contradict an earlier one; the importer quarantines them."""
    first: dict[Any, Fact] = {}
    for feed, row in facts:
        key = (feed, *(row[name] for name in FEEDS[feed].key), row["known_at"])
        if row["event_time"] <= row["known_at"]:
            first.setdefault(key, (feed, row))
    return list(first.values())
