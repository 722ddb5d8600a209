"""A million contacts, each checked by the program's own rules, over campaigns that overlap.

What else happens in a day is written at once, as rows of the tables. At the end the whole ledger
is judged by queries that know nothing of the program: no contact of ours broke a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, Table, insert, select, update

from features.errors import RequestRefused
from serving.database import open_engine, upgrade
from serving.database.tables import contacts, events, holds, objections, promises
from serving.retention.rules import broken, check, free
from serving.retention.rules.gathering import gathered
from serving.retention.rules.holds import Member, hold, release
from serving.retention.rules.night import NightFacts, night_facts
from serving.retention.rules.recorded import CONTROL, TREATED
from tests.serving.retention.rules.people import DAY, NIGHT, RULES

CAMPAIGNS = [f"campaign-{place}" for place in range(12)]
ALONE = 10  # one of so many contacts is checked alone too
OWN = replace(RULES, contact_cap=2, contact_days=6)


class Month:
    """Twenty-five days of one operator, during which the posted facts of all of them count."""

    def __init__(self, home: Path, engine: Engine, customers: int, a_day: int) -> None:
        self.engine, self.customers, self.a_day = engine, customers, a_day
        self.random, self.number = np.random.default_rng(11), 0
        self.ids = [f"C{place:06}" for place in range(customers)]
        self.scores = self._scores()
        self.night: NightFacts = night_facts(home, self.scores, OWN, NIGHT)
        self.checked, self.recorded = 0, 0

    def _scores(self) -> pd.DataFrame:
        def share(of: float) -> Any:
            return self.random.random(self.customers) < of

        return pd.DataFrame(
            {
                "customer_id": self.ids, "as_of": pd.Timestamp(NIGHT), "consent": share(0.9),
                "universal_holdout": share(0.015), "eligible": share(0.95),
                "open_complaint": share(0.02), "revenue": np.where(share(0.97), 50.0, np.nan),
                "overdue": np.where(share(0.03), 100.0, 0.0), "days_overdue": 40.0,
                "standing": np.where(share(0.01), "pre_cancelled", "active"),
            }
        )  # fmt: skip

    def day(self, now: datetime) -> None:
        with self.engine.begin() as connection:
            self._happens(connection, now)
        with self.engine.begin() as connection:
            self._contacts(connection, now)

    def some(self, count: int) -> list[str]:
        found = self.random.choice(self.customers, count * self.customers // 200_000, replace=False)
        return [self.ids[place] for place in found]

    def _happens(self, connection: Connection, now: datetime) -> None:
        for campaign in self.random.permutation(CAMPAIGNS)[:4]:
            arms = np.where(self.random.random(5000) < 0.1, CONTROL, TREATED)
            others = select(holds.c.customer_id).where(
                holds.c.released_at.is_(None), holds.c.until > now,
                holds.c.campaign_id != str(campaign),
            )  # fmt: skip
            elsewhere = set(connection.execute(others).scalars())
            members = [
                Member(own, str(arm))
                for own, arm in zip(self.some(5000), arms, strict=False)
                if own not in elsewhere
            ]
            until = now + float(self.random.uniform(0.5, 6)) * DAY
            hold(connection, str(campaign), members, until, now)
        if self.random.random() < 0.2:
            release(connection, str(self.random.choice(CAMPAIGNS)), now)
        ended = self.random.integers(0, 4)
        for table, column, end in (
            (objections, objections.c.withdrawn_at, objections.c.id % 4 == ended),
            (promises, promises.c.kept_at, promises.c.customer_id.like(f"%{ended}")),
        ):
            connection.execute(
                update(table).where(column.is_(None), end).values({column.name: now})
            )
        self._add(connection, objections, self.some(300), recorded_at=now, caller="K")
        for own in self.some(600):
            self.number += 1
            promise = {"id": f"P{self.number}", "kind": "callback", "made_at": now, "caller": "K"}
            due_at = now + DAY * float(self.random.random())
            self._add(connection, promises, [own], due_at=due_at, **promise)
        self._complain(connection, now)
        self._add(
            connection, contacts, self.some(2000), at=now, content_sha256="", channel="store",
            outcome="offer_refused", confirmed=False, caller="K", started_by="customer",
        )  # fmt: skip

    def _complain(self, connection: Connection, now: datetime) -> None:
        """The complaint of a customer is opened, and closed or reopened the next times."""
        for own in self.some(1500):
            self.number += 1
            event = ("opened", "closed", "reopened")[self.number % 3]
            content = f'{{"fields": {{"complaint_id": "{own}", "event": "{event}"}}}}'
            self._add(
                connection, events, [own], event_key=f"E{self.number}", feed="complaints",
                event_time=now, known_at=now, content=content, caller="K",
            )  # fmt: skip

    def _add(self, connection: Connection, table: Table, ids: Sequence[str], **row: Any) -> None:
        rows = [{"customer_id": own, **row} for own in ids]
        if table is contacts:
            for own in rows:
                self.number += 1
                own["idempotency_key"] = f"W{self.number}"
        if rows:
            connection.execute(insert(table), rows)

    def _contacts(self, connection: Connection, now: datetime) -> None:
        """Different customers: each is checked as a list checks, and some alone too."""
        facts = gathered(connection, self.night, OWN, now)
        allowed = {name: free(broken(facts, OWN, name)) for name in ("", *CAMPAIGNS)}
        chosen = self.random.choice(self.customers, self.a_day, replace=False).tolist()
        kinds = self.random.integers(0, 3, self.a_day).tolist()
        rows: list[dict[str, Any]] = []
        for number, (place, kind) in enumerate(zip(chosen, kinds, strict=True)):
            campaign = (None, facts.held_by[place] or None, CAMPAIGNS[place % 12])[kind]
            is_held = campaign is None or facts.held_by[place] == campaign
            is_allowed = bool(is_held and allowed[campaign or ""][place])
            if number % ALONE == 0:
                assert self._is_allowed_alone(connection, place, campaign, now) == is_allowed
            if not is_allowed:
                continue
            rows.append({"customer_id": self.ids[place], "campaign_id": campaign})
        self.checked += self.a_day
        self.recorded += len(rows)
        for row in rows:
            self.number += 1
            row |= {
                "idempotency_key": f"U{self.number}", "content_sha256": "", "at": now,
                "channel": "hotline", "outcome": "no_answer", "confirmed": False, "caller": "K",
                "started_by": "us",
            }  # fmt: skip
        connection.execute(insert(contacts), rows)

    def _is_allowed_alone(
        self, connection: Connection, place: int, campaign: str | None, now: datetime
    ) -> bool:
        try:
            check(connection, self.night, OWN, self.ids[place], campaign, now)
        except RequestRefused:
            return False
        return True


# Contacts of ours that broke a rule at the moment of each, one query a rule.
BREACHES = {
    "contact_cap": """
        select count(*) from (
            select started_by, count(*) over (
                partition by customer_id order by "at"
                range between interval {window} microseconds preceding and current row
            ) - 1 as others from contacts
        ) where started_by = 'us' and others >= {cap}""",
    "held": """
        select count(*) from ours join holds using (customer_id)
        where held_at <= "at" and "at" < least(until, coalesce(released_at, until))
        and (holds.campaign_id is distinct from ours.campaign_id or holds.arm = 'control')""",
    "not_held": """
        select count(*) from ours where campaign_id is not null and not exists (
            select 1 from holds where holds.customer_id = ours.customer_id
            and holds.campaign_id = ours.campaign_id
            and held_at <= "at" and "at" < least(until, coalesce(released_at, until)))""",
    "objection": """
        select count(*) from ours join objections using (customer_id)
        where recorded_at <= "at" and (withdrawn_at is null or "at" < withdrawn_at)""",
    "open_promise": """
        select count(*) from ours join promises using (customer_id)
        where made_at <= "at" and (kept_at is null or "at" < kept_at)""",
    "open_complaint": """
        select count(*) from (
            select arg_max(content, events.id) as last from ours join events using (customer_id)
            where event_time <= "at" group by ours.id
        ) where last not like '%closed%'""",
    "night": """
        select count(*) from ours join scores using (customer_id)
        where not consent or universal_holdout or not eligible or open_complaint
        or isnan(revenue) or overdue > 0 or standing = 'pre_cancelled'""",
}


def breaches(month: Month) -> dict[str, int]:
    with duckdb.connect() as connection:
        for table in (contacts, holds, objections, promises, events):
            frame = pd.read_sql_table(table.name, month.engine)
            times = [one.name for one in table.c if str(one.type) == "DATETIME"]
            frame[times] = frame[times].astype("datetime64[us]")
            connection.register(f"{table.name}_frame", frame)
            connection.execute(f"create table {table.name} as from {table.name}_frame")
        connection.register("scores", month.scores)
        connection.execute("create view ours as from contacts where started_by = 'us'")
        window = OWN.contact_days * DAY // timedelta(microseconds=1) - 1
        numbers = {"window": window, "cap": OWN.contact_cap}
        found = {}
        for rule, query in BREACHES.items():
            row = connection.execute(query.format(**numbers)).fetchone()
            assert row is not None
            found[rule] = int(row[0])
    return found


def lived(home: Path, customers: int, a_day: int, days: int) -> Month:
    engine = open_engine(home)
    upgrade(engine)
    month = Month(home, engine, customers, a_day)
    for day in range(days):
        month.day(NIGHT + timedelta(days=day, hours=10))
    return month


def test_the_judgement_finds_each_breach(tmp_path: Path) -> None:
    """Contacts written past the check break every rule somewhere."""
    month = lived(tmp_path, 2000, 400, 8)
    assert breaches(month) == dict.fromkeys(BREACHES, 0)
    row = {
        "content_sha256": "", "at": NIGHT + 8 * DAY, "channel": "hotline", "outcome": "no_answer",
        "confirmed": False, "caller": "K", "started_by": "us", "campaign_id": "campaign-1",
    }  # fmt: skip
    with month.engine.begin() as connection:
        rows = [{"customer_id": own, "idempotency_key": f"X{own}", **row} for own in month.ids]
        connection.execute(insert(contacts), rows)
    found = breaches(month)
    month.engine.dispose()
    assert all(found.values()), found


@pytest.mark.slow
def test_a_million_contacts_break_no_rule(tmp_path: Path) -> None:
    month = lived(tmp_path, 200_000, 40_000, 25)
    assert month.checked == 1_000_000
    assert month.recorded > 100_000
    assert month.checked - month.recorded > 100_000
    assert breaches(month) == dict.fromkeys(BREACHES, 0)
    month.engine.dispose()
