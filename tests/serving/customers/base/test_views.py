"""Saved views: each owner's own, kept as rules."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.customers.base import views
from serving.customers.base.views import delete_view, save_view, saved_views, view_of

MONDAY = datetime(2026, 3, 2, 9)
SEARCH = {"city": "苏州", "churn_risk_min": "0.2", "sort": "-churn_risk"}


def test_a_view_is_the_owners_alone_and_saving_replaces_it(store: Engine) -> None:
    with store.begin() as connection:
        save_view(connection, "li", "at risk", {}, MONDAY)
        saved = save_view(connection, "li", "at risk", SEARCH, MONDAY)
        assert saved == {"name": "at risk", "search": SEARCH, "changed_at": "2026-03-02 09:00:00"}
        save_view(connection, "wu", "all", {}, MONDAY)
    with store.connect() as connection:
        assert saved_views(connection, "li") == [saved]
        assert view_of(connection, "li", "at risk") == SEARCH
        with pytest.raises(RequestRefused, match="no view 'at risk' of yours") as refusal:
            view_of(connection, "wu", "at risk")
    assert refusal.value.code == "unknown_view"


def test_a_deleted_view_is_gone_and_another_owners_stays(store: Engine) -> None:
    with store.begin() as connection:
        save_view(connection, "li", "mine", {}, MONDAY)
        with pytest.raises(RequestRefused, match="no view 'mine' of yours"):
            delete_view(connection, "wu", "mine")
        with pytest.raises(RequestRefused, match=r"'mime' of yours\. Is mine meant"):
            delete_view(connection, "li", "mime")
        delete_view(connection, "li", "mine")
        assert saved_views(connection, "li") == []


@pytest.mark.parametrize(
    ("name", "search", "message"),
    [
        ("", {}, "0 characters"),
        ("x" * 65, {}, "65 characters"),
        ("a\nb", {}, "printable"),
        ("gold/silver", {}, "has a slash"),
        ("a", {"town": "A"}, "no field or parameter 'town'"),
        ("a", {"universal_holdout": "true"}, "no field"),
        ("a", {"customer_id": "C1"}, "a rule, not customer_id"),
        ("a", {"after": "x"}, "a rule, not after"),
        ("a", {"city": ",".join(["x" * 199] * 50)}, "too long"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    store: Engine, name: str, search: dict[str, str], message: str
) -> None:
    with store.begin() as connection:
        with pytest.raises(RequestRefused, match=message) as refusal:
            save_view(connection, "li", name, search, MONDAY, "store")
        assert refusal.value.code == "invalid_request"
        assert saved_views(connection, "li") == []


def test_an_owner_keeps_so_many(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_VIEWS", 2)
    with store.begin() as connection:
        for name in ("a", "b", "a"):
            save_view(connection, "li", name, {}, MONDAY)
        with pytest.raises(RequestRefused, match="2 views are kept already"):
            save_view(connection, "li", "c", {}, MONDAY)
