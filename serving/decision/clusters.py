"""Cancellations, transfers and credits that cluster on a clerk or an outlet, for the auditor.

Of a month's `total` events each should fall to those who did the work by their share p of it, so
that who did that share has a number distributed as Binomial(total, p). A number is an alarm where

    P(X >= number) < false_alarms_a_month / tests,  number >= min_count,
    number >= min_ratio * total * p

`tests` is how many numbers are looked at in the month, so that a month in which all work alike
raises any alarm with a chance of at most `false_alarms_a_month` (Bonferroni). Clerks who differ for
good reasons, such as a desk for cancellations, are what the last two conditions are for; they are
not part of that chance. Work is the number of contacts in the ledger at
which people spoke: a message of ours, or a call that was not answered, would only thin the shares.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, insert, or_, select

from serving.database.tables import alarms, contacts, events
from serving.decision.decision_settings import ClusterSettings
from serving.decision.outcomes.reported import ACCEPTED, CANCELLED, SENT, UNDONE, US
from serving.events.checking import TRANSFERRED

KINDS = ("cancellations", "credits", "transfers")
GROUPS = ("clerk", "outlet")

Counts = Counter[str]

# A message, or a call that was not answered, is not work at which anything could happen.
_is_unheard = and_(contacts.c.started_by == US, contacts.c.outcome.in_((SENT, "no_answer")))


@dataclass(frozen=True)
class Cluster:
    """A number that chance does not explain; `expected` by the share of the work."""

    month: str
    kind: str
    group: str
    who: str
    number: int
    expected: float
    probability: float


@dataclass
class Month:
    """What was done in a month: by group the work of each, and by kind and group the events."""

    name: str
    work: dict[str, Counts] = field(default_factory=lambda: {name: Counter() for name in GROUPS})
    done: dict[tuple[str, str], Counts] = field(
        default_factory=lambda: {(kind, name): Counter() for kind in KINDS for name in GROUPS}
    )

    def add(self, clerk: str, outlet: str | None, kind: str | None) -> None:
        """One contact, and what it was, if it was one of the kinds."""
        for group, who in (("clerk", clerk), ("outlet", outlet)):
            if who is not None:
                self.work[group][who] += 1
                if kind is not None:
                    self.done[kind, group][who] += 1


def tail(number: int, total: int, share: float) -> float:
    """P(X >= number) of Binomial(total, share).

    >>> round(tail(2, 3, 0.5), 6), tail(0, 3, 0.5)
    (0.5, 1.0)
    """
    if number <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    logs = (math.log(share), math.log1p(-share))
    whole = math.lgamma(total + 1)
    terms = (
        whole
        - math.lgamma(k + 1)
        - math.lgamma(total - k + 1)
        + k * logs[0]
        + (total - k) * logs[1]
        for k in range(number, total + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def clusters(month: Month, settings: ClusterSettings) -> list[Cluster]:
    """The month's alarms, the least likely first."""
    tests = sum(len(month.work[group]) for _, group in month.done)
    bound = settings.false_alarms_a_month / max(tests, 1)
    found = []
    for (kind, group), done in month.done.items():
        total, work = sum(done.values()), month.work[group]
        for who, number in done.items():
            share = work[who] / work.total()
            chance = tail(number, total, share)
            enough = number >= settings.min_count and number >= settings.min_ratio * total * share
            if enough and chance < bound:
                found.append(Cluster(month.name, kind, group, who, number, total * share, chance))
    return sorted(found, key=lambda one: (one.probability, one.who, one.kind))


def read_month(connection: Connection, year: int, month: int) -> Month:
    """The month of the ledger, without what was undone, and the transfers of the events."""
    since = datetime(year, month, 1)
    until = datetime(year + month // 12, month % 12 + 1, 1)
    found = Month(f"{since:%Y-%m}")
    undone = set(
        connection.execute(
            select(contacts.c.undoes).where(contacts.c.undoes.is_not(None))
        ).scalars()
    )
    rows = connection.execute(
        select(contacts).where(
            contacts.c.at >= since,
            contacts.c.at < until,
            contacts.c.outcome != UNDONE,
            or_(contacts.c.started_by.is_(None), ~_is_unheard),
        )
    )
    for row in rows:
        if row.idempotency_key not in undone:
            found.add(row.caller, row.store_id, _kind(row.outcome, row.cost_fen))
    posted = connection.execute(
        select(events.c.caller, events.c.content).where(
            events.c.known_at >= since, events.c.known_at < until, events.c.feed == "contracts"
        )
    )
    for caller, content in posted:
        if json.loads(content)["fields"].get("event") == TRANSFERRED:
            found.add(caller, None, "transfers")
    return found


def _kind(outcome: str, cost_fen: int | None) -> str | None:
    if outcome == CANCELLED:
        return "cancellations"
    return "credits" if outcome == ACCEPTED and (cost_fen or 0) > 0 else None


def raise_alarms(connection: Connection, found: list[Cluster], now: datetime) -> list[Cluster]:
    """Write the alarms that are new; one of a month, kind and clerk stands once."""
    stored = connection.execute(
        select(alarms.c.kind, alarms.c.caller, alarms.c.detail).where(
            alarms.c.kind.like("cluster_%")
        )
    )
    known = {(kind, who, json.loads(detail)["month"]) for kind, who, detail in stored}
    new = [one for one in found if (_name(one), one.who, one.month) not in known]
    for one in new:
        row: Mapping[str, object] = {
            "at": now,
            "kind": _name(one),
            "caller": one.who,
            "detail": json.dumps(asdict(one)),
        }
        connection.execute(insert(alarms).values(row))
    return new


def _name(one: Cluster) -> str:
    return f"cluster_{one.group}_{one.kind}"
