"""Pseudonyms: each person's own, and only the key computes them."""

from __future__ import annotations

from sqlalchemy import Engine, delete, select

from serving.audit.pseudonyms import KEY_BYTES, UNKNOWN, keys_of, pseudonym, pseudonyms
from serving.database.tables import person_keys


def test_a_customer_keeps_the_pseudonym(store: Engine) -> None:
    with store.begin() as connection:
        first = pseudonyms(connection, ["C1", "C2", "C1"])
    with store.begin() as connection:
        second = pseudonyms(connection, ["C2", "C3", "C1"])
        keys = keys_of(connection, ["C1", "C2", "C3", "C4"])
    assert list(first) == ["C1", "C2"]
    assert {own: second[own] for own in first} == first
    assert len({*second.values()}) == 3
    assert set(keys) == {"C1", "C2", "C3"}
    assert {len(key) for key in keys.values()} == {KEY_BYTES}
    assert pseudonym("C1", keys["C1"]) == first["C1"]


def test_a_new_key_is_a_new_person(store: Engine) -> None:
    with store.begin() as connection:
        before = pseudonyms(connection, ["C1"])
        connection.execute(delete(person_keys))
        assert pseudonyms(connection, ["C1"]) != before


def test_many_customers_at_once(store: Engine) -> None:
    ids = [f"C{number}" for number in range(1201)]
    with store.begin() as connection:
        first, second = pseudonyms(connection, ids), pseudonyms(connection, ids)
    assert first == second
    assert len(set(first.values())) == len(ids)


def test_nothing_is_read_or_made_for_no_customer(store: Engine) -> None:
    with store.begin() as connection:
        assert pseudonyms(connection, []) == {}
        assert connection.execute(select(person_keys)).all() == []


def test_what_a_refused_request_named_has_a_key_only_if_it_is_a_customers(store: Engine) -> None:
    with store.begin() as connection:
        known = pseudonyms(connection, ["C1"])
        named = ["C1", "C2", "15400000001", "a\0b", "C" * 100, "\udcff", ""]
        found = pseudonyms(connection, [], named, {"C2", "C3"})
        again = pseudonyms(connection, ["C2"], ["15400000002"])
        kept = connection.execute(select(person_keys.c.customer_id)).scalars().all()
    assert sorted(kept) == ["C1", "C2"]
    assert found["C1"] == known["C1"]
    assert found["C2"] == again["C2"] not in (UNKNOWN, known["C1"])
    assert {found[own] for own in named[2:]} == {again["15400000002"]} == {UNKNOWN}
