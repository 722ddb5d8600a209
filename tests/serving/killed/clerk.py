"""A client of the service: a seeded mix of every kind of request, one after the other.

What it gets no answer to it sends again where that is safe (a key names the request, or doing it
twice is doing it once); of the rest it goes on without knowing. An answer that is not one of those
that the request can have fails the test.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.serving.killed.sent import NOT_READY, Effect, Sent
from tests.serving.killed.wire import Answer, Wire

# How often each kind of request is sent, beside the others.
MIX = {
    "score": 24, "decide": 16, "outcome": 14, "outcome_again": 4, "cancel_and_undo": 1,
    "promise": 6, "keep": 5, "event": 3, "event_again": 2, "objection": 3, "withdrawal": 3,
    "save_view": 5, "delete_view": 3, "views": 3, "search": 2, "export": 1, "customer": 1,
    "audit": 2, "session": 2, "bad_key": 3, "out_of_scope": 3, "malformed": 3, "forbidden": 2,
}  # fmt: skip
ATTEMPTS = 20
RECENT = 20  # decisions that outcomes are reported of
FINE: Mapping[int, str] = {200: ""}
NOT_FOUND: Mapping[int, str] = {404: "unknown_customers"}
READ: Effect = ("read",)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Caller:
    """Who sends: the id that the audit has, and what is sent to prove it."""

    id: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Callers:
    """Those of one clerk: a manager's key, an auditor's, one of another city, and a person."""

    manager: Caller
    auditor: Caller
    elsewhere: Caller
    person: str


@dataclass
class Tally:
    """How many requests all clerks have sent, and how many they are to send."""

    wanted: int
    sent: int = 0

    @property
    def is_done(self) -> bool:
        return self.sent >= self.wanted


@dataclass
class Clerk:
    """Serves customers of their own: the first has posted facts, the second objects now and then.

    `outside`: a customer whom the key of another city does not reach.
    """

    wire: Wire
    callers: Callers
    customers: Sequence[str]
    outside: str
    chance: random.Random
    tally: Tally
    log: list[Sent] = field(default_factory=list)
    decided: list[dict[str, Any]] = field(default_factory=list)
    reported: list[dict[str, Any]] = field(default_factory=list)
    promised: list[str] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    objects: bool = False
    signed_in: dict[str, str] = field(default_factory=dict)
    keys: int = 0

    async def work(self) -> None:
        """Send until all have sent enough; the last answer is awaited."""
        kinds, shares = list(MIX), list(MIX.values())
        try:
            while not self.tally.is_done:
                (kind,) = self.chance.choices(kinds, shares)
                await getattr(self, kind)()
        finally:
            self.wire.close()

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        effect: Effect = READ,
        route: str = "",
        caller: Caller | None = None,
        ends: Mapping[int, str] = FINE,
        again: bool = False,
    ) -> Answer | None:
        """The answer, one of `ends` or the contract's 503; null where none came."""
        caller = caller or self.callers.manager
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        route, answer = route or path.partition("?")[0], None
        for _ in range(ATTEMPTS if again else 1):
            answer = await self.wire.send(method, path, caller.headers, content)
            self.log.append(Sent(caller.id, method, route, effect, answer))
            self.tally.sent += 1
            if answer is not None and answer.status != NOT_READY:
                assert ends.get(answer.status) == answer.code, (method, path, body, answer)
                break
        return answer

    def _key(self, kind: str) -> str:
        self.keys += 1
        return f"{kind}-{self.callers.manager.id}-{self.keys}"

    @property
    def _plain(self) -> Sequence[str]:
        return self.customers[2:]

    async def score(self) -> None:
        if self.objects and self.chance.random() < 0.1:
            ids, ends = [self.customers[1]], {409: "objection"}
            await self.send("POST", "/score", {"customer_ids": ids}, ends=ends)
        elif self.chance.random() < 0.05:
            ids = [self.chance.choice(self._plain), "C9999999"]
            await self.send("POST", "/score", {"customer_ids": ids}, ends=NOT_FOUND)
        else:
            whom = self._plain if self.chance.random() < 0.95 else self.customers[:1]
            ids = self.chance.sample(whom, self.chance.randint(1, min(4, len(whom))))
            await self.send("POST", "/score", {"customer_ids": ids})

    async def decide(self, customer: str = "", intent: str = "") -> dict[str, Any] | None:
        customer = customer or self.chance.choice(self.customers[1:])
        intent = intent or self.chance.choice(("cancel", "complaint", "renewal", "browse"))
        body = {"customer_id": customer, "intent": intent, "channel": "hotline"}
        answer = await self.send("POST", "/decide", body, effect=("decided", customer))
        if answer is None or answer.status != 200:
            return None
        found: dict[str, Any] = answer.json()
        self.decided.append(found)
        return found

    async def outcome(self) -> None:
        if not self.decided:
            return
        found = self.chance.choice(self.decided[-RECENT:])
        options: list[dict[str, Any]] = [
            {"outcome": own} for own in ("no_answer", "service_fixed", "promise_made")
        ]
        if not found.get("is_ended"):
            options.append({"outcome": "saved"})
        if found["ladder"]:
            rung = self.chance.choice(found["ladder"])["action"]
            options.append({"outcome": "offer_refused", "action": rung})
            options.append({"outcome": "offer_accepted", "action": rung, "confirmation": SIGNED})
        report = await self._report(found, self.chance.choice(options))
        if report["outcome"] == "saved":
            found["is_ended"] = True
        if self.chance.random() < 0.2:
            await self._undo(report)
            found["is_ended"] = found.get("is_ended") and report["outcome"] != "saved"

    async def outcome_again(self) -> None:
        """Sent once more it is answered again; with other content it is refused."""
        if self.reported and self.chance.random() < 0.7:
            await self._post_outcome(self.chance.choice(self.reported))
        elif self.reported:
            other = self.chance.choice(self.reported) | {"rival": "none"}
            await self._post_outcome(other, {409: "conflict"})

    async def cancel_and_undo(self) -> None:
        """The fact that a cancellation posts is there, or is gone with the undo."""
        found = await self.decide(self.customers[0], "cancel")
        if found is None:
            return
        cancelled = {"outcome": "cancelled", "reason": "price", "confirmation": SIGNED}
        report = await self._report(found, cancelled)
        if self.chance.random() < 0.7:
            await self._undo(report)
        found["is_ended"] = True

    async def _report(self, found: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        report = {
            "key": self._key("outcome"),
            "customer_id": found["customer_id"],
            "decision_id": found["decision_id"],
            **own,
        }
        await self._post_outcome(report)
        self.reported.append(report)
        return report

    async def _undo(self, report: Mapping[str, Any]) -> None:
        await self._report(report, {"outcome": "undone", "undoes": report["key"]})

    async def _post_outcome(
        self, report: Mapping[str, Any], ends: Mapping[int, str] = FINE
    ) -> None:
        names = ("key", "customer_id", "outcome", "undoes")
        effect = ("outcome", *(report[name] for name in names if name in report))
        await self.send("POST", "/outcomes", report, effect=effect, ends=ends, again=True)

    async def promise(self) -> None:
        customer = self.chance.choice(self._plain)
        kind = self.chance.choice(("complaint", "fault_town", "callback"))
        effect = ("promised", customer, kind)
        body = {"customer_id": customer, "kind": kind}
        answer = await self.send("POST", "/promises", body, effect=effect)
        if answer is not None and answer.status == 200:
            self.promised.append(answer.json()["promise_id"])

    async def keep(self) -> None:
        if not self.promised:
            ends, route = {404: "unknown_promise"}, "/promises/{promise_id}/kept"
            await self.send("POST", "/promises/none/kept", route=route, ends=ends)
            return
        own = self.promised.pop(self.chance.randrange(len(self.promised)))
        await self.send(
            "POST", f"/promises/{own}/kept", route="/promises/{promise_id}/kept",
            effect=("kept",), again=True,
        )  # fmt: skip

    async def event(self) -> None:
        key = self._key("event")
        complaint = {"complaint_id": key, "event": "opened"}
        payment = {"payment_id": key, "amount_fen": self.chance.randint(100, 9_000)}
        feed, fields = self.chance.choice((("complaints", complaint), ("payments", payment)))
        fact = {"key": key, "feed": feed, "customer_id": self.customers[0], "fields": fields}
        await self._post_event(fact)
        self.posted.append(fact)

    async def event_again(self) -> None:
        if not self.posted:
            return
        fact = self.chance.choice(self.posted)
        if self.chance.random() < 0.6:
            await self._post_event(fact)
        else:
            other = fact | {"feed": "surveys", "fields": {"survey_id": fact["key"], "score": 3}}
            await self._post_event(other, {409: "event_key"})

    async def _post_event(self, fact: Mapping[str, Any], ends: Mapping[int, str] = FINE) -> None:
        effect = ("event", fact["key"], fact["feed"], fact["customer_id"])
        await self.send("POST", "/events", fact, effect=effect, ends=ends, again=True)

    async def objection(self) -> None:
        own = self.customers[1]
        body, effect = {"customer_id": own}, ("objected", own)
        await self.send("POST", "/objections", body, effect=effect, again=True)
        self.objects = True

    async def withdrawal(self) -> None:
        own = self.customers[1]
        ends = FINE if self.objects else {404: "no_objection"}
        answer = await self.send(
            "DELETE", f"/objections/{own}", route="/objections/{customer_id}",
            effect=("withdrawn", own), ends=ends,
        )  # fmt: skip
        if answer is None or answer.status == NOT_READY:
            await self.objection()  # whether it holds is not known now
        else:
            self.objects = False

    async def save_view(self) -> None:
        name, risk = f"view {self.chance.randint(1, 6)}", self.chance.randint(1, 9) / 10
        search = {"churn_risk_min": str(risk), "sort": "-churn_risk"}
        await self.send(
            "PUT", f"/views/{name.replace(' ', '%20')}", {"search": search}, route="/views/{name}",
            effect=("viewed", name, json.dumps(search, sort_keys=True)), again=True,
        )  # fmt: skip
        self.saved = [own for own in self.saved if own != name] + [name]

    async def delete_view(self) -> None:
        name = self.saved.pop() if self.saved else "none"
        await self.send(
            "DELETE", f"/views/{name.replace(' ', '%20')}", route="/views/{name}",
            effect=("forgotten", name), ends=FINE if name != "none" else {404: "unknown_view"},
        )  # fmt: skip

    async def views(self) -> None:
        await self.send("GET", "/views")

    async def search(self) -> None:
        query = {"churn_risk_min": "0.1", "sort": "-churn_risk", "limit": "5", "by": "city"}
        await self.send("GET", f"/customers?{urlencode(query)}")

    async def export(self) -> None:
        await self.send("GET", "/customers/export?churn_risk_min=0.2")

    async def customer(self) -> None:
        own = self.chance.choice(self._plain)
        await self.send("GET", f"/customers/{own}", route="/customers/{customer_id}")

    async def audit(self) -> None:
        query = {"caller": self.callers.manager.id, "limit": 5}
        await self.send("GET", f"/audit?{urlencode(query)}", caller=self.callers.auditor)

    async def session(self) -> None:
        """Sign in, look who is signed in, sign out: the first of these that can be."""
        if not self.signed_in:
            await self._sign_in()
        elif self.chance.random() < 0.8:
            await self.send("GET", "/session", caller=Caller(self.callers.person, self.signed_in))
        else:
            own, self.signed_in = Caller(self.callers.person, self.signed_in), {}
            await self.send("DELETE", "/session", caller=own, effect=("signed_out",))

    async def _sign_in(self) -> None:
        who = Caller(self.callers.person, {})
        form = {"user": self.callers.person, "password": PASSWORD}
        answer = await self.send("POST", "/session", form, caller=who, effect=("signed_in",))
        if answer is not None and answer.status == 200:
            self.signed_in = {
                "cookie": answer.headers["set-cookie"].partition(";")[0],
                "x-csrf-token": answer.json()["csrf_token"],
                "sec-fetch-site": "same-origin",
            }

    async def bad_key(self) -> None:
        unknown = Caller(None, {"authorization": "Bearer liuke_unknown"})
        method, path = self.chance.choice((("GET", "/views"), ("POST", "/decide")))
        await self.send(method, path, caller=unknown, ends={401: "unauthorized"})

    async def out_of_scope(self) -> None:
        key, own = self.callers.elsewhere, self.outside
        fact = {"key": self._key("outside"), "feed": "payments", "customer_id": own}
        path, body = self.chance.choice(
            (
                ("/score", {"customer_ids": [own]}),
                ("/decide", {"customer_id": own, "intent": "browse", "channel": "store"}),
                ("/events", fact | {"fields": {"payment_id": "P", "amount_fen": 100}}),
                ("/objections", {"customer_id": own}),
            )
        )
        await self.send("POST", path, body, caller=key, ends=NOT_FOUND)

    async def malformed(self) -> None:
        if self.chance.random() < 0.5:
            ends = {400: "malformed_json"}
            await self.send("POST", "/outcomes", b'{"key": ', ends=ends)
        else:
            body = {"customer_id": self.customers[0], "intent": "steal", "channel": "store"}
            await self.send("POST", "/decide", body, ends={422: "invalid_request"})

    async def forbidden(self) -> None:
        body = {"customer_ids": [self.customers[0]]}
        key = self.callers.auditor
        await self.send("POST", "/score", body, caller=key, ends={403: "forbidden"})


SIGNED = {"kind": "signature", "reference": "form 8812"}
