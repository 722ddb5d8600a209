"""How often one caller may: a bucket of tokens each, in the memory of this process."""

from __future__ import annotations

from dataclasses import dataclass, field

from features.errors import RequestRefused

MAX_BUCKETS = 10_000


@dataclass
class Rates:
    """A bucket holds a minute's requests and is filled all the time; each request takes one.

    >>> rates = Rates()
    >>> [rates.allows("K1", 2, second) for second in (0.0, 0.0, 0.0, 30.0)]
    [True, True, False, True]
    """

    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)  # tokens, as of when

    def allows(self, caller: str, per_minute: int, at: float) -> bool:
        """Whether a request of this caller may go on at `at`, in seconds of a steady clock."""
        tokens, before = self._buckets.get(caller) or (float(per_minute), at)
        tokens = min(per_minute, tokens + (at - before) * per_minute / 60)
        if len(self._buckets) >= MAX_BUCKETS and caller not in self._buckets:
            self._forget_full(at)
        self._buckets[caller] = (max(tokens - 1, 0) if tokens >= 1 else tokens, at)
        return tokens >= 1

    def check(self, caller: str, per_minute: int, at: float) -> None:
        """Raises RequestRefused (`rate_limited`), with the seconds until the next may go on."""
        if not self.allows(caller, per_minute, at):
            tokens, _ = self._buckets[caller]
            seconds = max(1, round((1 - tokens) * 60 / per_minute))
            raise RequestRefused(
                "rate_limited",
                f"more than {per_minute} requests a minute; send the next in {seconds} s",
                retry_after_seconds=seconds,
            )

    def _forget_full(self, at: float) -> None:
        """A caller that was quiet for a minute has a full bucket, as one that never came."""
        self._buckets = {caller: own for caller, own in self._buckets.items() if at - own[1] < 60}
