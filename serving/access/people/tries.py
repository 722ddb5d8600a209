"""Wrong passwords: after a few the next try must wait, twice as long each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from features.errors import RequestRefused
from serving.access.access_settings import AccessSettings

MAX_ADDRESSES = 10_000
MAX_DOUBLINGS = 30


def delay_seconds(failures: int, free: int, settings: AccessSettings) -> int:
    """How long the next try waits after so many wrong ones, of which `free` cost nothing."""
    beyond = failures - free
    if beyond < 0:
        return 0
    longest = settings.max_delay_seconds
    return min(longest, settings.first_delay_seconds << min(beyond, MAX_DOUBLINGS))


@dataclass
class AddressTries:
    """Wrong passwords by the address that they came from, in the memory of this process.

    An address that sent none for the longest delay begins again.
    """

    settings: AccessSettings
    _wrong: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def check(self, address: str, now: datetime) -> None:
        """Raises RequestRefused (`rate_limited`) while this address must wait."""
        failures, last = self._wrong.get(address, (0, now))
        seconds = delay_seconds(failures, self.settings.address_free_tries, self.settings)
        left = (last + timedelta(seconds=seconds) - now).total_seconds()
        if left > 0:
            raise RequestRefused(
                "rate_limited",
                f"too many wrong passwords from this address; try again in {left:.0f} s",
                retry_after_seconds=max(1, round(left)),
            )

    def note(self, address: str, now: datetime) -> None:
        """One more wrong password came from this address."""
        if len(self._wrong) >= MAX_ADDRESSES:
            self._forget(now)
        failures, last = self._wrong.get(address, (0, now))
        self._wrong[address] = (1 if self._is_over(last, now) else failures + 1, now)

    def _forget(self, now: datetime) -> None:
        kept = {one: own for one, own in self._wrong.items() if not self._is_over(own[1], now)}
        self._wrong = kept if len(kept) < MAX_ADDRESSES else {}

    def _is_over(self, last: datetime, now: datetime) -> bool:
        return now - last > timedelta(seconds=self.settings.max_delay_seconds)
