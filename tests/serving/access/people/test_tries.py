from datetime import datetime, timedelta
from pathlib import Path

import pytest

from features.errors import RequestRefused
from serving.access.access_settings import AccessSettings
from serving.access.people import tries
from serving.access.people.tries import AddressTries, delay_seconds
from serving.service_settings import serving_settings

MONDAY = datetime(2026, 3, 2, 9)


@pytest.fixture
def settings(tmp_path: Path) -> AccessSettings:
    return serving_settings(tmp_path).access


def test_the_delay_doubles_up_to_the_longest(settings: AccessSettings) -> None:
    found = [delay_seconds(failures, 5, settings) for failures in range(4, 16)]
    assert found == [0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert delay_seconds(100_000, 5, settings) == 900


def test_an_address_waits_after_too_many_and_begins_again_when_it_was_quiet(
    settings: AccessSettings,
) -> None:
    own = AddressTries(settings)
    for _ in range(50):
        own.check("10.0.0.7", MONDAY)
        own.note("10.0.0.7", MONDAY)
    with pytest.raises(RequestRefused, match="too many wrong passwords from this address") as error:
        own.check("10.0.0.7", MONDAY)
    assert error.value.details == {"retry_after_seconds": 2}
    own.check("10.0.0.8", MONDAY)
    later = MONDAY + timedelta(seconds=901)
    own.check("10.0.0.7", later)
    own.note("10.0.0.7", later)
    own.check("10.0.0.7", later)


def test_the_memory_is_bounded(settings: AccessSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "MAX_ADDRESSES", 3)
    own = AddressTries(settings)
    for number in range(20):
        own.note(f"10.0.0.{number}", MONDAY)
    assert len(own._wrong) <= 3
