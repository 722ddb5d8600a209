"""Who owns which signs: as last set, everywhere or at a place, and no one once it is taken away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.decision.sign_owners import Owned, owners_now, set_owner

NOW = datetime(2026, 3, 2, 9)
TODAY = NOW.date()


def owned(**changed: Any) -> Owned:
    values: dict[str, Any] = {
        "sign": "network", "by": None, "name": None, "owner": "Network, Suzhou",
        "due": TODAY + timedelta(days=10), "note": "Two masts", "set_at": NOW, "caller": "lin",
    }  # fmt: skip
    return Owned(**values | changed)


def test_the_last_one_set_counts_and_places_have_their_own(store: Engine) -> None:
    mine = owned(by="city", name="Suzhou", owner="Li")
    with store.begin() as connection:
        set_owner(connection, owned())
        set_owner(connection, mine)
        later = set_owner(connection, owned(owner="Wang", due=TODAY))
        assert owners_now(connection) == {
            ("network", None, None): later, ("network", "city", "Suzhou"): mine,
        }  # fmt: skip
        set_owner(connection, owned(owner=None, due=None, note=""))
        assert set(owners_now(connection)) == {mine.key}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sign": "weather"}, "expected one of"),
        ({"by": "city"}, "expected both or none"),
        ({"by": "store", "name": "S1"}, "city or plan"),
        ({"owner": None}, "expected an owner and a due day"),
        ({"due": None}, "expected an owner and a due day"),
        ({"due": TODAY - timedelta(days=1)}, "which is past"),
        ({"owner": "a\nb"}, "printable"),
        ({"note": "x" * 501}, "expected at most 500"),
    ],
)
def test_what_cannot_be_kept_is_refused(store: Engine, changed: dict[str, Any], said: str) -> None:
    with store.begin() as connection, pytest.raises(RequestRefused, match=said):
        set_owner(connection, owned(**changed))
