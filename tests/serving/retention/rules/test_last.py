"""When and how each customer was last contacted: by the ledger, by a post, by the feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from serving.retention.rules.last import last_contacts
from tests.facts import Fact, day, fact, import_facts, joined
from tests.serving.retention.rules.people import RULES, contact, post

AS_OF = day(0)
NOW = AS_OF + timedelta(hours=10)
ALL = [f"C{place}" for place in range(1, 9)]


def met(customer: str, contact_id: str, at: float, event: str, **more: object) -> Fact:
    known = more.pop("known", None)
    known_at = None if known is None else day(float(str(known)))
    return fact(
        "contacts", customer, day(at), known_at, contact_id=contact_id, event=event,
        **{"arm": "treated", "channel": "sms", **more},
    )  # fmt: skip


def delivered(tmp_path: Path) -> Path:
    facts = [
        fact for own in ALL for fact in joined(own)
    ] + [
        met("C1", "a", -40, "sent"), met("C1", "b", -9, "sent", channel="app"),
        met("C1", "b", -2, "answered", channel="app"),
        met("C1", "c", -1, "assigned"),  # drawn, and not contacted yet
        met("C2", "d", -5, "sent"), met("C2", "d", -5, "sent", arm="control", known=-4),
        met("C3", "e", -8, "sent"),
        met("C4", "g", -6, "sent", known=0.9),  # not known yet
        met("C5", "key 5", -3.5, "sent"),
    ]  # fmt: skip
    import_facts(tmp_path / "home", facts, tmp_path / "raw")
    return tmp_path / "home"


def found(home: Path, store: Engine, now: datetime = NOW) -> dict[str, tuple[object, object]]:
    with store.connect() as connection:
        rows = last_contacts(home, connection, ALL, RULES, AS_OF, now)
    return dict(zip(ALL, zip(rows["last_contact"], rows["last_channel"], strict=True), strict=True))


def on(at: float) -> str:
    return f"{day(at):%Y-%m-%d}"


def test_the_last_contact_is_that_of_ledger_post_and_feed(tmp_path: Path, store: Engine) -> None:
    with store.begin() as connection:
        contact(connection, "k2", "C3", day(-12), channel="store")
        contact(connection, "k3", "C3", day(-2), channel="hotline", outcome="service_fixed")
        contact(connection, "key 5", "C5", day(-3))  # the extract brings it back
        contact(connection, "k6", "C6", day(-9), channel="visit")
        contact(connection, "k7", "C6", day(-4), channel="store", outcome="saved")
        contact(connection, "k8", "C6", day(-1), channel="online", outcome="saved", answers="k6")
        contact(connection, "k9", "C7", day(-3), channel="store", outcome="saved")
        contact(connection, "k10", "C7", day(-3), outcome="undone", undoes="k9")
        contact(
            connection, "k11", "C7", day(-7), channel="hotline", outcome="service_fixed",
            started_by="us", campaign_id="c",
        )  # fmt: skip
        post(connection, "p1", "C2", "contacts", day(-3), contact_id="p", event="assigned",
             arm="treated", channel="app")  # fmt: skip
        post(connection, "p2", "C3", "contacts", day(-0.5), contact_id="q", event="sent",
             arm="treated", channel="app")  # fmt: skip
        post(connection, "p3", "C3", "contacts", day(-0.2), contact_id="e", event="answered",
             arm="treated", channel="sms")  # fmt: skip
    assert found(delivered(tmp_path), store) == {
        "C1": (on(-9), "app"),  # when it was sent, not when it was answered
        "C2": (None, None),  # drawn, or by now a control
        "C3": (on(-0.5), "app"),  # posted; the answer is of the contact of eight days before
        "C4": (None, None),
        "C5": (on(-3.5), "sms"),
        "C6": (on(-4), "store"),  # an answer is of the contact that it answers
        "C7": (on(-7), "hotline"),  # what was undone counts for nothing
        "C8": (None, None),
    }


def test_what_the_lake_learns_later_counts_then(tmp_path: Path, store: Engine) -> None:
    home = delivered(tmp_path)
    assert found(home, store, day(1))["C4"] == (on(-6), "sms")


def test_a_home_without_the_feed_has_the_ledger(tmp_path: Path, store: Engine) -> None:
    assert set(found(tmp_path, store).values()) == {(None, None)}
    with store.begin() as connection:
        contact(connection, "k", "C8", day(-3))
    assert found(tmp_path, store)["C8"] == (on(-3), "hotline")
