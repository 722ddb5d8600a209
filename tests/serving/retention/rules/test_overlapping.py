"""Many campaigns at once over the same customers: no contact that is recorded breaks a rule.

What happened is written through the program's own functions, in an order drawn at random. Beside it
stands a second account of the rules, in plain Python over what was done, which decides each contact
before the program does. A million contacts are checked one by one, and the whole ledger once more
by a query over it at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, Engine, select

from features.errors import RequestRefused
from serving.customers.rights.objections import record_objection, withdraw_objection
from serving.database.tables import contacts
from serving.decision.decision_settings import decision_settings
from serving.decision.outcomes import record_outcome
from serving.decision.outcomes.reported import Reported, Reporter
from serving.decision.promises import Promise, keep_promise, write_promise
from serving.decision.record import write_decision
from serving.retention.rules.contacting import Contacting
from serving.retention.rules.holds import Member, hold, release
from serving.retention.rules.recorded import CONTROL, TREATED
from tests.serving.retention.rules.people import DAY, FREE, NIGHT, RULES, SETTINGS, complain, night

CUSTOMERS = [f"C{place:03}" for place in range(150)]
CAMPAIGNS = [f"campaign-{place}" for place in range(6)]
DECISION = decision_settings(Path("no home"))
BY = Reporter("K1", "S1", None)
ANSWER = {
    "ladder": [{"action": "discount", "cost": 30.0}], "bill_fit": None, "cancellation": None,
}  # fmt: skip
POSTED = 31 * DAY  # for so long a posted fact counts; by then the night knows it
AT_NIGHT: list[dict[str, Any]] = [
    {"consent": False}, {"universal_holdout": True}, {"open_complaint": True}, {"eligible": False},
    {"revenue": None}, {"overdue": 200.0, "days_overdue": 60}, {"standing": "pre_cancelled"},
]  # fmt: skip
STEPS = {"sqlite": 3000, "postgresql": 1000}  # the server takes five times as long


@dataclass
class Account:
    """What was done to one customer, and what the rules say of it."""

    at_night: dict[str, Any]
    objects: bool = False
    requested_at: datetime | None = None
    complaints: dict[str, bool] = field(default_factory=dict)  # open or not
    promises: dict[str, Promise] = field(default_factory=dict)
    held: tuple[str, str, datetime] | None = None  # campaign, arm, until
    contacts: dict[str, datetime] = field(default_factory=dict)
    keeps_complaint: bool = field(init=False)  # open before and never closed

    def __post_init__(self) -> None:
        self.keeps_complaint = self.at_night.get("open_complaint", False)

    def hold(self, now: datetime) -> tuple[str, str] | None:
        if self.held is None or self.held[2] <= now:
            return None
        return self.held[:2]

    def broken(self, campaign: str | None, now: datetime) -> set[str]:
        own, held = FREE | self.at_night, self.hold(now)
        requested = own["days_since_cancel_request"] <= RULES.cancel_request_days or (
            self.requested_at is not None and now - self.requested_at <= POSTED
        )
        recent = [at for at in self.contacts.values() if now - at < RULES.contact_days * DAY]
        said = {
            "no_consent": not own["consent"],
            "universal_holdout": own["universal_holdout"],
            "open_complaint": own["open_complaint"] or any(self.complaints.values()),
            "not_eligible": not own["eligible"],
            "objection": self.objects,
            "no_closed_bill": own["revenue"] is None,
            "contact_cap": len(recent) >= RULES.contact_cap,
            "open_promise": bool(self.promises),
            "broken_promise": any(one.due_at < now for one in self.promises.values()),
            "held": held is not None and held[0] != campaign,
            "control_group": held is not None and held[1] == CONTROL,
            "arrears": own["overdue"] >= 10 and own["days_overdue"] >= 7,
            "cancel_requested": requested or own["standing"] == "pre_cancelled",
            "not_held": campaign is not None and (held is None or held[0] != campaign),
        }
        return {rule for rule, is_broken in said.items() if is_broken}


class Operator:
    """Does one thing after the other, by the program and by the account."""

    def __init__(self, home: Path, seed: int) -> None:
        self.random, self.now, self.number = Random(seed), NIGHT + DAY / 2, 0
        own = self.random
        self.accounts = {
            one: Account(dict(own.choice(AT_NIGHT)) if own.random() < 0.2 else {})
            for one in CUSTOMERS
        }
        self.home, self.recorded, self.refused = home, 0, 0
        self.night()

    def night(self) -> None:
        """From now on the night knows what was posted before."""
        known: set[str] = set()
        for own in self.accounts.values():
            known |= set(own.complaints)
            own.at_night["open_complaint"] = own.keeps_complaint or any(own.complaints.values())
            if own.requested_at is not None:
                own.at_night["days_since_cancel_request"] = (self.now - own.requested_at).days
        nights = night(
            self.home, {own: one.at_night for own, one in self.accounts.items()}, self.now
        )
        nights = replace(nights, complaints=frozenset(known))
        self.contacting = Contacting(nights, SETTINGS, {"discount": 3000})

    def step(self, connection: Connection) -> None:
        self.now += timedelta(minutes=self.random.expovariate(1 / 40))
        self.number += 1
        customer = self.random.choice(CUSTOMERS)
        own = self.accounts[customer]
        does: list[Callable[..., None]] = [
            self.contact, self.walk_in, self.complain, self.object, self.promise, self.hold,
            self.release, self.request,
        ]  # fmt: skip
        weights = [60, 8, 8, 2, 5, 6, 1, 1]
        (what,) = self.random.choices(does, weights)
        what(connection, customer, own)

    def contact(self, connection: Connection, customer: str, own: Account) -> None:
        """A contact that we start; some are undone, some answered."""
        held = own.hold(self.now)
        campaign = self.random.choice([None, self.random.choice(CAMPAIGNS), held and held[0]])
        outcome = self.random.choice(["sent", "no_answer", "offer_refused", "saved"])
        key = f"k{self.number}"
        reported = Reported(
            key, customer, None, outcome, "discount" if outcome == "offer_refused" else None,
            started_by="us", campaign_id=campaign, channel="hotline",
        )  # fmt: skip
        expected = own.broken(campaign, self.now)
        error = refusal(lambda: self._record(connection, reported))
        if error is not None:
            assert error.code == "contact_forbidden"
            assert error.details["rule"] in expected
            self.refused += 1
            return
        assert not expected
        self.recorded += 1
        own.contacts[key] = self.now
        self._record(connection, reported)  # the same again: no contact more
        if self.random.random() < 0.1:
            undo = Reported(f"u{self.number}", customer, None, "undone", undoes=key)
            self._record(connection, undo)
            del own.contacts[key]
        elif outcome == "sent":
            answer = Reported(
                f"a{self.number}", customer, None, "offer_refused", "discount", answers=key
            )
            self._record(connection, answer)

    def walk_in(self, connection: Connection, customer: str, own: Account) -> None:
        """Served whatever the rules say of contacts of ours, and counted."""
        decision = f"D{self.number}"
        values = {
            "id": decision, "customer_id": customer, "at": self.now, "purpose": "customer_present",
            "intent": "renewal", "channel": "store", "caller": "K1", "role": "store",
            "answered_by": "live",
        }  # fmt: skip
        write_decision(connection, values, {}, ANSWER)
        for place, outcome in enumerate(("offer_refused", "saved")):
            action = "discount" if outcome == "offer_refused" else None
            reported = Reported(f"w{self.number}.{place}", customer, decision, outcome, action)
            self._record(connection, reported)
        own.contacts[decision] = self.now

    def _record(self, connection: Connection, reported: Reported) -> None:
        place = self.contacting.at(self.now)
        with connection.begin_nested():
            record_outcome(connection, reported, BY, DECISION, place, self.now)

    def complain(self, connection: Connection, customer: str, own: Account) -> None:
        names = [*own.complaints, f"M{self.number}"]
        complaint = self.random.choice(names)
        is_new, is_open = complaint not in own.complaints, own.complaints.get(complaint, False)
        event = "opened" if is_new else "closed" if is_open else "reopened"
        complain(connection, customer, complaint, event, self.now)
        own.complaints[complaint] = not is_open

    def object(self, connection: Connection, customer: str, own: Account) -> None:
        if own.objects:
            withdraw_objection(connection, customer, self.now)
        else:
            record_objection(connection, customer, "K1", self.now)
        own.objects = not own.objects

    def promise(self, connection: Connection, customer: str, own: Account) -> None:
        if own.promises and self.random.random() < 0.8:
            keep_promise(connection, own.promises.popitem()[1], self.now)
            return
        due_at = self.now + self.random.random() * 2 * DAY
        made = Promise(f"P{self.number}", customer, "callback", self.now, due_at, None)
        write_promise(connection, made, "K1")
        own.promises[made.id] = made

    def hold(self, connection: Connection, _: str, __: Account) -> None:
        campaign = self.random.choice(CAMPAIGNS)
        arms = self.random.choices([TREATED, CONTROL], [8, 2], k=20)
        chosen = self.random.sample(CUSTOMERS, 20)
        members = [Member(one, arm, 0.8) for one, arm in zip(chosen, arms, strict=True)]
        until = self.now + self.random.random() * 10 * DAY
        elsewhere = {
            one
            for one in chosen
            if (held := self.accounts[one].hold(self.now)) is not None and held[0] != campaign
        }
        if self.random.random() < 0.7:  # as a list, on which they are not
            members, elsewhere = [one for one in members if one.customer_id not in elsewhere], set()
        error = refusal(lambda: hold(connection, campaign, members, until, self.now))
        if error is not None:
            assert error.details == {"count": len(elsewhere)}
            assert elsewhere
            return
        assert not elsewhere
        for member in members:
            own = self.accounts[member.customer_id]
            if own.hold(self.now) is None:
                own.held = campaign, str(member.arm), until

    def release(self, connection: Connection, _: str, __: Account) -> None:
        campaign = self.random.choice(CAMPAIGNS)
        release(connection, campaign, self.now)
        for own in self.accounts.values():
            if own.held is not None and own.held[0] == campaign:
                own.held = None

    def request(self, connection: Connection, customer: str, own: Account) -> None:
        """A request to cancel, which stays one when the complaint is closed."""
        name = f"R{self.number}"
        complain(connection, customer, name, "opened", self.now, category="cancel_request")
        complain(connection, customer, name, "closed", self.now)
        own.requested_at = self.now


def refusal(what: Callable[[], object]) -> RequestRefused | None:
    try:
        what()
    except RequestRefused as error:
        return error
    return None


def test_no_contact_that_is_recorded_breaks_a_rule(store: Engine, tmp_path: Path) -> None:
    operator = Operator(tmp_path, 7)
    for _ in range(STEPS[store.dialect.name] // 100):
        with store.begin() as connection:
            for _ in range(100):
                operator.step(connection)
        operator.night()
    assert operator.recorded > 50
    assert operator.refused > 400
    check_ledger(store)


def check_ledger(store: Engine) -> None:
    """By the ledger alone: before each contact that we started lies none within the window."""
    with store.connect() as connection:
        rows: list[Any] = list(connection.execute(select(contacts).order_by(contacts.c.id)))
    undone = {row.undoes for row in rows}
    kept = [
        row for row in rows
        if row.answers is None and row.outcome != "undone" and row.idempotency_key not in undone
    ]  # fmt: skip
    last: dict[str, tuple[datetime, str | None]] = {}
    ours = 0
    for row in kept:
        if row.started_by == "us":
            ours += 1
            before = last.get(row.customer_id)
            assert before is None or row.at - before[0] >= RULES.contact_days * DAY
        last[row.customer_id] = row.at, row.decision_id
    assert ours > 50
