import pytest

from features.errors import RequestRefused
from serving.access import rates
from serving.access.rates import Rates


def test_a_minutes_requests_may_come_at_once_and_then_as_fast_as_allowed() -> None:
    own = Rates()
    assert [own.allows("K", 60, 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert [own.allows("K", 60, 1.01), own.allows("K", 60, 1.02)] == [True, False]


def test_what_is_refused_takes_nothing() -> None:
    own = Rates()
    own.allows("K", 1, 0.0)
    assert [own.allows("K", 1, float(second)) for second in (20, 40, 61)] == [False, False, True]


def test_callers_do_not_share_a_bucket() -> None:
    own = Rates()
    assert own.allows("A", 1, 0.0)
    assert own.allows("B", 1, 0.0)
    assert not own.allows("A", 1, 0.0)


def test_a_refusal_says_when_the_next_may_come() -> None:
    own = Rates()
    own.check("K", 2, 0.0)
    own.check("K", 2, 0.0)
    with pytest.raises(
        RequestRefused, match="more than 2 requests a minute; send the next in 30 s"
    ):
        own.check("K", 2, 0.0)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_BUCKETS", 3)
    own = Rates()
    for second, caller in enumerate("ABCDEF"):
        own.allows(caller, 1, float(second * 40))
    assert len(own._buckets) <= 3
