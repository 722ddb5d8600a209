"""What happened to a customer, as dated entries in words, by the lane of the time line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from features.words import words
from serving.http.contract.forms.customer import CustomerAnswer
from serving.pages import formats

LANES = (
    "risk", "tier", "data", "voice", "bills", "payments", "complaints", "contacts", "contract",
    "care",
)  # fmt: skip
WEEK = timedelta(weeks=1)
KB_PER_MB = 1000
TONES = {"cancelled": "bad", "pre_cancelled": "bad", "ported": "bad", "suspended": "warn"}


@dataclass(frozen=True)
class Entry:
    """One entry of a lane: when, until when if it lasted, its text, and how it is drawn.

    `size`: of an amount that is drawn as a column; null for a mark. `tone`: its class. `is_open`:
    it lasts still, so `until` is now.
    """

    lane: str
    at: datetime
    text: str
    until: datetime | None = None
    size: float | None = None
    tone: str = "plain"
    is_open: bool = False


class Happened:
    """The entries of one customer in one language."""

    def __init__(self, found: CustomerAnswer, language: str, now: datetime) -> None:
        self._found, self._now = found, now
        self._said = words(language, "pages_customer", "customers", "pages", "terms")
        self._amount = partial(formats.amount, currency=found.currency)
        self._between = self._said["between"]

    def entries(self) -> list[Entry]:
        """All of them, the oldest first."""
        found = [
            *self._nights(), *self._tiers(), *self._weeks(), *self._bills(), *self._payments(),
            *self._complaints(), *self._contacts(), *self._contract(), *self._care(),
        ]  # fmt: skip
        return sorted(found, key=lambda own: own.at)

    def say(self, key: str, **values: object) -> str:
        return self._said[key].format(**values)

    def named(self, prefix: str, value: Any) -> str:
        """The word of a value; the value itself where there is none, as of an operator's own."""
        return self._said.get(f"{prefix}{value}", self._said.get(str(value), str(value)))

    def _nights(self) -> Iterator[Entry]:
        for own in self._found.nights:
            risk = own["churn_risk"]
            if risk is None:
                continue
            text = self.say(
                "night_of", risk=formats.percent(risk), tier=self.named("", own["value_tier"]),
                version=own["model_version"],
            )  # fmt: skip
            yield Entry("risk", moment(own["as_of"]), text, size=risk)

    def _tiers(self) -> Iterator[Entry]:
        rows = self._found.tiers
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            before = row["before"]
            now = self.named("", row["after"])
            change = now if before is None else f"{self.named('', before)} → {now}"
            text = self.say("because", what=change, why=self.say(f"cause_{row['cause']}"))
            until = self._now if after is None else moment(after["changed_at"])
            yield Entry(
                "tier", moment(row["changed_at"]), text, until, tone=row["after"],
                is_open=after is None,
            )  # fmt: skip

    def _weeks(self) -> Iterator[Entry]:
        for own in self._found.usage_weeks:
            at = moment(own["week"])
            megabytes = own["data_kb"] / KB_PER_MB
            minutes = (own["voice_out_s"] + (own.get("voice_in_s") or 0)) / 60
            data = self.say("week_data", amount=f"{megabytes:,.0f}", days=own["active"])
            yield Entry("data", at, data, at + WEEK, megabytes)
            voice = self.say("week_voice", minutes=f"{minutes:,.0f}", sms=own["sms"])
            rival = own.get("rival_hotline_calls") or 0
            extra = self._between + self.say("week_rival", count=rival) if rival else ""
            tone = "warn" if rival else "plain"
            yield Entry("voice", at, voice + extra, at + WEEK, minutes, tone)

    def _bills(self) -> Iterator[Entry]:
        for own in self._found.bills:
            period = moment(own["period"])
            until = (period + timedelta(days=32)).replace(day=1)
            text = self.say("bill_of", month=own["period"][:7], amount=self._amount(own["revenue"]))
            yield Entry("bills", period, text, until, own["revenue"])

    def _payments(self) -> Iterator[Entry]:
        for own in self._found.payments:
            text = self.say("paid", amount=self._amount(own["amount"]))
            yield Entry("payments", moment(own["at"]), text, tone="good")

    def _complaints(self) -> Iterator[Entry]:
        closed = _next_closed(self._found.complaints)
        for place, own in enumerate(self._found.complaints):
            event = own["event"]
            about = own.get("category")
            parts = [self.say(f"complaint_{event}")]
            parts += [self.named("category_", about)] if about else []
            if own.get("rating") is not None:
                parts.append(self.say("rating", count=own["rating"]))
            parts += [f"“{own['text']}”"] if own.get("text") else []
            at, opens = moment(own["at"]), event in ("opened", "reopened")
            until = closed.get(place, self._now) if opens else None
            is_open = opens and place not in closed
            tone = "bad" if opens else "good"
            yield Entry(
                "complaints", at, self._between.join(parts), until, tone=tone, is_open=is_open
            )

    def _contacts(self) -> Iterator[Entry]:
        for own in self._found.contacts:
            parts = [self.named("contact_", own["event"]), own.get("campaign"), own.get("channel")]
            yield Entry("contacts", moment(own["at"]), self._listed(parts))
        for own in self._found.outcomes:
            named = {"outcome": "outcome_", "channel": "channel_", "reason": "reason_", "offer": ""}
            parts = [self.named(key, own[name]) for name, key in named.items() if own[name]]
            yield Entry("contacts", moment(own["at"]), self._listed(parts), tone="strong")
        for own in self._found.decisions:
            parts = [self.say("looked_at"), self.named("channel_", own["channel"])]
            parts.append(self.named("intent_", own["intent"]))
            yield Entry("contacts", moment(own["at"]), self._listed(parts), tone="faint")

    def _contract(self) -> Iterator[Entry]:
        for own in self._found.changes:
            now = [
                self.say("field", name=self.say(f"field_{name}"), value=self._value(name, value))
                for name, value in own["now"].items()
            ]
            event = own["what"]
            text = self._listed([self.named("event_", event), *now])
            yield Entry("contract", moment(own["at"]), text, tone=TONES.get(event, "plain"))
        for own in self._found.objections:
            yield Entry("contract", moment(own["recorded_at"]), self.say("objected"), tone="warn")
            if own["withdrawn_at"]:
                yield Entry("contract", moment(own["withdrawn_at"]), self.say("objection_ended"))

    def _care(self) -> Iterator[Entry]:
        for own in self._found.promises:
            due, kept = moment(own["due_at"]), own["kept_at"]
            late = due < (moment(kept) if kept else self._now)
            key = "promise_kept" if kept else "promise_broken" if late else "promise_open"
            text = self.say(key, what=self.named("promise_", own["kind"]), due=own["due_at"][:16])
            yield Entry(
                "care", moment(own["made_at"]), text, moment(kept) if kept else self._now,
                tone="bad" if late else "good" if kept else "warn", is_open=not kept,
            )  # fmt: skip
        for own in self._found.tasks:
            ended = own["ended_at"]
            parts = [self.say("task_of", what=self.named("task_", own["kind"]), due=own["due"])]
            parts += [self.named("task_", own["state"])]
            parts += [self.named("result_", own["outcome"])] if own["outcome"] else []
            yield Entry(
                "care", moment(own["issued_at"]), self._listed(parts),
                moment(ended) if ended else self._now, is_open=not ended,
            )  # fmt: skip
        for own in self._found.events:
            text = self.say("posted", feed=self.named("lane_", own["feed"]))
            yield Entry("care", moment(own["event_time"]), text, tone="strong")

    def _value(self, name: str, value: Any) -> str:
        if value is None:
            return self.say("unknown")
        if name == "consent":  # a change holds it as text
            return self.say("yes" if str(value) == "True" else "no")
        return self.named("", value)

    def _listed(self, parts: list[Any]) -> str:
        return self._between.join(str(part) for part in parts if part)


def moment(text: str) -> datetime:
    """A date or a local time of an answer."""
    return datetime.fromisoformat(text)


def _next_closed(rows: Sequence[Mapping[str, Any]]) -> dict[int, datetime]:
    """By the place of an opened complaint when it was closed next."""
    found: dict[int, datetime] = {}
    for place, row in enumerate(rows):
        later = rows[place + 1 :]
        ends = (
            moment(one["at"])
            for one in later
            if one["complaint_id"] == row["complaint_id"] and one["event"] == "closed"
        )
        end = next(ends, None)
        if end is not None:
            found[place] = end
    return found
