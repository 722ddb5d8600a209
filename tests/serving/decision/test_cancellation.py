"""The fact that a confirmed cancellation writes is one like those that are posted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from serving.decision.cancellation import event_key, pre_cancel, withdraw
from serving.events.ledger import events_of
from serving.scores.fresh import Fresh
from serving.scores.latest import Latest

if TYPE_CHECKING:
    from tests.conftest import SmallHome

AFTER = timedelta(hours=9)


def test_the_next_score_uses_it_and_once_it_is_undone_no_more(
    small_home: SmallHome, store: Engine
) -> None:
    latest, at = Latest(small_home.home), small_home.as_of + AFTER
    row = latest._connection.execute("select customer_id from rows order by 1").fetchone()
    customer_id = str(row[0])
    fresh = Fresh(small_home.home, store, lambda: at + timedelta(seconds=1), 31)
    with store.begin() as connection:
        pre_cancel(connection, "k1", customer_id, "price", "none", at, "K1")
    (fact,) = events_of(store, [customer_id], at)
    assert (fact.key, fact.feed, fact.event_time) == (event_key("k1"), "contracts", at)
    assert (fact.fields["event"], fact.fields["reason"]) == ("pre_cancelled", "price")
    assert fresh.rows(latest, [customer_id]).events == [1]
    with store.begin() as connection:
        withdraw(connection, "k1")
    assert events_of(store, [customer_id], at) == []
    assert fresh.rows(latest, [customer_id]).events == [0]
    latest.close()
