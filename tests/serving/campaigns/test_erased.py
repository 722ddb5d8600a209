"""An erasure reaches what campaigns keep: ledger, facts, quarantine, list, read-out."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select

from features.engine.store import open_histories
from serving.audit.entry import Entry
from serving.campaigns.publishing import publish_contacts
from serving.campaigns.readout import reading
from serving.customers.rights.erasure import erase
from serving.customers.rights.traces import files_naming
from serving.database import opened
from serving.database.tables import contacts, holds
from tests.serving.campaigns.played import PlayedHome


def test_a_member_of_a_campaign_is_gone_from_all_of_it(
    played_home: PlayedHome, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(played_home.home, tmp_path / "home"))
    with opened(home) as engine:
        with engine.connect() as connection:
            (customer_id, *_) = connection.execute(select(contacts.c.customer_id)).scalars()
            before = reading.gathered(
                home, connection, open_histories(home), played_home.campaign, played_home.now
            )
        result = reading.read_out(before, 1)
        reading.write_readout(home, played_home.campaign, result)
        entry = Entry("r", "COMMAND", "liuke person erase", 200, "")
        erase(home, engine, customer_id, entry, played_home.now)
        assert not files_naming(home, customer_id)
        with engine.connect() as connection:
            for table in (contacts, holds):
                own = select(table.c.id).where(table.c.customer_id == customer_id)
                assert connection.execute(own).first() is None
            after = reading.gathered(
                home, connection, open_histories(home), played_home.campaign, played_home.now
            )
        assert publish_contacts(home, engine, played_home.now).new == 0
    members = sum(sum(own.values()) for own in after.test.outcomes.values())
    assert members == sum(sum(own.values()) for own in before.test.outcomes.values()) - 1
