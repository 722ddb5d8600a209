"""A campaign whose list was made, in a database of either kind, and files of its outcomes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, RowMapping, func, select

from serving.audit.entry import Entry
from serving.campaigns.outcomes.importing import OutcomesImported, import_outcomes
from serving.database.tables import audit, contacts
from serving.retention.campaign import store as kept
from serving.retention.rules.holds import Member
from serving.retention.selection.request import parsed

NOW = datetime(2026, 3, 2, 6)
LATER = NOW + timedelta(days=10)
UNTIL = NOW + timedelta(days=90)
REQUEST = {
    "purpose": "retention", "owner": "lin", "expires": "2999-12-31", "budget": 3000,
    "control_share": 0.2, "seed": 7,
}  # fmt: skip
TREATED, CONTROLS = ("C1", "C2", "C3", "C4"), ("C8", "C9")
HEADER = ("campaign_id", "contact_id", "customer_id", "at", "channel", "offer", "result")


@dataclass(frozen=True)
class Desk:
    """A home without feeds, its database, and a campaign that holds `TREATED` and `CONTROLS`."""

    home: Path
    engine: Engine
    campaign: str

    def row(self, contact: str, customer: str, result: str, **more: str) -> dict[str, str]:
        values = (self.campaign, contact, customer, "2026-03-03 10:00", "hotline", "discount")
        return dict(zip(HEADER, (*values, result), strict=True)) | more

    def file(self, *rows: dict[str, str], name: str = "outcomes.csv") -> Path:
        path = self.home / name
        header = list(dict.fromkeys([*HEADER, *(key for row in rows for key in row)]))
        with path.open("w", encoding="utf-8", newline="") as text:
            written = csv.DictWriter(text, header, restval="")
            written.writeheader()
            written.writerows(rows)
        return path

    def imported(self, *rows: dict[str, str]) -> OutcomesImported:
        entry = Entry("r", "COMMAND", "liuke campaign outcomes", 200, "", caller="lin")
        return import_outcomes(self.home, self.engine, self.file(*rows), entry, LATER)

    def ledger(self) -> Sequence[RowMapping]:
        with self.engine.connect() as connection:
            return connection.execute(select(contacts).order_by(contacts.c.id)).mappings().all()

    def audited(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(audit)).scalar_one())


def made_campaign(
    engine: Engine, treated: Sequence[str] = TREATED, controls: Sequence[str] = CONTROLS
) -> str:
    """The id of a campaign that holds these customers."""
    with engine.begin() as connection:
        own = kept.add(connection, parsed(REQUEST, NOW), "lin", NOW)
        kept.take_this(connection, own, "one", NOW)
        members = [
            *(Member(customer, "treated", 0.8) for customer in treated),
            *(Member(customer, "control", 0.8) for customer in controls),
        ]
        kept.finish(connection, own, "one", members, UNTIL, {"listed": len(treated)}, NOW)
    return own


@pytest.fixture
def desk(store: Engine, tmp_path: Path) -> Desk:
    return Desk(tmp_path, store, made_campaign(store))
