"""The universal holdout: its share, and that it is permanent."""

from __future__ import annotations

import pytest

from features.contacts import in_universal_holdout
from features.settings import HoldoutSettings

CUSTOMERS = [f"C{number:07}" for number in range(40_000)]


def held(share: float, salt: str = "s") -> set[str]:
    return {c for c in CUSTOMERS if in_universal_holdout(c, HoldoutSettings(share, salt))}


@pytest.mark.parametrize("share", [0.01, 0.015, 0.1])
def test_the_share_is_kept(share: float) -> None:
    spread = (share * (1 - share) / len(CUSTOMERS)) ** 0.5
    assert abs(len(held(share)) / len(CUSTOMERS) - share) < 4 * spread


def test_who_is_held_is_held_for_good() -> None:
    # Another draw here would break a promise made to last.
    assert sorted(held(0.015, "liuke-holdout-1"))[:3] == ["C0000075", "C0000269", "C0000305"]


def test_a_larger_share_only_adds() -> None:
    assert held(0.0) == set()
    assert held(0.01) < held(0.02)


def test_another_salt_draws_anew() -> None:
    both = held(0.1, "s") & held(0.1, "t")
    assert abs(len(both) / len(CUSTOMERS) - 0.01) < 0.003
