import time
from itertools import pairwise
from statistics import median

import pytest
from argon2 import PasswordHasher

from features.errors import RequestRefused
from serving.access.people import passwords
from serving.access.people.passwords import hashed, is_outdated, matches

PASSWORD = "correct horse battery"


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hashed(PASSWORD), hashed(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert matches(first, PASSWORD)
    assert not matches(first, PASSWORD + "x")
    assert not matches(None, PASSWORD)
    assert not matches("not a hash", PASSWORD)


@pytest.mark.parametrize("length", [0, 11, 129])
def test_a_password_is_neither_short_nor_endless(length: int) -> None:
    with pytest.raises(RequestRefused, match=f"has {length} characters; expected 12 to 128"):
        hashed("x" * length)


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(PASSWORD)
    assert is_outdated(weak)
    assert not is_outdated(hashed(PASSWORD))


def test_an_unknown_user_takes_as_long_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash is computed in both cases, with the same parameters."""
    computed: list[str] = []
    hasher = PasswordHasher()

    class Counting:
        def verify(self, hash_: str, password: str) -> bool:
            computed.append(hash_.split("$")[3])
            return hasher.verify(hash_, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    stored = hashed(PASSWORD)
    monkeypatch.setattr(passwords, "_hasher", Counting())
    matches(stored, "wrong horse battery")
    matches(None, "wrong horse battery")
    assert all(one == other for one, other in pairwise(computed))
    assert len(computed) == 2


@pytest.mark.slow
def test_both_take_time() -> None:
    stored = hashed(PASSWORD)
    matches(None, "x")  # makes the hash of no one

    def seconds(kept: str | None) -> float:
        start = time.process_time()
        matches(kept, "wrong horse battery")
        return time.process_time() - start

    known = median(seconds(stored) for _ in range(5))
    unknown = median(seconds(None) for _ in range(5))
    assert 0.4 < unknown / known < 2.5
